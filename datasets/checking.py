"""Check and encode one batch: times and scope first, then ids, then what is optional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.batches import Batch
from cib.datasets.columns import BY_NAME, DEFAULT_ACTION
from cib.datasets.encoding import (
    NEGATIVE,
    NOT_UTF8,
    NULL,
    REASONS,
    TOO_LONG,
    IntegerEncoder,
    TextEncoder,
)
from cib.datasets.fingerprints import fingerprints
from cib.datasets.footers import Footer
from cib.datasets.lanes import Lanes
from cib.datasets.schema import LogSchema
from cib.datasets.times import NULL as NO_TIME
from cib.datasets.times import OK, describe_status, to_micros
from cib.datasets.validation import Ledger
from cib.datasets.values import encode, example, plain, same_for_all, whole_numbers

_UNREADABLE_IDS = {code: REASONS[code] for code in (TOO_LONG, NOT_UTF8, NEGATIVE)}

Encoders = dict[str, IntegerEncoder | TextEncoder]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows are asked for; None asks for all."""

    actions: frozenset[str] | None = None
    since: int | None = None
    """Microseconds UTC, inclusive."""
    until: int | None = None
    """Microseconds UTC, exclusive."""


@dataclass(slots=True)
class Findings:
    """What the batches of a row group brought besides rows."""

    quarantine: Ledger = field(default_factory=Ledger)
    notes: Ledger = field(default_factory=Ledger)
    nulls: dict[str, int] = field(default_factory=dict)
    n_rows: int = 0
    n_outside: int = 0
    earliest: int | None = None
    latest: int | None = None

    def merge(self, other: Findings) -> None:
        """Take over what a finished row group brought."""
        self.quarantine.merge(other.quarantine)
        self.notes.merge(other.notes)
        for name, count in other.nulls.items():
            self.nulls[name] = self.nulls.get(name, 0) + count
        self.n_rows += other.n_rows
        self.n_outside += other.n_outside
        lows = [t for t in (self.earliest, other.earliest) if t is not None]
        highs = [t for t in (self.latest, other.latest) if t is not None]
        self.earliest, self.latest = min(lows, default=None), max(highs, default=None)


@dataclass(slots=True)
class Started:
    """A batch whose ids are being encoded."""

    state: _State
    values: dict[str, pa.Array]
    columns: dict[str, npt.NDArray[Any]]
    tasks: dict[str, Future[npt.NDArray[Any]]]


