"""From `account_id=account,ts=ts:s` to "which of their columns is which of ours, in what unit"."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from cib.datasets.columns import BY_NAME, COLUMNS, TIME_UNITS
from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable

_EXAMPLE = "account_id=account,content_id=object,ts=ts:s,action=kind"


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """Where one of our columns is to be found."""

    name: str
    """Our name."""
    theirs: str
    """Their name."""
    unit: str | None = None
    """Unit of integer times: s, ms, us or ns; None when not declared."""
    mapped: bool = False
    """True when a person wrote the mapping, so that its absence is an error."""


def parse_map(text: str) -> dict[str, str]:
    """Parse the text of ``--map``.

    Parameters
    ----------
    text
        ``ours=theirs`` pairs between commas; times may carry a unit (``ts=created:ms``), and
        ``ours=`` says not to use that optional column. Blank text is an empty mapping.

    Returns
    -------
    dict
        Our name to "their name" or "their name:unit", as `read_log` takes it.

    Raises
    ------
    UsageError
        A part is no pair, a name is not ours or comes twice, or a unit is unknown.

    Examples
    --------
    >>> parse_map("account_id=account, ts=created_at:ms")
    {'account_id': 'account', 'ts': 'created_at:ms'}
    """
    pairs: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, theirs = (piece.strip() for piece in part.partition("="))
        if not equals or not name:
            raise UsageError(
                f"--map: {printable(part)!s} is not a pair; write ours=theirs, for example "
                f"--map {_EXAMPLE}"
            )
        if name in pairs:
            raise UsageError(f"--map: {printable(name)} is mapped twice; keep one of the two")
        pairs[name] = theirs
    resolve_map(pairs)
    return pairs


def resolve_map(columns: Mapping[str, str]) -> dict[str, ColumnRef]:
    """Say for every column of ours where to look for it.

    Parameters
    ----------
    columns
        Our name to "their name" or "their name:unit"; an empty value leaves an optional column
        out. Columns that are not named are looked for under their own name.

    Returns
    -------
    dict
        Our name to its `ColumnRef`, in the order of `COLUMNS`.

    Raises
    ------
    UsageError
        A name is not one of ours, a unit is unknown, or a required column was left out.
    """
    for name in columns:
        if name not in BY_NAME:
            close = difflib.get_close_matches(name, BY_NAME, n=1, cutoff=0.6)
            swapped = [ours for ours in (columns[name].partition(":")[0],) if ours in BY_NAME]
            if swapped:
                hint = f"the pair reads ours=theirs: write --map {swapped[0]}={printable(name)}"
            elif close:
                hint = f"did you mean {close[0]}?"
            else:
                hint = f"choose from {', '.join(BY_NAME)}"
            raise UsageError(f"--map: {printable(name)} is not a column of the log; {hint}")
    refs: dict[str, ColumnRef] = {}
    for column in COLUMNS:
        given = columns.get(column.name)
        if given is None:
            refs[column.name] = ColumnRef(column.name, column.name)
            continue
        theirs, unit = given, None
        if column.kind == "time" and ":" in given:
            theirs, _, unit = given.rpartition(":")
            if unit and unit not in TIME_UNITS:
                raise UsageError(
                    f"--map {column.name}={printable(given)}: unit {printable(unit)} is not one "
                    f"of {', '.join(TIME_UNITS)} (if the colon belongs to the name of the column, "
                    "end it with another colon)"
                )
        if not theirs:
            if column.required:
                raise UsageError(
                    f"--map {column.name}=: {column.name} ({column.doc}) cannot be left out"
                )
            continue
        refs[column.name] = ColumnRef(column.name, theirs, unit or None, mapped=True)
    return refs
