"""`cib evaluate`: findings of one or more methods, held against the truth, in reading order."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cib.algorithms.evaluation.matching import match_rings
from cib.algorithms.evaluation.time_to_detect import (
    Detections,
    first_detections,
    streams_before,
)
from cib.algorithms.evaluation.trial import Trial
from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable
from cib.datasets.truth import Truth, microseconds, read_streams, read_truth
from cib.evaluation_notes import notes_on
from cib.evaluation_rows import RINGS_SCHEMA, SCHEMA, Held, false_alarm_rows, ring_rows, rows_of
from cib.findings import DESCRIPTION, Findings, read_findings, trial_of
from cib.run import Run
from cib.store import writing_failed

TABLE, RINGS, PAGE = "evaluation.parquet", "rings.parquet", "detection.html"
DEFAULT_K = (10, 25, 50, 100)
FULL = "full"
"""Name of the degrade mode in which nothing was taken from the log."""

Source = Run | str | Path


@dataclass(frozen=True)
class Evaluation:
    """The result of `evaluate`."""

    table: pa.Table
    """One row per source, degrade mode, seed, stratum and measure; seed null for all pooled."""
    rings: pa.Table
    """One row per source, degrade mode, seed and ring: what became of it."""
    notes: list[str] = field(default_factory=list)
    """What could not be measured and why, and what else a reader should know."""

    @cached_property
    def page(self) -> str:
        """The detection curves as one HTML page that loads nothing."""
        from cib.viz.detection_page import render_detection_page

        return render_detection_page(self.table, self.rings, self.notes)

    def write(self, folder: str | Path) -> Path:
        """Write both tables and the page into a folder, which is made when it is not there.

        Raises
        ------
        UsageError, TemporaryError
            It cannot be written.
        """
        out = Path(folder)
        unfinished = {name: out / f".{name}.unfinished" for name in (TABLE, RINGS, PAGE)}
        try:
            out.mkdir(parents=True, exist_ok=True)
            for name, table in ((TABLE, self.table), (RINGS, self.rings)):
                pq.write_table(table, unfinished[name], compression="zstd")
            unfinished[PAGE].write_text(self.page, encoding="utf-8")
            for name, path in unfinished.items():  # none before all have their room on the disk
                os.replace(path, out / name)
        except OSError as error:
            raise writing_failed(out, error) from error
        finally:
            for path in unfinished.values():
                with suppress(OSError):
                    path.unlink(missing_ok=True)
        return out


@dataclass(frozen=True)
class Scan:
    """One run, read."""

    findings: Findings
    truth: Truth
    degrade: str
    seed: int


def evaluate(
    runs: Source | Sequence[Source | tuple[str, Source]],
    truth: str | Path | Sequence[str | Path],
    *,
    out: str | Path | None = None,
    k: Iterable[int] = DEFAULT_K,
    degrade: str | Sequence[str] | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Hold what methods found against what is true.

    Parameters
    ----------
    runs : runs of `cib scan` or folders of findings (see `cib.findings`), each alone or as (name
        of the method, run). Runs of one method on several logs are pooled; runs on one log whose
        times end differently (`until`) tell the time to detect, and the last counts for the rest.
    truth : folder that `cib generate` wrote, or its folder `truth`: one for all runs or one each
    out : folder for `evaluation.parquet`, `rings.parquet` and `detection.html`
    k : numbers of clusters that a review can take, for precision at k
    degrade : what was taken from the log on purpose, one name for all runs or one each; when None
        what findings or truth say, else "full"
    draws : bootstrap draws of rings
    seed : seed of the bootstrap

    Returns
    -------
    Evaluation
        Tables, notes and the page with the detection curves.

    Raises
    ------
    UsageError, BadDataError, TemporaryError
        One sentence that says what was found, where, and what to do.
    """
    named = [runs] if isinstance(runs, Run | str | Path) else list(runs)
    sizes = sorted({int(value) for value in k})
    if not named:
        raise UsageError("There is nothing to evaluate: name a run.")
    if sizes and sizes[0] < 1:
        raise UsageError(f"--k: {sizes[0]} is out of range: write whole numbers from 1 on.")
    scans = read_scans(named, truth, degrade)
    rows: list[dict[str, object]] = []
    rings: list[dict[str, object]] = []
    for method in grouped(scans):
        held = hold(method)
        rows += rows_of(held, sizes, draws, seed)
        rows += false_alarm_rows(held)
        rings += ring_rows(held)
    looks = [len(same) for method in grouped(scans) for same in method]
    evaluation = Evaluation(
        pa.Table.from_pylist(rows, SCHEMA),
        pa.Table.from_pylist(rings, RINGS_SCHEMA),
        notes_on([scan.truth for scan in scans], looks),
    )
    if out is not None:
        evaluation.write(out)
    return evaluation


