"""The address of triage: what narrows and sorts the list, see `addresses`.

What people typed (words of the reason, owners, tags) is no part of it; the browser keeps that with
the entry of its history.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from cib.algorithms.lineage import CHANGES
from cib.viz.explorer.pages.addresses import (
    KINDS,
    numbers_of,
    read,
    read_numbers,
    read_words,
    words_of,
)
from cib.viz.explorer.pages.triage_filter import DUES, RANGES, STATES

Sort = Sequence[tuple[str, str]]
"""Columns and directions."""

WORDS = (
    ("kind", "kinds", KINDS),
    ("change", "changes", CHANGES[:-1]),
    ("verdict", "verdicts", STATES),
    ("due", "dues", DUES),
)
"""In the address, in the filter, and what it may be."""
COLUMNS = ("n_accounts", "coordination", "inauthenticity")
"""What the grid can be sorted by."""
TYPED = ("owners", "tags", "text")
"""Parts of a filter that stay in the browser."""
_RANGE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)?~([0-9]{1,12}(?:\.[0-9]{1,6})?)?")


def query_of(wanted: Mapping[str, Any], sort: Sort, markets: Sequence[str], newest: str) -> str:
    """Write the part of the address after the path; empty when nothing is narrowed.

    Parameters
    ----------
    wanted : the filter, as the page keeps it
    sort : of the grid
    markets : those of the runs chosen, by alphabet
    newest : name of the newest run

    Examples
    --------
    >>> query_of({"runs": ["9ac8"], "changes": ["new"], "size": [5, 2**53 - 1]}, (), (), "9ac8")
    '?change=new&size=5~&runs=9ac8'
    """
    parts = {}
    for name, field, words in WORDS:
        if chosen := words_of(wanted.get(field) or (), words):
            parts[name] = chosen
    if numbers := numbers_of(wanted.get("markets") or (), markets):
        parts["market"] = numbers
    for name, whole in RANGES.items():
        if wanted.get(name):
            ends = zip(wanted[name], whole, strict=True)
            parts[name] = "~".join("" if end == any_ else _written(end) for end, any_ in ends)
    if sort:
        parts["sort"] = ",".join(f"{c}-{way}" for c, way in sort if c in COLUMNS)
    runs = list(wanted.get("runs") or ())
    if parts or runs != [newest]:
        parts["runs"] = ",".join(runs)  # what is the newest will change, and numbers with it
    return f"?{urlencode(parts, safe='~,')}" if parts else ""


def wanted_of(
    given: Mapping[str, Any], markets: Sequence[str]
) -> tuple[dict[str, Any], list[tuple[str, str]], list[str]]:
    """Read the parts of an address.

    Parameters
    ----------
    given : its parts by name
    markets : those of the runs chosen, by alphabet

    Returns
    -------
    tuple
        The filter without its runs; the sort; names of parts that cannot be read, which are left
        out.
    """
    wanted: dict[str, Any] = {}
    unread = []
    for name, field, words in WORDS:
        if name in given:
            chosen = read_words(given[name], words)
            if chosen is None:
                unread.append(name)
            else:
                wanted[field] = chosen
    if "market" in given:
        chosen = read_numbers(given["market"], markets)
        if chosen is None:
            unread.append("market")
        else:
            wanted["markets"] = chosen
    for name, whole in RANGES.items():
        if name in given:
            found = _RANGE.fullmatch(str(given[name]))
            if found is None or not (found[1] or found[2]):
                unread.append(name)
            else:
                number = int if name == "size" else float
                wanted[name] = [
                    number(float(end)) if end else any_
                    for end, any_ in zip(found.groups(), whole, strict=True)
                ]
    sort: list[tuple[str, str]] = []
    if "sort" in given:
        named = {f"{column}-{way}": (column, way) for column in COLUMNS for way in ("asc", "desc")}
        columns = read(given["sort"], named)
        if columns is None:
            unread.append("sort")
        else:
            sort = columns
    return wanted, sort, unread


def typed_of(kept: Any) -> dict[str, Any]:
    """Read what a browser kept of what was typed; anything else is nothing.

    >>> typed_of({"text": "radio", "owners": ["ana"], "tags": [1], "runs": ["9ac8"]})
    {'owners': ['ana'], 'text': 'radio'}
    """
    held: Mapping[str, Any] = kept if isinstance(kept, dict) else {}
    found: dict[str, Any] = {}
    for name in TYPED:
        value = held.get(name)
        lists = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if value and (isinstance(value, str) if name == "text" else lists):
            found[name] = value
    return found


def _written(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")
