"""What an evaluation could not measure and why, and what it took for granted."""

from __future__ import annotations

from collections.abc import Sequence

from cib.datasets.hostile import printable
from cib.datasets.truth import Truth


def notes_on(truths: Sequence[Truth], looks: Sequence[int]) -> list[str]:
    """Say what is missing, and what was assumed.

    Parameters
    ----------
    truths : of every run; those that serve several are described once
    looks : per method and log, how many runs look at it
    """
    notes = []
    if max(looks) == 1:
        notes.append(
            "Time to detect is missing: it needs several runs of one log that end at different "
            "times (cib scan --until)."
        )
    elif min(looks) == 1:
        notes.append(
            "Time to detect is missing for methods that looked at a log only once: it needs runs "
            "that end at different times."
        )
    for truth in truths:
        if max(looks) > 1 and "start" not in truth.rings.column_names:
            shown = printable(truth.folder, 300)
            notes.append(f"Time to detect is missing: ring.parquet in {shown} has no start.")
            break
    for truth in {str(truth.folder): truth for truth in truths}.values():
        notes += notes_on_truth(truth)
    return notes


def notes_on_truth(truth: Truth) -> list[str]:
    """Say what a truth lacks, and how its accounts without a clear label count."""
    shown, notes = printable(truth.folder, 300), []
    if not (truth.folder / "event.parquet").is_file():
        notes.append(f"Streams before detection are missing: {shown} has no event.parquet.")
    if truth.markets is None:
        notes.append(
            f"False positives by market are missing: there is no accounts.parquet beside {shown}."
        )
    present = truth.rings.column_names
    lacking = [name for name in ("scenario", "H", "camouflage") if name not in present]
    if lacking:
        notes.append(
            f"Strata by {' and '.join(lacking)} are missing: ring.parquet in {shown} has no such "
            "column."
        )
    if not len(truth.rings):
        notes.append(
            f"{shown} has no ring: only false positives and false clusters can be measured."
        )
    n = int(truth.unlabelled.sum())
    if n:
        notes.append(
            f"{n:,} accounts of {shown} have no label and count as honest: where some are not, "
            "precision is better than it says here."
        )
    n = int((truth.grey & (truth.ring < 0) & (truth.second_ring < 0)).sum())
    if n:
        notes.append(
            f"{n:,} grey accounts of {shown} count neither way in measures of accounts, and as not "
            "inauthentic in those of clusters."
        )
    return notes
