"""Words and numbers of addresses: what narrows a list or a map, without a name of any log.

An address is kept in histories, logs of proxies and messages, where no name of a log may turn up.
So addresses hold words of the program, numbers, and names of runs (hexadecimal digits). A market is
its number among the markets of the runs that the address names, by alphabet, counted from 1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from cib.viz.explorer.runs.library import RunFiles

KINDS = ("ring", "coordinated", "possibly benign")
"""Of clusters; a run that was tampered with may have others, which no address names."""


def words_of(chosen: Collection[str], known: Sequence[str]) -> str:
    """Write the words of those known that are chosen.

    >>> words_of(["possibly benign", "<b>", "ring"], KINDS)
    'ring,possibly-benign'
    """
    return ",".join(_dashed(word) for word in known if word in chosen)


def numbers_of(chosen: Collection[str], offered: Sequence[str]) -> str:
    """Write the numbers of those offered that are chosen.

    >>> numbers_of(["SE"], ["BR", "SE"])
    '2'
    """
    return ",".join(str(i) for i, one in enumerate(offered, 1) if one in chosen)


def read_words(text: Any, known: Iterable[str]) -> list[str] | None:
    """Read what `words_of` writes; None when a word has no meaning."""
    return read(text, {_dashed(word): word for word in known})


def read_numbers(text: Any, offered: Sequence[str]) -> list[str] | None:
    """Read what `numbers_of` writes; None when a number has no meaning."""
    return read(text, {str(i): one for i, one in enumerate(offered, 1)})


def read(text: Any, named: Mapping[str, Any]) -> list[Any] | None:
    """Read a list with commas; None when a part of it has no meaning.

    >>> read("a,b,a", {"a": 1, "b": 2}), read("a,x", {"a": 1}), read("", {"a": 1})
    ([1, 2], None, None)
    """
    parts = list(dict.fromkeys(str(text).split(",")))
    return [named[part] for part in parts] if all(part in named for part in parts) else None


def _dashed(word: str) -> str:
    return word.replace(" ", "-")


def markets_of(runs: Sequence[RunFiles]) -> list[str]:
    """Return the markets of runs by alphabet."""
    return sorted({market for run in runs for market, _ in run.tables.facets()["market"]})


def not_understood(parts: Sequence[str]) -> Component | None:
    """Say which parts of an address mean nothing here: more is shown than its writer saw."""
    if not parts:
        return None
    return html.P(
        f"Not understood in this address, and left out: {', '.join(parts)}.", className="note"
    )
