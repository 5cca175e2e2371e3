"""What the list of triage can be narrowed by: the controls, and the filter that they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from cib.algorithms.lineage import CHANGES
from cib.datasets.cases import CaseState
from cib.viz.explorer.runs.changes import Changes
from cib.viz.explorer.runs.clusters import ClusterFilter
from cib.viz.explorer.verdicts import VERDICTS
from cib.viz.text import printable

STATES = ("open", *(verdict for verdict, *_ in VERDICTS))
"""What a case can stand at."""
DUES = ("overdue", "this week", "no day")
"""When somebody has to be done with it."""
MOST = 2**62
"""Accounts of the largest cluster, and more."""
RANGES = {"coordination": False, "inauthenticity": False, "size": True}
"""What has a least and a largest value, and whether these are whole numbers."""
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
CONTROLS = (
    *(f"filter-{name}" for _, name, *_ in CHOICES),
    *(f"filter-{name}-{end}" for name in RANGES for end in ("least", "most")),
    "filter-text",
)
"""Ids of the controls, in the order in which `filter_of` takes their values."""


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
    text = dcc.Input(id="filter-text", type="search", debounce=0.4, value=wanted.get("text", ""))
    return html.Div(
        [
            html.Div(choices, className="filters"),
            html.Div(
                [
                    _range("Coordination", "coordination", wanted, min=0, max=1, step=0.05),
                    _range("Inauthenticity", "inauthenticity", wanted, min=0, max=1, step=0.05),
                    _range("Accounts", "size", wanted, min=2, step=1),
                    html.Label([html.Span("Reason contains"), text]),
                ],
                className="filters",
            ),
        ],
        role="search",
        **{"aria-label": "Narrow the list"},
    )


def _range(words: str, name: str, wanted: Mapping[str, Any], **more: Any) -> Component:
    """Lay out a least and a largest value beside each other."""
    least, most = wanted.get(name) or (None, None)

    def number(said: str, end: str, value: float | None) -> Component:
        box = dcc.Input(id=f"filter-{name}-{end}", type="number", debounce=0.4, value=value, **more)
        return html.Label([html.Span(said), box])

    return html.Div(
        [number(f"{words} from", "least", least), number("to", "most", most)], className="range"
    )


def as_options(written: Iterable[str]) -> list[dict[str, str]]:
    """Offer what people or logs wrote, shown as safe text."""
    return [{"label": printable(word, 40), "value": word} for word in sorted(written)]


def filter_of(values: Sequence[Any]) -> dict[str, Any]:
    """Read the values of `CONTROLS`; left out is what excludes nothing.

    >>> filter_of([["ring"], [], None, [], [], [], [], None, None, 0.5, None, None, 20, ""])
    {'kinds': ['ring'], 'inauthenticity': [0.5, None], 'size': [None, 20]}
    """
    found = {field: value for (_, _, field, _), value in zip(CHOICES, values, strict=False)}
    ends = list(values[len(CHOICES) : -1])
    for name, least, most in zip(RANGES, ends[::2], ends[1::2], strict=True):
        found[name] = None if least is None and most is None else [least, most]
    found["text"] = values[-1]
    return {name: value for name, value in found.items() if value}


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
        coordination=_ends(wanted, "coordination", 1.0),
        inauthenticity=_ends(wanted, "inauthenticity", 1.0),
        n_accounts=_ends(wanted, "size", MOST),
        text=wanted.get("text"),
        only=set.intersection(*only) if only else None,
        without=never,
    )


def _ends(wanted: Mapping[str, Any], name: str, most: Any) -> tuple[Any, Any] | None:
    """Return the least and the largest value, both included; None when any will do."""
    given = wanted.get(name)
    if not given:
        return None
    low, high = given
    return (0 if low is None else low, most if high is None else high)


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
