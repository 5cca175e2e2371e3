"""Match our columns to the files' columns: what is where, of which type, and what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from cib.datasets.advice import not_found, required_missing, value_range
from cib.datasets.columns import BY_NAME, COLUMNS
from cib.datasets.errors import BadDataError
from cib.datasets.footers import Footer
from cib.datasets.hostile import printable
from cib.datasets.mapping import ColumnRef
from cib.datasets.times import guess_unit

Family = Literal["integer", "text", "bytes", "none"]


@dataclass(frozen=True, slots=True)
class FileColumns:
    """Where one file keeps our columns."""

    columns: dict[str, str]
    """Our name to the name of a column inside the file."""
    partitions: dict[str, str | None]
    """Our name to the value that a Hive folder gives to all rows of the file."""
    missing: str | None = None
    """The first of our columns that this file lacks though it must have it."""


@dataclass(frozen=True, slots=True)
class LogSchema:
    """Our columns over all files of a log."""

    refs: dict[str, ColumnRef]
    """The columns that at least one file has, by our name, in the order of `COLUMNS`."""
    files: tuple[FileColumns, ...]
    """One per footer, in their order."""
    families: dict[str, Family]
    """For id columns: how ids are compared and encoded."""
    id_types: dict[str, pa.DataType]
    """For id columns: the type in which ids are given back."""
    unknown: tuple[str, ...]
    """Columns of the files that are none of ours and that nothing was mapped to, sorted."""


def logical_type(kind: pa.DataType) -> pa.DataType:
    """The type of the values, without dictionary encoding or extension wrapping."""
    while True:
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        elif isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        else:
            return kind


def resolve_schema(
    footers: Iterable[Footer], refs: Mapping[str, ColumnRef], *, spared: Collection[str] = ()
) -> LogSchema:
    """Find our columns in the files and settle their types.

    Parameters
    ----------
    footers
        Of all files; those with a `fault` or without rows are passed over.
    refs
        From `resolve_map`.
    spared
        Required columns that the log may lack.

    Raises
    ------
    BadDataError
        A mapped column is in no file, a required one is in none, a type cannot serve, ids are
        integers in one file and text in another, or integer times have no declared unit.
    """
    footers = tuple(footers)
    live = [footer for footer in footers if footer.schema is not None and footer.rows]
    found = _all_columns(live)
    present = {name: ref for name, ref in refs.items() if ref.theirs in found}
    for ref in refs.values():
        if ref.mapped and ref.theirs not in found:
            raise not_found(ref, live, found)
    absent = [
        column
        for column in COLUMNS
        if column.required and column.name not in present and column.name not in spared
    ]
    if absent:
        raise required_missing(absent, live, found, {ref.theirs for ref in present.values()})
    located = tuple(_locate(footer, present) for footer in footers)
    families: dict[str, Family] = {}
    id_types: dict[str, pa.DataType] = {}
    for name, ref in present.items():
        uses = [
            (footer, _type_of(footer, ref.theirs))
            for footer in live
            if ref.theirs in footer.file.partitions or ref.theirs in footer.schema.names  # type: ignore[union-attr]
        ]
        kind = BY_NAME[name].kind
        if kind in ("id", "name"):
            families[name], id_types[name] = _id_type(ref, uses)
        elif kind == "time":
            _check_time(ref, uses)
        else:
            _check_number(ref, uses)
    taken = {ref.theirs for ref in refs.values()}
    return LogSchema(
        dict(present),
        located,
        families,
        id_types,
        tuple(sorted(name for name in found if name not in taken and name not in BY_NAME)),
    )


def _all_columns(live: list[Footer]) -> dict[str, Footer]:
    """Every column name of the log, with the first file that has it."""
    found: dict[str, Footer] = {}
    last: pa.Schema | None = None
    for footer in live:
        assert footer.schema is not None
        if last is None or footer.schema.names != last.names:
            for name in footer.schema.names:
                found.setdefault(name, footer)
            last = footer.schema
        for name in footer.file.partitions:
            found.setdefault(name, footer)
    return found


def _locate(footer: Footer, present: Mapping[str, ColumnRef]) -> FileColumns:
    """Where one file has the columns; a column in the file wins over a folder's value."""
    columns: dict[str, str] = {}
    partitions: dict[str, str | None] = {}
    missing = None
    names = footer.schema.names if footer.schema is not None else []
    for name, ref in present.items():
        if names.count(ref.theirs) == 1:
            columns[name] = ref.theirs
        elif ref.theirs in footer.file.partitions:
            partitions[name] = footer.file.partitions[ref.theirs]
        elif BY_NAME[name].required or name == "action":
            missing = missing or name
    return FileColumns(columns, partitions, missing)


def _type_of(footer: Footer, theirs: str) -> pa.DataType:
    """Type of a column in one file; folder values are text."""
    assert footer.schema is not None
    index = footer.schema.get_field_index(theirs)
    if index >= 0:
        return logical_type(footer.schema.field(index).type)
    if theirs in footer.schema.names:
        raise BadDataError(
            f"{printable(footer.file.name, 300)}: column {printable(theirs)} is there "
            f"{footer.schema.names.count(theirs)} times; rename one of them"
        )
    value = footer.file.partitions[theirs]
    return pa.null() if value is None else pa.string()


