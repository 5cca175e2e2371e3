"""What to say about columns that are missing: what was found, and the --map to write."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

import pyarrow as pa

from cib.datasets.columns import BY_NAME, COLUMNS, Column
from cib.datasets.errors import BadDataError
from cib.datasets.footers import Footer
from cib.datasets.hostile import printable
from cib.datasets.mapping import ColumnRef
from cib.datasets.times import guess_unit

_KNOWN = frozenset(name for column in COLUMNS for name in (column.name, *column.aliases))
"""Names that say which of our columns they are."""


def value_range(footer: Footer, theirs: str) -> tuple[float | int | None, float | int | None]:
    """Smallest and largest value of a numeric column, from statistics or else from its rows."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    known = (footer.statistics or {}).get(theirs, ())
    if known and all(entry is not None for entry in known):
        return (
            min(entry.low for entry in known if entry),
            max(entry.high for entry in known if entry),
        )
    try:
        with footer.file.open() as stream:
            column = pq.ParquetFile(stream).read_row_group(0, columns=[theirs]).column(0)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        ends = pc.min_max(column).as_py()
    except (OSError, pa.ArrowException):
        return None, None
    return ends["min"], ends["max"]


def holds_numbers(footer: Footer, theirs: str) -> bool:
    """Whether a column of a file has integers or floats, dictionary-encoded or not."""
    assert footer.schema is not None
    index = footer.schema.get_field_index(theirs)
    kind = footer.schema.field(index).type if index >= 0 else pa.null()
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def suggest(column: Column, names: Iterable[str]) -> str | None:
    """The foreign column that most likely holds one of ours; None when none looks like it.

    A name that is known for one of our columns is suggested for no other.

    Examples
    --------
    >>> suggest(BY_NAME["device_hash"], ["device_id"])
    'device_id'
    >>> suggest(BY_NAME["event_id"], ["device_id"])
    """
    by_lower = {name.lower().replace("-", "_"): name for name in sorted(names, reverse=True)}
    for alias in (column.name, *column.aliases):
        if alias in by_lower:
            return by_lower[alias]
    unclaimed = [name for name in by_lower if name not in _KNOWN]
    # what is wrongly taken for event_id loses rows, as these are compared by it alone
    cutoff = 0.9 if column.name == "event_id" else 0.7
    close = difflib.get_close_matches(column.name, unclaimed, n=1, cutoff=cutoff)
    return by_lower[close[0]] if close else None


def _listing(names: Iterable[str]) -> str:
    """Column names for a message."""
    names = list(names)
    shown = ", ".join(printable(name, 40) for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def _place(live: list[Footer]) -> str:
    """The file, or how many there are."""
    first = printable(live[0].file.name, 300)
    return first if len(live) == 1 else f"{first} and {len(live) - 1} more files"


def _written(column: Column, theirs: str) -> str:
    """A foreign column as --map takes it: what follows the last colon would be a time's unit."""
    return printable(theirs) + (":" if column.kind == "time" and ":" in theirs else "")


def not_found(ref: ColumnRef, live: list[Footer], found: Mapping[str, Footer]) -> BadDataError:
    """The error for a mapping to a column that no file has."""
    close = difflib.get_close_matches(ref.theirs, found, n=1, cutoff=0.6)
    if not close:
        likely = suggest(BY_NAME[ref.name], found)
        close = [likely] if likely else []
    hint = (
        f"; did you mean --map {ref.name}={_written(BY_NAME[ref.name], close[0])}?"
        if close
        else (f"; write --map {ref.name}= followed by one of these")
    )
    return BadDataError(
        f"{_place(live)}: no column {printable(ref.theirs)} (mapped to {ref.name}); columns "
        f"found: {_listing(found)}{hint}"
    )


def required_missing(
    absent: list[Column], live: list[Footer], found: Mapping[str, Footer], taken: set[str]
) -> BadDataError:
    """The error for required columns that no file has, with the mapping to write."""
    pairs: list[str] = []
    free = [name for name in found if name not in taken]
    for column in absent:
        likely = suggest(column, free)
        if likely is None:
            continue
        free.remove(likely)
        written = _written(column, likely)
        footer = found[likely]
        if column.kind == "time" and holds_numbers(footer, likely):
            guess = guess_unit(*value_range(footer, likely))
            written = f"{printable(likely)}:{guess[0] if guess else 's'}"
        pairs.append(f"{column.name}={written}")
    lacking = ", ".join(f"{column.name} ({column.doc})" for column in absent)
    if pairs:
        remedy = f"write --map {','.join(pairs)}"
        if len(pairs) < len(absent):
            remedy += " and add the rest"
    else:
        remedy = f"write --map {','.join(f'{column.name}=COLUMN' for column in absent)}"
    return BadDataError(
        f"{_place(live)}: no column for {lacking}; columns found: {_listing(found)}; {remedy}"
    )