class Checker:
    """Turns batches into aligned arrays of codes, times and numbers.

    A row has one fate: quarantine for its time, out of scope by time, quarantine for its action,
    out of scope by action, quarantine for its account, then its content, or use; the first that
    applies. Optional values that cannot be read become null and are noted.

    Parameters
    ----------
    footers, schema
        The files and where they have our columns.
    encoders
        For id and name columns, by our name; they grow with every batch.
    extras
        Optional columns to deliver.
    scope
        Rows to keep.
    """

    def __init__(
        self,
        footers: Sequence[Footer],
        schema: LogSchema,
        encoders: Encoders,
        extras: Sequence[str],
        scope: Scope,
    ) -> None:
        self._footers = footers
        self._schema = schema
        self._encoders = encoders
        self._extras = extras
        self._scope = scope
        self._wanted = np.zeros(0, np.bool_)

    def start(self, batch: Batch, findings: Findings, lanes: Lanes) -> Started:
        """Check times and actions of a batch, and let the lanes encode its ids.

        What is found goes to `findings`, also by `finish`. Batches are finished in the order in
        which they are started.
        """
        state = _State(batch, self._footers[batch.file].file.name, findings)
        values = self._values(batch)
        for name, column in values.items():
            findings.nulls[name] = findings.nulls.get(name, 0) + column.null_count
        findings.n_rows += batch.n_rows
        columns: dict[str, npt.NDArray[Any]] = {"ts": self._times(values["ts"], state)}
        columns["action"] = self._actions(values.get("action"), state)
        skip = state.skip if state.any_skipped else None
        tasks = {
            name: lanes.submit(name, encode, self._encoders[name], values[name], skip)
            for name in ("account_id", "content_id", *self._extras)
            if name in self._encoders
        }
        if "event_id" in values:
            tasks["event_id"] = lanes.submit("event_id", fingerprints, plain(values["event_id"]))
        return Started(state, values, columns, tasks)

    def finish(
        self, started: Started
    ) -> tuple[dict[str, npt.NDArray[Any]], npt.NDArray[np.bool_] | None]:
        """Wait for the ids of a batch and settle the fate of its rows.

        Returns
        -------
        columns, keep
            (n,) arrays by our name (number and time extras with a second one, "<name> valid");
            (n,) True for the rows to use, None when all are.
        """
        state, values, columns = started.state, started.values, started.columns
        codes = {name: task.result() for name, task in started.tasks.items()}
        if "event_id" in codes:
            columns["event_id"] = codes.pop("event_id")
        for name in ("account_id", "content_id"):
            columns[name] = codes.pop(name)
            state.refuse(name, values[name], columns[name], REASONS)
        for name, found in codes.items():
            state.note(name, values[name], found, _UNREADABLE_IDS)
            columns[name] = np.maximum(found, NULL)
        for name in self._extras:
            if name not in self._encoders:
                columns |= self._numbers(name, values[name], state)
        return columns, (~state.skip if state.any_skipped else None)

    def _values(self, batch: Batch) -> dict[str, pa.Array]:
        """All columns of a batch: from the file, from its folders, or null where it has none."""
        where = self._schema.files[batch.file]
        values: dict[str, pa.Array] = {}
        for name in self._schema.refs:
            if name in batch.columns:
                values[name] = batch.columns[name]
            elif name in where.partitions:
                values[name] = same_for_all(where.partitions[name], batch.n_rows)
            else:
                values[name] = pa.nulls(batch.n_rows)
        return values

    def _times(self, values: pa.Array, state: _State) -> npt.NDArray[np.int64]:
        """Microseconds; refuses what is no time and sets aside what is out of scope."""
        values = plain(values)
        unit = self._schema.refs["ts"].unit
        micros, status = to_micros(values, unit)
        if status.any():
            reasons = {
                int(code): describe_status(int(code), values.type, unit)
                for code in np.unique(status)
                if code != OK
            }
            state.refuse("ts", values, status, reasons)
        inside = micros if not state.any_skipped else micros[~state.skip]
        if len(inside):
            low, high = int(inside.min()), int(inside.max())
            state.findings.merge(Findings(earliest=low, latest=high))
            since, until = self._scope.since, self._scope.until
            if since is not None and low < since:
                state.set_aside(micros < since)
            if until is not None and high >= until:
                state.set_aside(micros >= until)
        return micros

    def _actions(self, values: pa.Array | None, state: _State) -> npt.NDArray[np.int32]:
        """Action codes; refuses nulls and sets aside what was not asked for."""
        wanted = self._scope.actions
        if values is None:
            if wanted is not None and DEFAULT_ACTION not in wanted:
                state.set_aside(np.ones(state.batch.n_rows, np.bool_))
            return np.zeros(state.batch.n_rows, np.int32)
        encoder = self._encoders["action"]
        assert isinstance(encoder, TextEncoder)
        skip = state.skip if state.any_skipped else None
        codes = encode(encoder, values, skip, as_text=True)
        state.refuse("action", values, codes, REASONS)
        if wanted is not None:
            new = [encoder.text(c) in wanted for c in range(len(self._wanted), encoder.count)]
            self._wanted = np.append(self._wanted, np.array(new, np.bool_))
            if not self._wanted.all():
                state.set_aside(~self._wanted[np.maximum(codes, 0)])
        return codes

    def _numbers(self, name: str, values: pa.Array, state: _State) -> dict[str, npt.NDArray[Any]]:
        """A time or number extra and where it is valid."""
        values = plain(values)
        if BY_NAME[name].kind == "time":
            unit = self._schema.refs[name].unit
            micros, status = to_micros(values, unit)
            reasons = {
                int(code): describe_status(int(code), values.type, unit)
                for code in np.unique(status)
                if code not in (OK, NO_TIME)
            }
            state.note(name, values, status, reasons)
            return {name: micros, f"{name} valid": status == OK}
        dtype = np.dtype(BY_NAME[name].kind)
        numbers, valid, unreadable = whole_numbers(values, dtype)
        state.note(name, values, unreadable, {1: f"not a whole number of type {dtype}"})
        return {name: numbers, f"{name} valid": valid}


class _State:
    """Which rows of one batch are out, and why."""

    def __init__(self, batch: Batch, file: str, findings: Findings) -> None:
        self.batch = batch
        self.file = file
        self.findings = findings
        self.skip = np.zeros(batch.n_rows, np.bool_)
        self.any_skipped = False

    def refuse(
        self, name: str, values: pa.Array, codes: npt.NDArray[Any], reasons: Mapping[int, str]
    ) -> None:
        """Put into quarantine the rows still in whose code is one of `reasons`."""
        self._record(self.findings.quarantine, name, values, codes, reasons)
        bad = np.isin(codes, list(reasons)) if codes.dtype != np.int32 else codes < 0
        if bad.any():
            self.skip |= bad
            self.any_skipped = True

    def note(
        self, name: str, values: pa.Array, codes: npt.NDArray[Any], reasons: Mapping[int, str]
    ) -> None:
        """Note values of rows still in whose code is one of `reasons`."""
        self._record(self.findings.notes, name, values, codes, reasons)

    def _record(
        self,
        ledger: Ledger,
        name: str,
        values: pa.Array,
        codes: npt.NDArray[Any],
        reasons: Mapping[int, str],
    ) -> None:
        if codes.dtype == np.int32 and (not len(codes) or int(codes.min()) >= 0):
            return
        for code, reason in reasons.items():
            rows = np.flatnonzero((codes == code) & ~self.skip)
            if len(rows):
                first = int(rows[0])
                ledger.add(
                    self.file,
                    name,
                    reason,
                    len(rows),
                    self.batch.first_row + first,
                    example(values, first),
                )

    def set_aside(self, outside: npt.NDArray[np.bool_]) -> None:
        """Count the rows still in that are out of scope, and leave them out."""
        outside = outside & ~self.skip
        count = int(np.count_nonzero(outside))
        if count:
            self.findings.n_outside += count
            self.skip |= outside
            self.any_skipped = True