def _family(kind: pa.DataType) -> Family | None:
    """How ids of a type are compared; None when the type cannot hold ids."""
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    if (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    ):
        return "bytes"
    return "none" if pa.types.is_null(kind) else None


def _id_type(ref: ColumnRef, uses: list[tuple[Footer, pa.DataType]]) -> tuple[Family, pa.DataType]:
    """One family and one type for the ids of a column over all files."""
    by_family: dict[Family, tuple[Footer, pa.DataType]] = {}
    kinds: list[pa.DataType] = []
    for footer, kind in uses:
        if kinds and kind == kinds[-1]:
            continue
        family = _family(kind)
        if family is None:
            reason = (
                "floating point cannot tell large ids apart (pandas: astype('Int64'))"
                if pa.types.is_floating(kind)
                else "ids must be integers or text"
            )
            raise BadDataError(
                f"{_where(footer, ref)} has type {printable(kind)}: {reason}; write it as an "
                f"integer or as text{_leave_out(ref)}"
            )
        by_family.setdefault(family, (footer, kind))
        kinds.append(kind)
    by_family.pop("none", None)
    if ref.name != "action" and "integer" in by_family and len(by_family) > 1:
        other = by_family.get("text") or by_family["bytes"]
        one, two = sorted((by_family["integer"], other), key=lambda use: use[0].file.name)
        raise BadDataError(
            f"{ref.name}: column {printable(ref.theirs)} has type {one[1]} in "
            f"{printable(one[0].file.name, 300)} and {two[1]} in "
            f"{printable(two[0].file.name, 300)}; the same id would count as two, so write it "
            f"with one type in all files{_leave_out(ref)}"
        )
    if ref.name == "action":
        return "text", pa.string()
    if "integer" in by_family:
        return "integer", _widest([kind for kind in kinds if pa.types.is_integer(kind)])
    kinds = [kind for kind in kinds if not pa.types.is_null(kind)]
    large = any(pa.types.is_large_string(kind) or pa.types.is_large_binary(kind) for kind in kinds)
    if "text" in by_family or not kinds:
        return "text", pa.large_string() if large else pa.string()
    if all(pa.types.is_fixed_size_binary(kind) and kind == kinds[0] for kind in kinds):
        return "bytes", kinds[0]
    return "bytes", pa.large_binary() if large else pa.binary()


def _widest(kinds: list[pa.DataType]) -> pa.DataType:
    """The smallest integer type that holds all of these (uint64 with signed: uint64)."""
    unsigned = max((k.bit_width for k in kinds if pa.types.is_unsigned_integer(k)), default=0)
    signed = max((k.bit_width for k in kinds if pa.types.is_signed_integer(k)), default=0)
    if not signed or unsigned == 64:
        return {8: pa.uint8(), 16: pa.uint16(), 32: pa.uint32(), 64: pa.uint64()}[unsigned]
    width = max(signed, 2 * unsigned)
    return {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[width]


def _check_time(ref: ColumnRef, uses: list[tuple[Footer, pa.DataType]]) -> None:
    """Refuse types that hold no instants, and numbers without a unit."""
    for footer, kind in uses:
        if (
            pa.types.is_timestamp(kind)
            or pa.types.is_date(kind)
            or _family(kind) in ("text", "bytes", "none")
        ):
            continue
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            raise BadDataError(
                f"{_where(footer, ref)} has type {printable(kind)}, which holds no instant; "
                f"expected a timestamp, integers with a unit, or ISO 8601 text{_leave_out(ref)}"
            )
        if ref.unit is None:
            low, high = value_range(footer, ref.theirs)
            guess = guess_unit(low, high)
            seen = f" from {low} to {high}" if low is not None else ""
            looks = f"looks like {guess[1]}: write" if guess else "say which by"
            unit = guess[0] if guess else "s"
            raise BadDataError(
                f"{_where(footer, ref)} holds numbers{seen} without a declared unit; {looks} "
                f"--map {ref.name}={printable(ref.theirs)}:{unit}{_leave_out(ref)}"
            )


def _check_number(ref: ColumnRef, uses: list[tuple[Footer, pa.DataType]]) -> None:
    """Refuse types that hold no numbers."""
    for footer, kind in uses:
        if (
            pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or _family(kind) in ("text", "none")
        ):
            continue
        raise BadDataError(
            f"{_where(footer, ref)} has type {printable(kind)}; expected whole numbers"
            f"{_leave_out(ref)}"
        )


def _where(footer: Footer, ref: ColumnRef) -> str:
    """`file: column x (our name)`."""
    ours = "" if ref.theirs == ref.name else f" ({ref.name})"
    return f"{printable(footer.file.name, 300)}: column {printable(ref.theirs)}{ours}"


def _leave_out(ref: ColumnRef) -> str:
    """The way out for a column that a scan can do without."""
    if BY_NAME[ref.name].required:
        return ""
    return f", or leave the column out by --map {ref.name}="