def read_scans(
    runs: Sequence[Source | tuple[str, Source]],
    truth: str | Path | Sequence[str | Path],
    degrade: str | Sequence[str] | None,
) -> list[Scan]:
    """Read every run beside its truth; a truth that serves several runs is read once."""
    folders = for_each(truth, len(runs), "--truth")
    modes = for_each(degrade, len(runs), "--degrade")
    known: dict[str, Truth] = {}
    scans = []
    for number, (one, folder, mode) in enumerate(zip(runs, folders, modes, strict=True)):
        name, source = one if isinstance(one, tuple) else (None, one)
        findings = read_findings(source, name)
        place = os.path.realpath(str(folder))
        if place not in known:
            known[place] = read_truth(str(folder))
        true = known[place]
        # worlds that name no seed are told apart by the order in which they were given
        world_seed = findings.seed if true.seed is None else true.seed
        scans.append(
            Scan(
                findings,
                true,
                str(mode or findings.degrade or true.degrade or FULL),
                number if world_seed is None else world_seed,
            )
        )
    return scans


def for_each(
    given: str | Path | Sequence[str | Path] | None, n: int, flag: str
) -> list[str | Path | None]:
    """Give every run its own of something that was given once for all, or once each."""
    values: list[str | Path | None] = (
        [given] if given is None or isinstance(given, str | Path) else list(given)
    )
    if len(values) == 1:
        return values * n
    if len(values) != n:
        raise UsageError(
            f"{flag}: given {len(values)} times for {n} runs; give it once for all of them or once "
            "each, in the same order."
        )
    return values


def grouped(scans: Sequence[Scan]) -> list[list[list[Scan]]]:
    """Order scans by method and degrade mode, then by log, then by where the log ends.

    Raises
    ------
    UsageError
        Two scans of one method, mode and log end at the same time.
    """
    methods: dict[tuple[str, str], dict[str, list[Scan]]] = {}
    for scan in scans:
        logs = methods.setdefault((scan.findings.name, scan.degrade), {})
        logs.setdefault(str(scan.truth.folder.resolve()), []).append(scan)
    for logs in methods.values():
        for same in logs.values():
            check_ends(same)
            same.sort(key=lambda scan: (scan.findings.whole, scan.findings.until_us or 0))
    return [list(logs.values()) for logs in methods.values()]


def check_ends(same: Sequence[Scan]) -> None:
    """Stop when runs of one name on one log are no repeated looks at it as it grew."""
    whole = [scan for scan in same if scan.findings.whole]
    if len(whole) > 1:
        twins = whole[:2]
    else:
        by_end: dict[int | None, Scan] = {}
        twins = []
        for scan in same:
            other = by_end.setdefault(scan.findings.until_us, scan)
            if other is not scan:
                twins = [other, scan]
        if len(same) > 1 and None in by_end:
            raise UsageError(
                f"{printable(by_end[None].findings.where, 200)} does not say where its log ended; "
                f"give it a {DESCRIPTION} with until, or evaluate it alone."
            )
    if twins:
        a, b = (printable(scan.findings.where, 200) for scan in twins)
        raise UsageError(
            f"{a} and {b} are both called {printable(twins[0].findings.name)}, are held against "
            "the same truth and end at the same time; if they are two methods, name them: "
            "NAME=RUN; if something was taken from the log of one, say so with --degrade."
        )


def hold(method: Sequence[Sequence[Scan]]) -> Held:
    """Hold one method's scans, per log in order of time, against the truth."""
    last = [same[-1] for same in method]
    trials = [trial_of(scan.findings, scan.truth) for scan in last]
    repeated = all(len(same) > 1 and "start" in same[0].truth.rings.column_names for same in method)
    return Held(
        source=last[0].findings.name,
        degrade=last[0].degrade,
        seeds=[scan.seed for scan in last],
        truths=[scan.truth for scan in last],
        trials=trials,
        detections=[time_of(same) for same in method] if repeated else None,
    )


def time_of(same: Sequence[Scan]) -> Detections:
    """When each ring of one log was first reported."""
    truth = same[0].truth
    ends = [scan.findings.until_us or 0 for scan in same]
    reported = [
        match_rings(only_active(trial_of(scan.findings, truth), truth, end)).reported
        for scan, end in zip(same, ends, strict=True)
    ]
    start = truth.ring_times("start")
    detections = first_detections(reported, ends, start)
    streams = read_streams(truth)
    return detections if streams is None else streams_before(detections, *streams, ends[-1])


def only_active(trial: Trial, truth: Truth, until_us: int) -> Trial:
    """Leave out ring accounts that had not begun: nobody can find what is not there yet."""
    if "active_from" not in truth.accounts.column_names:
        return trial
    began = truth.accounts["active_from"]
    late = np.asarray(began.is_valid()) & (microseconds(began.fill_null(0)) >= until_us)
    return replace(
        trial,
        ring=np.where(late, -1, trial.ring),
        second_ring=np.where(late, -1, trial.second_ring),
        aside=trial.aside | late,
    )
