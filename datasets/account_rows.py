"""One account's rows, read from the log itself: everything it did, cluster or not."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.columns import COLUMNS, DEFAULT_ACTION
from cib.datasets.decoding import Decoder
from cib.datasets.footers import Footer, describe, read_footers
from cib.datasets.mapping import resolve_map
from cib.datasets.schema import FileColumns, LogSchema, resolve_schema
from cib.datasets.sources import list_files
from cib.datasets.times import OK, to_micros
from cib.datasets.values import plain, same_for_all

BATCH = 131_072
"""Rows of one row group that are compared at a time."""
MOST = 200_000
"""Rows that are kept, at most."""
TEXT = pa.large_string()


@dataclass(frozen=True, slots=True)
class AccountRows:
    """What a log holds of one account."""

    rows: pa.Table
    """ts (microseconds, UTC; null when it cannot be read), content_id, action, and the optional
    columns that the log has; all but ts as text. In order of time."""
    n_all: int
    """Rows of the account; more than `rows` has when there are very many."""
    n_files: int
    """Files that were looked into."""
    faults: tuple[str, ...]
    """Files that could not be read, and why."""
    inputs: tuple[dict[str, object], ...]
    """The files as they are now, as `fingerprint` gives them; a run's manifest has the same."""
    seconds: float


def account_rows(
    source: str | os.PathLike[str],
    account_id: str | int | bytes,
    *,
    columns: Mapping[str, str] | None = None,
    most: int = MOST,
    threads: int = 2,
) -> AccountRows:
    """Read one account's rows from a log.

    Looks at the accounts of all row groups whose statistics allow for this one, and at the other
    columns only where it is. Rows are as they lie in the log: repeated ones, and those outside of
    what a scan was asked to look at, are among them.

    Parameters
    ----------
    source : as for `read_log`
    account_id : as the log has it; text, an integer or bytes
    columns : our name to "their name" or "their name:unit", as for `read_log`
    most : rows to keep, at most; the first in order of files, the others are counted
    threads : files read at a time

    Raises
    ------
    BadDataError
        The source is gone, holds nothing that can be read, or lacks a column.
    UsageError
        `columns` names a column that does not exist.
    """
    began = time.perf_counter()
    refs = resolve_map(columns or {})
    footers = read_footers(list_files(source))
    schema = resolve_schema(footers, refs)
    names = [name for name in schema.refs if name != "account_id"]
    work = list(zip(footers, schema.files, strict=True))
    with ThreadPoolExecutor(max(threads, 1), thread_name_prefix="cib-account") as pool:
        parts = list(
            pool.map(lambda one: _of_file(one[0], one[1], schema, names, account_id, most), work)
        )
    tables = [table for table, _, _ in parts if table is not None]
    empty = _arranged({}, names, 0)
    rows = pa.concat_tables([empty, *tables]).sort_by("ts").slice(0, most)
    return AccountRows(
        rows=rows,
        n_all=sum(n for _, n, _ in parts),
        n_files=sum(footer.fault is None for footer in footers),
        faults=tuple(fault for _, _, fault in parts if fault),
        inputs=tuple(describe(footer) for footer in footers),
        seconds=time.perf_counter() - began,
    )


def _of_file(
    footer: Footer,
    where: FileColumns,
    schema: LogSchema,
    names: Sequence[str],
    account_id: str | int | bytes,
    most: int,
) -> tuple[pa.Table | None, int, str]:
    """Return an account's rows of one file (None when there are none), how many, what is wrong."""
    if footer.fault is not None:
        return None, 0, f"{footer.file.name}: {footer.fault}"
    if where.missing is not None or not footer.rows:
        return None, 0, f"{footer.file.name}: no column {where.missing}" if where.missing else ""
    found: list[pa.Table] = []
    total = 0
    try:
        with ExitStack() as stack:
            theirs = where.columns.get("account_id")
            who = Decoder(footer, [theirs], stack) if theirs else None
            kept = sorted({where.columns[name] for name in names if name in where.columns})
            rest = Decoder(footer, kept, stack) if kept else None
            for group in range(len(footer.group_rows)):
                if theirs and _not_in(footer, theirs, group, account_id):
                    continue
                masks = _masks(footer, where, who, theirs, group, account_id)
                if not any(mask.any() for mask in masks):
                    continue
                table, n = _rows_of_group(footer, where, schema, names, rest, group, masks)
                total += n
                if sum(len(one) for one in found) < most:
                    found.append(table)
    except (pa.ArrowException, OSError, ValueError, NotImplementedError) as error:
        return _joined(found), total, f"{footer.file.name}: {str(error).splitlines()[0][:160]}"
    return _joined(found), total, ""


def _joined(tables: list[pa.Table]) -> pa.Table | None:
    return pa.concat_tables(tables) if tables else None


