"""One reading of a log: its contents, accounts, rhythm, order, and a sample of its accounts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.advice import suggest
from cib.datasets.columns import BY_NAME
from cib.datasets.encoding import IntegerEncoder, TextEncoder, encoder_for
from cib.datasets.errors import BadDataError
from cib.datasets.footers import Footer, read_footers
from cib.datasets.hostile import printable
from cib.datasets.inspection import clock_resolution
from cib.datasets.mapping import resolve_map
from cib.datasets.schema import LogSchema, resolve_schema
from cib.datasets.sources import list_files
from cib.datasets.synthetic.planting.order import Order, OrderWatch
from cib.datasets.synthetic.planting.sample import AccountSample
from cib.datasets.times import OK, to_micros

Array = npt.NDArray[Any]
Progress = Callable[[int, int | None], None]
"""Called with rows done and rows in all."""

BATCH_ROWS = 1 << 16
_SAMPLE_ROWS = 4_000_000
_DONOR_ROWS = 200_000
_NO_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of the log."""

    footer: Footer
    first_us: int
    last_us: int
    """Times in it, microseconds since 1970; the first after the last where there are none."""


@dataclass(frozen=True, slots=True)
class Codes:
    """A batch in codes; aligned arrays, -1 (and no time) where a value cannot be used."""

    account: Array
    content: Array
    action: Array
    ts_us: Array

    @property
    def usable(self) -> Array:
        """Mask of the rows of which everything is known."""
        known: Array = (self.account >= 0) & (self.content >= 0) & (self.ts_us != _NO_TIME)
        return known


