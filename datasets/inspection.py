"""What is in a log: rows and faults, span and clock, columns, rhythm, the heaviest ids."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.advice import suggest
from cib.datasets.columns import BY_NAME, COLUMNS, EXTRAS
from cib.datasets.log import InteractionLog
from cib.datasets.reading import Progress, Reading
from cib.datasets.times import iso

CLOCKS: tuple[tuple[int, str], ...] = (
    (86_400_000_000, "1 d (day-rounded)"),
    (3_600_000_000, "1 h (hour-rounded)"),
    (60_000_000, "1 min (minute-rounded)"),
    (1_000_000, "1 s"),
    (1_000, "1 ms"),
    (1, "1 µs"),
)
"""Clock units, microseconds, largest first, and what they are called."""

CLOCK_SHARE = 0.999
"""Share of the times that must be multiples of a unit for it to be the clock's."""

_CHUNK = 1 << 20
_DAY, _HOUR = 86_400_000_000, 3_600_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """The resolution of the times of a log."""

    unit_us: int
    """The unit, microseconds."""
    label: str
    """The unit in words, with the share where it is not all."""
    share: float
    """Share of the times that are multiples of the unit."""


@dataclass(frozen=True, slots=True)
class Heavy:
    """One of the most active accounts or contents."""

    id: int | str
    """The id; bytes as hexadecimal text."""
    n_interactions: int
    share: float
    """Of all usable interactions."""


