"""Stream the rows of all files as record batches; a row group that fails is reported as such."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pyarrow as pa

from cib.datasets.columns import TIME_UNITS
from cib.datasets.decoding import Decoder
from cib.datasets.errors import TemporaryError
from cib.datasets.footers import Footer
from cib.datasets.hostile import printable
from cib.datasets.schema import FileColumns, LogSchema, logical_type
from cib.datasets.times import EARLIEST, LATEST

_BATCH_BYTES = 16 * 2**20
_BATCH_ROWS = 131_072


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one row group, at most `_BATCH_ROWS` at a time."""

    file: int
    """Index of the file."""
    first_row: int
    """Position of the first row within the file."""
    n_rows: int
    columns: dict[str, pa.Array]
    """Our name to the values; columns from folder names are not in it."""


@dataclass(frozen=True, slots=True)
class GroupEnd:
    """A row group is complete, was skipped because of its times, or failed."""

    file: int
    first_row: int
    n_rows: int
    outside: tuple[int, int] | None = None
    """Earliest and latest time of a row group that was skipped, microseconds UTC."""
    fault: str | None = None
    """What went wrong; the batches that came from the row group must be taken back."""


def stream(
    footers: Sequence[Footer],
    schema: LogSchema,
    names: Sequence[str],
    since: int | None,
    until: int | None,
) -> Iterator[Batch | GroupEnd]:
    """Decode the files one row group after the other, one batch ahead of the caller.

    Parameters
    ----------
    footers, schema
        The files and where they have our columns; files with a fault or a missing column are
        passed over.
    names
        Our names of the columns to decode.
    since, until
        Microseconds UTC; a row group whose statistics show that it lies outside is not decoded.
    """
    done = object()
    source = _stream(footers, schema, names, since, until)
    with ThreadPoolExecutor(1, thread_name_prefix="cib-decode") as pool:
        coming = pool.submit(next, source, done)
        while (item := coming.result()) is not done:
            coming = pool.submit(next, source, done)
            assert isinstance(item, Batch | GroupEnd)
            yield item


def _stream(
    footers: Sequence[Footer],
    schema: LogSchema,
    names: Sequence[str],
    since: int | None,
    until: int | None,
) -> Iterator[Batch | GroupEnd]:
    for index, (footer, where) in enumerate(zip(footers, schema.files, strict=True)):
        if footer.fault is None and where.missing is None and footer.rows:
            outside = outside_groups(footer, where, schema, since, until)
            yield from _stream_file(index, footer, where, names, outside)


def outside_groups(
    footer: Footer, where: FileColumns, schema: LogSchema, since: int | None, until: int | None
) -> dict[int, tuple[int, int]]:
    """Row groups whose statistics show that all their times are valid and out of scope.

    Returns
    -------
    dict
        Number of the row group to its earliest and latest time, microseconds UTC.
    """
    theirs = where.columns.get("ts")
    if (since is None and until is None) or theirs is None or footer.statistics is None:
        return {}
    assert footer.schema is not None
    kind = logical_type(footer.schema.field(theirs).type)
    unit = kind.unit if pa.types.is_timestamp(kind) else schema.refs["ts"].unit
    if unit is None or not (pa.types.is_timestamp(kind) or pa.types.is_integer(kind)):
        return {}
    outside: dict[int, tuple[int, int]] = {}
    for group, known in enumerate(footer.statistics.get(theirs, ())):
        if known is None or known.nulls != 0:
            continue
        low = known.low * 1_000_000 // TIME_UNITS[unit]
        high = known.high * 1_000_000 // TIME_UNITS[unit]
        if low < EARLIEST or high >= LATEST:
            continue
        if (since is not None and high < since) or (until is not None and low >= until):
            outside[group] = (low, high)
    return outside


def _stream_file(
    index: int,
    footer: Footer,
    where: FileColumns,
    names: Sequence[str],
    outside: Mapping[int, tuple[int, int]],
) -> Iterator[Batch | GroupEnd]:
    """Decode one file."""
    firsts = [0]
    for n_rows in footer.group_rows:
        firsts.append(firsts[-1] + n_rows)
    ours = [name for name in names if name in where.columns]
    theirs = sorted({where.columns[name] for name in ours})
    size = sum((footer.uncompressed or {}).get(name, 0) for name in theirs)
    batch_rows = int(min(_BATCH_ROWS, max(1024, _BATCH_BYTES * footer.rows // max(1, size))))
    if len(outside) == len(footer.group_rows):
        for group, n_rows in enumerate(footer.group_rows):
            yield GroupEnd(index, firsts[group], n_rows, outside[group])
        return
    _check_unchanged(footer)
    with ExitStack() as stack:
        try:
            decoder = Decoder(footer, theirs, stack)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _changed(footer) from error
        if decoder.rows != footer.rows:
            raise _changed(footer)
        for group, n_rows in enumerate(footer.group_rows):
            if group in outside:
                yield GroupEnd(index, firsts[group], n_rows, outside[group])
                continue
            row, fault = firsts[group], None
            try:
                for n_decoded, columns in decoder.batches(group, batch_rows):
                    chosen = {name: columns[where.columns[name]] for name in ours}
                    yield Batch(index, row, n_decoded, chosen)
                    row += n_decoded
            except (pa.ArrowException, OSError, ValueError, NotImplementedError) as error:
                if isinstance(error, MemoryError) and not _asks_too_much(error, size):
                    raise
                _check_readable(footer)
                fault = f"corrupt row group: {printable(str(error).splitlines()[0], 120)}"
            if fault is None and row != firsts[group + 1]:
                fault = f"corrupt row group: {row - firsts[group]} of {n_rows} rows could be read"
            yield GroupEnd(index, firsts[group], n_rows, fault=fault)


def _check_unchanged(footer: Footer) -> None:
    """Refuse a local file that was written to since its footer was read."""
    if footer.file.filesystem is not None:
        return
    try:
        status = os.stat(footer.file.path)
    except OSError as error:
        raise _changed(footer) from error
    if (status.st_size, status.st_mtime_ns) != (footer.file.size, footer.file.mtime_ns):
        raise _changed(footer)


def _changed(footer: Footer) -> TemporaryError:
    return TemporaryError(
        f"{printable(footer.file.name, 300)}: changed while it was read; run again when nothing "
        "writes to the source"
    )


def _asks_too_much(error: MemoryError, size: int) -> bool:
    """Whether more memory was asked for than the footer says the columns take: damage, then."""
    asked = re.search(r"size (\d+)", str(error))
    return asked is not None and int(asked[1]) > 2 * size + _BATCH_BYTES


def _check_readable(footer: Footer) -> None:
    """Tell damaged bytes from storage that does not answer: only the first is the log's fault."""
    try:
        with footer.file.open() as stream:
            while stream.read(2**24):
                pass
    except OSError as error:
        raise TemporaryError(
            f"{printable(footer.file.name, 300)}: the storage stopped answering: {error}"
        ) from error