@dataclass(frozen=True, slots=True)
class Log:
    """What one reading says about a log. Accounts and contents are counted in the order of ids."""

    schema: LogSchema
    files: tuple[LogFile, ...]
    n_rows: int
    account_ids: pa.Array
    account_rank: Array
    """Place in `account_ids` of the code that a `Reader` gives, -1 for none."""
    content_ids: pa.Array
    actions: tuple[str, ...]
    """Commonest first; empty without a column of them."""
    account_rows: Array
    """(n_accounts,) rows of each."""
    account_file: Array
    """(n_accounts,) index of the file in which it comes first."""
    content_rows: Array
    audience: Array
    """(n_contents,) distinct accounts, float64: counted, or estimated from the sample."""
    content_kind: tuple[str, ...]
    """(n_contents,) names, "" where none; empty without a column of them."""
    length_ms: Array
    """(n_contents,) int64, the longest that it was played; 0 for unknown."""
    first_us: int
    last_us: int
    """Whole period; equal and 0 in a log without times."""
    clock_us: int
    """What the log's times are apart, or a multiple of it: the resolution of its clock."""
    phase_us: int
    """What is left when any of them is divided by that."""
    order: Order
    sample: AccountSample
    """Rows of all accounts, or of a share of them: account, content, action, ts_us."""
    donors: AccountSample
    """The same for fewer accounts, with their rows in full."""

    @property
    def timed(self) -> bool:
        """Whether the log has times."""
        return "ts" in self.schema.refs

    @property
    def n_days(self) -> int:
        """Days from the first midnight to the last time; 28 for a log without times."""
        day = 86_400_000_000
        return int(self.last_us // day - self.first_us // day + 1) if self.timed else 28


def read_survey(
    source: str | os.PathLike[str], columns: Mapping[str, str], seed: int, progress: Progress
) -> Log:
    """Read a log once.

    Memory grows with the distinct ids (a few dozen bytes each) and not with the rows: what needs
    whole accounts is taken from a sample of at most four million rows.

    Raises
    ------
    BadDataError
        The log is not there, a file cannot be read, or a column is missing or of a wrong type.
    """
    footers = read_footers(list_files(source))
    for footer in footers:
        if footer.fault is not None:
            raise BadDataError(
                f"{printable(footer.file.name, 300)}: {footer.fault}; rings are planted in whole "
                "logs only, so take the file away or repair it."
            )
    schema = _schema(footers, columns)
    if not any(footer.rows for footer in footers):
        raise BadDataError(f"{printable(os.fspath(source), 300)}: has no rows to plant among.")
    return _Reading(footers, schema, seed).run(progress)


def _schema(footers: list[Footer], columns: Mapping[str, str]) -> LogSchema:
    """Find the columns; a log may lack times if it has nothing that looks like them."""
    refs = resolve_map(columns)
    names = {name for f in footers for name in (f.schema.names if f.schema is not None else [])}
    taken = {ref.theirs for ref in refs.values()}
    absent = refs["ts"].theirs not in names and not refs["ts"].mapped
    untimed = absent and suggest(BY_NAME["ts"], sorted(names - taken)) is None
    return resolve_schema(footers, refs, spared=("ts",) if untimed else ())


class Reader:
    """Turns batches into codes; the encoders live as long as it does."""

    def __init__(self, schema: LogSchema) -> None:
        self.schema = schema
        self.encoders: dict[str, IntegerEncoder | TextEncoder] = {
            name: encoder_for(schema.families[name], name, schema.id_types[name])
            for name in ("account_id", "content_id", "action", "content_kind")
            if name in schema.families
        }

    def codes(self, batch: pa.RecordBatch, index: int) -> Codes:
        """Encode a batch of the file with this index."""
        n = batch.num_rows
        ref = self.schema.refs.get("ts")
        times = np.zeros(n, np.int64)
        if ref is not None:
            values = self._column(batch, index, "ts")
            times, status = to_micros(values, ref.unit)
            times = np.where(status == OK, times, _NO_TIME)
        return Codes(
            account=self.encode(batch, index, "account_id"),
            content=self.encode(batch, index, "content_id"),
            action=self.encode(batch, index, "action"),
            ts_us=times,
        )

    def encode(self, batch: pa.RecordBatch, index: int, name: str) -> Array:
        """Codes of one column, (n,) int32, negative where there is none."""
        if name not in self.encoders:
            return np.zeros(batch.num_rows, np.int32)
        return self.encoders[name].encode(self._column(batch, index, name), None)

    def _column(self, batch: pa.RecordBatch, index: int, name: str) -> pa.Array:
        where = self.schema.files[index]
        if name in where.columns:
            return plain(batch.column(where.columns[name]))
        return pa.array([where.partitions.get(name)] * batch.num_rows)


def plain(values: pa.Array) -> pa.Array:
    """Return the values without dictionary encoding."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def content_order(batch: pa.RecordBatch, schema: LogSchema, index: int) -> Array:
    """Return numbers that compare as the content ids do, where these are numbers, else zeros."""
    theirs = schema.files[index].columns.get("content_id")
    if theirs is None or schema.families["content_id"] != "integer":
        return np.zeros(batch.num_rows, np.int64)
    values: Array = plain(batch.column(theirs)).fill_null(0).to_numpy(zero_copy_only=False)
    return values


def batches(footer: Footer) -> Iterator[pa.RecordBatch]:
    """Stream all columns of a file."""
    with footer.file.open() as stream:
        try:
            yield from pq.ParquetFile(stream).iter_batches(BATCH_ROWS)
        except (pa.ArrowException, OSError) as error:
            raise BadDataError(
                f"{printable(footer.file.name, 300)}: cannot be read: {printable(error, 200)}"
            ) from error


class _Reading:
    """One pass over the log."""

    def __init__(self, footers: list[Footer], schema: LogSchema, seed: int) -> None:
        self.footers, self.schema = footers, schema
        self.reader = Reader(schema)
        self.sample = AccountSample.empty(_SAMPLE_ROWS, seed)
        self.donors = AccountSample.empty(_DONOR_ROWS, seed)
        self.watch = OrderWatch()
        self.account_rows = np.zeros(0, np.int64)
        self.account_file = np.zeros(0, np.int32)
        self.content_rows = np.zeros(0, np.int64)
        self.length_ms = np.zeros(0, np.int64)
        self.kind = np.zeros(0, np.int32)
        self.action_rows = np.zeros(0, np.int64)

    def run(self, progress: Progress) -> Log:
        total = sum(footer.rows for footer in self.footers)
        done, files = 0, []
        for index, footer in enumerate(self.footers):
            first, last = np.iinfo(np.int64).max, _NO_TIME
            self.watch.next_file()
            for batch in batches(footer) if footer.rows else ():
                codes = self._add(batch, index)
                times = codes.ts_us[codes.ts_us != _NO_TIME]
                if len(times):
                    first, last = min(first, int(times.min())), max(last, int(times.max()))
                done += batch.num_rows
                progress(done, total)
            files.append(LogFile(footer, first, last))
        return self._finish(tuple(files), total)

    def _add(self, batch: pa.RecordBatch, index: int) -> Codes:
        codes = self.reader.codes(batch, index)
        rows = np.flatnonzero(codes.usable)
        account, content = codes.account[rows], codes.content[rows]
        self.watch.see(codes.account, content_order(batch, self.schema, index), codes.ts_us, rows)
        seen = len(self.account_rows)
        self.account_rows = _counted(self.account_rows, account)
        new = np.full(len(self.account_rows) - seen, index, np.int32)
        self.account_file = np.append(self.account_file, new)
        self.content_rows = _counted(self.content_rows, content)
        n = len(self.content_rows)
        self.length_ms = _longer(self.length_ms, n, 0)
        self.kind = _longer(self.kind, n, -1)
        where = self.schema.files[index].columns
        if "duration_ms" in where:
            played = plain(batch.column(where["duration_ms"])).cast(pa.float64(), safe=False)
            ms = np.nan_to_num(played.to_numpy(zero_copy_only=False)[rows], nan=0.0)
            np.maximum.at(self.length_ms, content, ms.astype(np.int64))
        if "content_kind" in self.reader.encoders:
            self.kind[content] = self.reader.encode(batch, index, "content_kind")[rows]
        action = codes.action[rows]
        self.action_rows = _counted(self.action_rows, action[action >= 0])
        self.sample.add(account, content, action, codes.ts_us[rows])
        self.donors.add(account, content, action, codes.ts_us[rows], batch, rows)
        return codes

    def _finish(self, files: tuple[LogFile, ...], total: int) -> Log:
        encoders = self.reader.encoders
        if not len(self.account_rows):
            raise BadDataError("No row of the log has an account, a content and a time.")
        actions = _names(encoders, "action")
        kinds = _names(encoders, "content_kind")
        by_rows = np.argsort(-self.action_rows, kind="stable")
        place = np.argsort(by_rows)
        account_ids, account_rank, account_back = _ranked(
            encoders["account_id"], self.schema.id_types["account_id"], self.account_rows
        )
        content_ids, content_rank, content_back = _ranked(
            encoders["content_id"], self.schema.id_types["content_id"], self.content_rows
        )
        timed = "ts" in self.schema.refs
        first = min(file.first_us for file in files) if timed else 0
        last = max(file.last_us for file in files) if timed else 0
        sample = self.sample.finished(account_rank, content_rank, place)
        clock_us, phase_us = _clock(sample.ts_us) if timed else (1, 0)
        order = self.watch.order(timed, account_rank)
        kind = self.kind[content_back]
        return Log(
            schema=self.schema,
            files=files,
            n_rows=total,
            account_ids=account_ids,
            account_rank=account_rank,
            content_ids=content_ids,
            actions=tuple(actions[i] for i in by_rows) if "action" in self.schema.refs else (),
            account_rows=self.account_rows[account_back],
            account_file=self.account_file[account_back],
            content_rows=self.content_rows[content_back],
            audience=sample.audience(self.content_rows[content_back]),
            content_kind=tuple(kinds[i] if i >= 0 else "" for i in kind) if kinds else (),
            length_ms=self.length_ms[content_back],
            first_us=first,
            last_us=last,
            clock_us=clock_us,
            phase_us=phase_us,
            order=order,
            sample=sample,
            donors=self.donors.finished(account_rank, content_rank, place),
        )


def _clock(ts_us: Array) -> tuple[int, int]:
    """Return the resolution and the phase of a clock: by the second, or every 20 s from :07 on."""
    known = clock_resolution(ts_us)
    apart = int(np.gcd.reduce(ts_us - ts_us[0]))
    unit = known.unit_us if known is not None else 1
    return (apart, int(ts_us[0] % apart)) if apart > unit else (unit, 0)


def _names(encoders: Mapping[str, IntegerEncoder | TextEncoder], name: str) -> list[str]:
    encoder = encoders.get(name)
    if not isinstance(encoder, TextEncoder):
        return []
    return [encoder.text(code) for code in range(encoder.count)]


def _ranked(
    encoder: IntegerEncoder | TextEncoder, kind: pa.DataType, rows: Array
) -> tuple[pa.Array, Array, Array]:
    """Return the ids that have rows in order, ranks of codes, codes of ranks."""
    used = np.zeros(encoder.count, np.bool_)
    used[: len(rows)] = rows > 0
    ids, rank = encoder.finish(used, kind)
    back = np.empty(len(ids), np.int64)
    back[rank[rank >= 0]] = np.flatnonzero(rank >= 0)
    return ids, rank, back


def _counted(total: Array, codes: Array) -> Array:
    values, counts = np.unique(codes, return_counts=True)
    if len(values):
        total = _longer(total, int(values[-1]) + 1, 0)
        total[values] += counts
    return total


def _longer(array: Array, n: int, fill: int) -> Array:
    if len(array) >= n:
        return array
    return np.append(array, np.full(n - len(array), fill, array.dtype))