@dataclass(frozen=True, slots=True)
class LogSummary:
    """What `inspect_log` found; every field can be written as JSON."""

    rows: dict[str, int]
    """read, used, quarantined, duplicates, out_of_scope."""
    accounts: int
    contents: int
    first_ts: str | None
    """Earliest usable time, ISO 8601 in UTC; None without usable rows."""
    last_ts: str | None
    actions: dict[str, int]
    """Usable rows by action, the commonest first."""
    clock: Clock | None
    null_share: dict[str, float]
    """Share of nulls among the rows that could be decoded, for each column that is there."""
    hours: list[int]
    """(24,) usable rows by hour of the day, UTC."""
    weekdays: list[int]
    """(7,) usable rows by weekday, UTC, Monday first."""
    heaviest_accounts: list[Heavy]
    heaviest_contents: list[Heavy]
    quarantine: list[dict[str, object]]
    """file, column, reason, n_rows, first_row, example; most rows first."""
    notes: list[dict[str, object]]
    """The same for values of optional columns that were read as null."""
    columns_present: list[str]
    """Our columns that the files have."""
    columns_absent: list[str]
    columns_unknown: list[dict[str, str | None]]
    """name, and `suggestion`: our absent column that it may be mapped to, or None."""
    inputs: list[dict[str, object]]
    """name, rows, bytes, fingerprint of each file."""
    other_files: dict[str, object]
    """Files of the source's folders that are not called ``*.parquet``: `n`, and an `example`."""

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain dictionaries, lists, texts and numbers."""
        return asdict(self)


def inspect_log(
    source: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    memory: int | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    scratch: str | os.PathLike[str] | None = None,
) -> LogSummary:
    """Read a log and say what is in it; bad rows and files are reported and stop nothing.

    Parameters
    ----------
    source, columns, memory, progress, threads, scratch
        As for `read_log`.

    Raises
    ------
    BadDataError
        Nothing can be read at all: no file, no row, a missing column, a type that cannot serve.
    UsageError, TemporaryError
        As for `read_log`.
    """
    reading = Reading(
        source,
        columns=columns or {},
        actions=None,
        since=None,
        until=None,
        max_bad_share=None,
        memory=memory,
        progress=progress,
        extras=[name for name in EXTRAS if BY_NAME[name].kind not in ("id", "name")],
        count_nulls=True,
        threads=threads,
        scratch=scratch,
    )
    return summarise(reading.run(), reading)


def summarise(log: InteractionLog, reading: Reading) -> LogSummary:
    """Compute the summary of a log that was read."""
    refs = reading.schema.refs
    absent = [column for column in COLUMNS if column.name not in refs]
    hours, weekdays = _rhythm(log.ts)
    by_action = np.bincount(log.action, minlength=len(log.action_names)).tolist()
    actions = sorted(zip(log.action_names, by_action, strict=True), key=lambda pair: -pair[1])
    decoded = max(1, reading.findings.n_rows)
    return LogSummary(
        rows=asdict(log.accounting),
        accounts=log.n_accounts,
        contents=log.n_contents,
        first_ts=iso(int(log.ts.min())) if log.n_rows else None,
        last_ts=iso(int(log.ts.max())) if log.n_rows else None,
        actions=dict(actions),
        clock=clock_resolution(log.ts),
        null_share={name: reading.findings.nulls.get(name, 0) / decoded for name in refs},
        hours=hours,
        weekdays=weekdays,
        heaviest_accounts=_heaviest(log.account, log.account_ids),
        heaviest_contents=_heaviest(log.content, log.content_ids),
        quarantine=_entries(log.quarantine),
        notes=_entries(log.notes),
        columns_present=list(refs),
        columns_absent=[column.name for column in absent],
        columns_unknown=_unknown(reading.schema.unknown, [column.name for column in absent]),
        inputs=[dict(entry) for entry in log.inputs],
        other_files=log.other_files,
    )


def clock_resolution(ts: npt.NDArray[np.int64]) -> Clock | None:
    """The largest unit of `CLOCKS` that nearly all times are multiples of.

    Parameters
    ----------
    ts
        (n,) microseconds.

    Returns
    -------
    Clock or None
        None without times.

    Examples
    --------
    >>> import numpy as np
    >>> clock_resolution(np.array([60_000_000, 120_000_000])).label
    '1 min (minute-rounded)'
    """
    if not len(ts):
        return None
    for unit, label in CLOCKS:
        multiples = sum(
            int(np.count_nonzero(ts[start : start + _CHUNK] % unit == 0))
            for start in range(0, len(ts), _CHUNK)
        )
        share = multiples / len(ts)
        if multiples == len(ts):
            return Clock(unit, label, 1.0)
        if share >= CLOCK_SHARE:
            return Clock(unit, f"{label}, {_floor_percent(share)} of times", share)
    raise AssertionError("every time is a multiple of 1 µs")


def _floor_percent(share: float) -> str:
    """A share below 1 that does not round up to 100%."""
    return f"{int(share * 10_000) / 100:.2f}%"


def _rhythm(ts: npt.NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Rows by hour of the day and by weekday (1970-01-01 was a Thursday)."""
    hours, weekdays = np.zeros(24, np.int64), np.zeros(7, np.int64)
    for start in range(0, len(ts), _CHUNK):
        part = ts[start : start + _CHUNK]
        hours += np.bincount(part // _HOUR % 24, minlength=24)
        weekdays += np.bincount((part // _DAY + 3) % 7, minlength=7)
    return hours.tolist(), weekdays.tolist()


def _heaviest(codes: npt.NDArray[np.int32], ids: pa.Array) -> list[Heavy]:
    """The ten ids with the most rows, the smaller id first among equals."""
    counts = np.bincount(codes, minlength=len(ids))
    top = np.argsort(-counts, kind="stable")[:10]
    found = []
    for code in top.tolist():
        value = ids[code].as_py()
        if isinstance(value, bytes):
            value = value.hex()
        found.append(Heavy(value, int(counts[code]), float(counts[code] / len(codes))))
    return found


def _entries(table: pa.Table | None) -> list[dict[str, object]]:
    """The rows of a quarantine table, most rows first."""
    rows: list[dict[str, object]] = [] if table is None else table.to_pylist()
    return sorted(rows, key=lambda row: -int(str(row["n_rows"])))


def _unknown(names: tuple[str, ...], absent: list[str]) -> list[dict[str, str | None]]:
    """Foreign columns, each with the absent column of ours that it looks like."""
    likely: dict[str, str] = {}
    for ours in absent:
        theirs = suggest(BY_NAME[ours], [name for name in names if name not in likely])
        if theirs is not None:
            likely[theirs] = ours
    return [{"name": name, "suggestion": likely.get(name)} for name in names]
