"""What the list of triage can be narrowed by: the controls, and the filter that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from math import ceil, floor
from typing import Any

from dash import Input, dcc, html
from dash.development.base_component import Component

from cib.algorithms.lineage import CHANGES
from cib.datasets.cases import CaseState
from cib.viz.explorer import typed
from cib.viz.explorer.runs.changes import Changes
from cib.viz.explorer.runs.clusters import ClusterFilter
from cib.viz.explorer.verdicts import VERDICTS
from cib.viz.text import printable

STATES = ("open", *(verdict for verdict, *_ in VERDICTS))
"""What a case can stand at."""
DUES = ("overdue", "this week", "no day")
"""When somebody has to be done with it."""
LARGEST = 10**12 - 1
"""Of the numbers that the filter takes; addresses hold no longer ones."""
RANGES: dict[str, tuple[int, int]] = {
    "coordination": (0, 1),
    "inauthenticity": (0, 1),
    "size": (0, 2**53 - 1),
}
"""What is narrowed by a least and a largest value, and what these are for anything at all."""
CHOICES = (
    ("Kind", "kind", "kinds", ()),
    ("Market", "market", "markets", ()),
    ("Change", "change", "changes", CHANGES[:-1]),
    ("Verdict", "verdict", "verdicts", STATES),
    ("Owner", "owner", "owners", ()),
    ("Tag, policy", "tag", "tags", ()),
    ("Due", "due", "dues", DUES),
)
"""Words above a choice, its name, its part of the filter, what there is always to choose from."""
TEXT = "filter-text"
"""The field for what the column Why contains."""
INPUTS = (
    *(Input(f"filter-{name}", "value") for _, name, *_ in CHOICES),
    *(Input(f"filter-{name}-{end}", "value") for name in RANGES for end in ("least", "most")),
    typed.settled(TEXT),
)
"""What a callback hears of the controls, in the order in which `filter_of` takes their values."""


def controls(wanted: Mapping[str, Any]) -> Component:
    """Lay out what the list can be narrowed by.

    Parameters
    ----------
    wanted : the filter that they show
    """
    choices = [
        html.Label(
            [
                html.Span(words),
                dcc.Dropdown(
                    # what is chosen has to be among the options, or the browser lets it go
                    list(fixed) or as_options(wanted.get(field, ())),
                    list(wanted.get(field, ())),
                    id=f"filter-{name}",
                    multi=True,
                    placeholder="any",
                ),
            ]
        )
        for words, name, field, fixed in CHOICES
    ]
    text = dcc.Input(id=TEXT, type="search", value=wanted.get("text", ""))
    return html.Div(
        [
            html.Div(choices, className="filters"),
            html.Div(
                [
                    _range("Coordination", "coordination", wanted),
                    _range("Inauthenticity", "inauthenticity", wanted),
                    _range("Accounts", "size", wanted),
                    html.Label([html.Span("Why contains"), text]),
                    typed.store(TEXT, wanted.get("text", "")),
                ],
                className="filters",
            ),
        ],
        role="search",
        **{"aria-label": "Narrow the list"},
    )


def _range(words: str, name: str, wanted: Mapping[str, Any]) -> Component:
    """Lay out a least and a largest value beside each other.

    Any number may be typed: of one outside given bounds the browser says nothing to anybody, and
    the list would stay as it was.
    """
    numbers = []
    ends = zip(("least", "most"), (f"{words} from", "to"), RANGES[name], strict=True)
    for place, (end, said, any_at_all) in enumerate(ends):
        given = (wanted.get(name) or RANGES[name])[place]
        value = None if given == any_at_all else given
        box = dcc.Input(
            id=f"filter-{name}-{end}", type="number", debounce=0.4, value=value, step="any"
        )
        numbers.append(html.Label([html.Span(said), box]))
    return html.Div(numbers, className="range")


def as_options(written: Iterable[str]) -> list[dict[str, str]]:
    """Offer what people or logs wrote, shown as safe text."""
    return [{"label": printable(word, 40), "value": word} for word in sorted(written)]


def filter_of(values: Sequence[Any]) -> dict[str, Any]:
    """Read the values of `INPUTS`; left out is what excludes nothing.

    >>> filter_of([["ring"], [], None, [], [], [], [], None, None, 0.5, None, None, 20, ""])
    {'kinds': ['ring'], 'inauthenticity': [0.5, 1], 'size': [0, 20]}
    """
    found = {field: value for (_, _, field, _), value in zip(CHOICES, values, strict=False)}
    ends = list(values[len(CHOICES) : -1])
    for (name, whole), least, most in zip(RANGES.items(), ends[::2], ends[1::2], strict=True):
        whole_numbers = name == "size"
        low = whole[0] if least is None else _number(least, ceil if whole_numbers else float)
        high = whole[1] if most is None else _number(most, floor if whole_numbers else float)
        found[name] = [low, high] if (low, high) != whole else None
    found["text"] = values[-1]
    return {name: value for name, value in found.items() if value}


def _number(typed: float, as_kind: Callable[[float], float]) -> float:
    """Return a number that somebody typed, within what addresses hold.

    >>> _number(-5, ceil), _number(2.5, ceil), _number(2.5, floor), _number(1e99, float)
    (0, 3, 2, 999999999999.0)
    """
    return as_kind(min(max(typed, 0), LARGEST))


def narrow(
    wanted: Mapping[str, Any], since: Changes, states: Mapping[int, CaseState]
) -> ClusterFilter:
    """Turn what was chosen into a filter; decisions and changes become lists of clusters."""
    only: list[set[int]] = []
    never: set[int] = set()
    if wanted.get("changes"):
        only.append({c for c, change in since.of.items() if change in wanted["changes"]})
    if wanted.get("verdicts"):
        decided = {c for c, s in states.items() if s.verdict}
        chosen = {c for c, s in states.items() if s.verdict in wanted["verdicts"]}
        if "open" in wanted["verdicts"]:
            never |= decided - chosen
        else:
            only.append(chosen)
    if wanted.get("owners"):
        only.append({c for c, s in states.items() if s.owner in wanted["owners"]})
    if wanted.get("tags"):
        only.append({c for c, s in states.items() if set(s.tags) & set(wanted["tags"])})
    if wanted.get("dues"):
        due, kept_out = _due(wanted["dues"], states)
        never |= kept_out
        if due is not None:
            only.append(due)
    return ClusterFilter(
        kinds=tuple(wanted.get("kinds", ())),
        markets=tuple(wanted.get("markets", ())),
        coordination=_ends(wanted, "coordination"),
        inauthenticity=_ends(wanted, "inauthenticity"),
        n_accounts=_ends(wanted, "size"),
        text=wanted.get("text"),
        only=set.intersection(*only) if only else None,
        without=never,
    )


def _ends(wanted: Mapping[str, Any], name: str) -> tuple[Any, Any] | None:
    """Return the least and the largest value, both included; None when any will do."""
    given = wanted.get(name)
    return (given[0], given[1]) if given else None


def _due(
    wanted: Sequence[str], states: Mapping[int, CaseState]
) -> tuple[set[int] | None, set[int]]:
    """Return the clusters to show (None: all) and those to leave out, by their due day."""
    today = date.today()
    kinds = {}
    for cluster, state in states.items():
        if state.due:
            days = (state.due - today).days
            kinds[cluster] = "overdue" if days < 0 else "this week" if days <= 7 else "later"
    shown = {cluster for cluster, kind in kinds.items() if kind in wanted}
    if "no day" in wanted:
        return None, set(kinds) - shown
    return shown, set()