def _not_in(footer: Footer, theirs: str, group: int, account_id: str | int | bytes) -> bool:
    """Whether the statistics of a row group of integer ids leave no room for an id."""
    known = (footer.statistics or {}).get(theirs, ())
    one = known[group] if group < len(known) else None
    if one is None or not isinstance(account_id, int):
        return False
    return not one.low <= account_id <= one.high


def _masks(
    footer: Footer,
    where: FileColumns,
    who: Decoder | None,
    theirs: str | None,
    group: int,
    account_id: str | int | bytes,
) -> list[np.ndarray[Any, Any]]:
    """Return, batch by batch, which rows of a row group are the account's."""
    if who is None or theirs is None:  # a folder says whose all rows are
        mine = where.partitions.get("account_id") == str(account_id)
        sizes = _batches_of(footer.group_rows[group])
        return [np.full(n, mine) for n in sizes]
    return [equals(columns[theirs], account_id) for _, columns in who.batches(group, BATCH)]


def _batches_of(n_rows: int) -> list[int]:
    return [min(BATCH, n_rows - at) for at in range(0, n_rows, BATCH)]


def equals(values: pa.Array, account_id: str | int | bytes) -> np.ndarray[Any, Any]:
    """(n,) True where an id is this one; null never is.

    Examples
    --------
    >>> equals(pa.array(["a", "b", None, "a"]).dictionary_encode(), "a").tolist()
    [True, False, False, True]
    >>> equals(pa.array([7, 300], pa.uint16()), 300).tolist()
    [False, True]
    >>> equals(pa.array([7], pa.uint8()), 300).tolist()
    [False]
    """
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_dictionary(values.type):
        of_entry = equals(values.dictionary, account_id)
        if not len(of_entry):
            return np.zeros(len(values), np.bool_)
        chosen = np.asarray(values.indices.fill_null(0))
        return np.asarray(of_entry[chosen] & np.asarray(pc.is_valid(values)))
    kind = values.type
    try:
        if pa.types.is_integer(kind):
            one = pa.scalar(int(account_id), kind)
        elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            text = account_id if isinstance(account_id, bytes) else str(account_id).encode()
            one = pa.scalar(text, kind)
        else:
            one = pa.scalar(str(account_id), kind)
    except (pa.ArrowInvalid, OverflowError, ValueError, TypeError):
        return np.zeros(len(values), np.bool_)
    return np.asarray(pc.fill_null(pc.equal(values, one), False))


def _rows_of_group(
    footer: Footer,
    where: FileColumns,
    schema: LogSchema,
    names: Sequence[str],
    rest: Decoder | None,
    group: int,
    masks: list[np.ndarray[Any, Any]],
) -> tuple[pa.Table, int]:
    """Return the chosen rows of one row group with all columns."""
    parts: list[pa.Table] = []
    batches = rest.batches(group, BATCH) if rest else ((len(mask), {}) for mask in masks)
    for mask, (_, decoded) in zip(masks, batches, strict=True):
        n = int(mask.sum())
        if not n:
            continue
        columns: dict[str, pa.Array] = {}
        for name in names:
            if name in where.columns:
                values = plain(decoded[where.columns[name]].filter(pa.array(mask)))
            elif name in where.partitions:
                values = plain(same_for_all(where.partitions[name], n))
            else:
                continue
            columns[name] = _moments(values, schema, name) if name == "ts" else _as_text(values)
        parts.append(_arranged(columns, names, n))
    table = pa.concat_tables(parts)
    return table, len(table)


def _moments(values: pa.Array, schema: LogSchema, name: str) -> pa.Array:
    micros, status = to_micros(values, schema.refs[name].unit)
    return pa.array(micros, pa.timestamp("us", "UTC"), mask=status != OK)


def _as_text(values: pa.Array) -> pa.Array:
    """Return any values as text; bytes that are not UTF-8 are shown as such."""
    kind = values.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        said = [None if v is None else v.decode("utf-8", "backslashreplace")
                for v in values.to_pylist()]  # fmt: skip
        return pa.array(said, TEXT)
    try:
        return values.cast(TEXT)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if v is None else str(v) for v in values.to_pylist()], TEXT)


def _arranged(columns: Mapping[str, pa.Array], names: Sequence[str], n: int) -> pa.Table:
    """Return columns in one order and of one type, absent ones as null."""
    order = ["ts", "content_id", "action"]
    order += [c.name for c in COLUMNS if c.name in names and c.name not in order]
    arrays = {}
    for name in order:
        if name in columns:
            arrays[name] = columns[name]
        elif name == "action" and name not in names:
            arrays[name] = pa.array([DEFAULT_ACTION] * n, TEXT)
        else:
            arrays[name] = pa.nulls(n, pa.timestamp("us", "UTC") if name == "ts" else TEXT)
    return pa.table(arrays)
