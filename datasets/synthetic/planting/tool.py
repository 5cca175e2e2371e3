"""The public call: rings into a log."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.adaptive import plant
from cib.datasets.synthetic.folders import MANIFEST, check_replaceable, digests
from cib.datasets.synthetic.planting.casting import Cast, cast, check_scenario, fitted
from cib.datasets.synthetic.planting.ids import Renumbering, ids_like
from cib.datasets.synthetic.planting.placing import Rows
from cib.datasets.synthetic.planting.stage import log_stage
from cib.datasets.synthetic.planting.survey import Log, Progress, read_survey
from cib.datasets.synthetic.planting.truth import truth_tables
from cib.datasets.synthetic.planting.values import row_table
from cib.datasets.synthetic.planting.writing import Change, write_log
from cib.datasets.synthetic.rings import RingSpec, wrong_with
from cib.datasets.synthetic.streams import CATALOGUE, REVIEWS, RINGS, stream
from cib.datasets.synthetic.world_file import ring_spec
from cib.datasets.times import iso

Array = npt.NDArray[Any]

GENERATOR = "cib.datasets.synthetic.planting"
GENERATOR_VERSION = 1
_LOUD = 0.1
"""Share of planted rows from which on the log is hardly the same any more."""


def plant_rings(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    rings: Sequence[Mapping[str, Any]],
    *,
    columns: Mapping[str, str] | None = None,
    action: str | None = None,
    renumber: bool = False,
    seed: int = 7,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Put rings into a real log, with the truth beside it.

    The log is read twice and written once, in batches: memory grows with distinct ids and with
    planted rows, not with the log. Its own rows stay as they are and in their order.

    Parameters
    ----------
    source : the log, as for `cib.datasets.read_log`
    out : folder to write; what was planted here before is replaced, anything else is left alone
    rings : one mapping each, of fields of `RingSpec`: a `scenario` (or a ring's `preset`) and
        whatever differs from its defaults
    columns : our name to "their name" or "their name:unit", as for `cib.datasets.read_log`
    action : the log's name for the action that serves the rings; default: the one called as the
        attack calls it, else the commonest
    renumber : give every account a new id, in the same order, so that there is room for the new
        ones between them; for integer ids
    seed : 0 or more; the same log, rings and seed give the same rows
    progress : called with rows done and rows in all, first for reading, then for writing

    Returns
    -------
    dict
        The manifest, as written to `manifest.json`; `notes` are meant to be read.

    Raises
    ------
    UsageError
        A ring that cannot be, or not in this log; `out` holds something else, or the log.
    BadDataError
        The log cannot be read.
    """
    report = progress or (lambda done, total: None)
    target = Path(out)
    _check_out(Path(os.fspath(source)), target)
    specs = _specs(rings, seed)
    log = read_survey(source, columns or {}, seed, report)
    if renumber and not pa.types.is_integer(log.account_ids.type):
        raise UsageError(
            "Accounts can be renumbered where their ids are integers; here they are "
            f"{log.account_ids.type}."
        )
    casts = _casts(log, specs, rings, action, seed)
    n_new = sum(len(c.planted.component.accounts) for c in casts)
    ids, n_outside, change = _ids(log, n_new, renumber, seed)
    rng = stream(seed, REVIEWS)
    table = row_table(rng, log, casts, ids)
    rows = Rows(*(np.concatenate([getattr(c, f.name) for c in casts]) for f in fields(Rows)))
    partial = target.with_name(f".{target.name}.cib-partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        (partial / "truth").mkdir(parents=True)
        written = write_log(
            rng, log, rows, table, ids, partial / "log", change=change, progress=report
        )
        truth = truth_tables(log, casts, ids, table, written, seed)
        if renumber:
            truth["renumbered"] = pa.table(
                {"log_account_id": log.account_ids, "account_id": ids[: len(log.account_ids)]}
            )
        for name, part in truth.items():
            pq.write_table(part, partial / "truth" / f"{name}.parquet", compression="zstd")
        manifest = _manifest(log, casts, partial, seed, action, n_outside)
        text = json.dumps(manifest, indent=2, sort_keys=True, default=str) + "\n"
        (partial / MANIFEST).write_text(text, encoding="utf-8")
        if target.exists():
            check_replaceable(target, GENERATOR)  # again: this took a while
            shutil.rmtree(target)
        os.replace(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _specs(rings: Sequence[Mapping[str, Any]], seed: int) -> list[RingSpec]:
    """Make the rings, and refuse those that cannot be."""
    if seed < 0:
        raise UsageError(f"The seed must be 0 or more, not {seed}.")
    if not rings:
        raise UsageError("Name at least one ring to plant.")
    specs = [ring_spec(ring, f"rings[{i}]") for i, ring in enumerate(rings)]
    wrong = [f"ring {spec.ring_id}: {what}" for spec in specs for what in wrong_with(spec)]
    for what in ("ring_id", "number"):
        values = [getattr(spec, what) for spec in specs]
        twice = sorted({str(v) for v in values if values.count(v) > 1})
        if twice:
            wrong.append(f"rings share a {what}: {', '.join(twice)}")
    if wrong:
        raise UsageError(f"{'; '.join(wrong)}.")
    return specs


def _casts(
    log: Log,
    specs: list[RingSpec],
    given: Sequence[Mapping[str, Any]],
    action: str | None,
    seed: int,
) -> list[Cast]:
    """Let every attack play on the log."""
    casts: list[Cast] = []
    first_new = len(log.account_ids)
    for spec, said in zip(specs, given, strict=True):
        check_scenario(log, spec)
        spec = fitted(log, spec, tuple(said))
        stage = log_stage(stream(seed, CATALOGUE), log, spec, seed)
        planted = plant(stream(seed, RINGS, spec.number), stage, spec)
        rng = stream(seed, RINGS, spec.number, 1)
        casts.append(cast(rng, log, planted, first_new, action))
        first_new += len(planted.component.accounts)
    return casts


def _ids(log: Log, n_new: int, renumber: bool, seed: int) -> tuple[pa.Array, int, Change | None]:
    """Ids of the log's and the new accounts; how many stand out; what happens to the log's rows."""
    rng = stream(seed, REVIEWS, 1)
    known = log.account_ids
    if not renumber:
        new = ids_like(rng, known, n_new)
        return pa.concat_arrays([known, new.ids]), new.n_outside, None
    moved = Renumbering.draw(rng, known, n_new)
    kind = known.type
    after = np.concatenate([moved.of_known(known.to_numpy()), rng.permutation(moved.of_new())])
    ids = pa.array(after).cast(kind)
    theirs = log.schema.refs["account_id"].theirs

    def change(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index(theirs)
        old = table.column(place)
        new = pa.array(moved.of_known(pc.fill_null(old, 0).to_numpy())).cast(old.type)
        null = pa.scalar(None, old.type)
        return table.set_column(place, table.field(place), pc.if_else(old.is_null(), null, new))

    return ids, 0, change


def _check_out(source: Path, out: Path) -> None:
    """Refuse to delete the log, or what was not planted here."""
    if out.resolve() in (source.resolve(), *source.resolve().parents):
        raise UsageError(f"{out} holds the log itself; name another folder to write.")
    check_replaceable(out, GENERATOR)


def _manifest(
    log: Log, casts: list[Cast], folder: Path, seed: int, action: str | None, n_outside: int
) -> dict[str, Any]:
    """Describe what was written. No clock, host or path."""
    n_planted = sum(len(c) for c in casts)
    files = digests(folder)
    return {
        "generator": GENERATOR,
        "generator_version": GENERATOR_VERSION,
        "seed": seed,
        "action": action,
        "columns": {
            name: ref.theirs + (f":{ref.unit}" if ref.unit else "")
            for name, ref in log.schema.refs.items()
        },
        "period": [iso(log.first_us), iso(log.last_us)] if log.timed else None,
        "clock_us": log.clock_us if log.timed else None,
        "order": {"by": log.order.by, "within": log.order.within},
        "sample_share": log.sample.share,
        "rows": {
            "log": log.n_rows + n_planted,
            "presumed_honest": log.n_rows,
            "planted": n_planted,
            "inauthentic": sum(int(c.inauthentic.sum()) for c in casts),
        },
        "accounts": {
            "presumed_honest": len(log.account_ids),
            "planted": sum(len(c.planted.component.accounts) for c in casts),
            "borrowed": sum(len(c.planted.component.borrowed) for c in casts),
        },
        "rings": [asdict(c.planted.spec) for c in casts],
        "notes": _notes(log, n_planted, n_outside),
        "sha256": files,
    }


def _notes(log: Log, n_planted: int, n_outside: int) -> list[str]:
    notes = ["Accounts of the log itself are presumed honest; nobody has looked at them."]
    if n_outside:
        notes.append(
            f"{n_outside:,} new accounts have ids above all others, because the log's ids leave no "
            "room between them; whoever looks at ids can tell them apart (renumber to avoid that)."
        )
    if n_planted > _LOUD * log.n_rows:
        notes.append(
            f"{n_planted:,} planted rows are {n_planted / log.n_rows:.0%} of the log's own: fewer "
            "accounts, targets or plays_per_day change it less."
        )
    if not log.timed:
        notes.append("The log has no times: what was planted shows in who touched what alone.")
    return notes
