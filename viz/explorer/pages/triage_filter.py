"""What the list of triage can be narrowed by: the controls, and the filter that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from cib.algorithms.lineage import CHANGES
from cib.datasets.cases import CaseState
from cib.viz.explorer.runs.changes import Changes
from cib.viz.explorer.runs.clusters import ClusterFilter
from cib.viz.explorer.verdicts import VERDICTS

STATES = ("open", *(verdict for verdict, *_ in VERDICTS))
"""What a case can stand at."""


def controls() -> Component:
    """Lay out what the list can be narrowed by."""

    def choice(words: str, name: str, options: Sequence[str] = ()) -> Component:
        box = dcc.Dropdown(list(options), [], id=name, multi=True, placeholder="any")
        return html.Label([html.Span(words), box])

    def number(words: str, name: str, **more: Any) -> Component:
        box = dcc.Input(id=name, type="number", debounce=0.4, style={"width": "6.5em"}, **more)
        return html.Label([html.Span(words), box])

    return html.Div(
        [
            choice("Kind", "filter-kind"),
            choice("Market", "filter-market"),
            choice("Change", "filter-change", CHANGES[:-1]),
            choice("Verdict", "filter-verdict", STATES),
            choice("Owner", "filter-owner"),
            choice("Tag, policy", "filter-tag"),
            choice("Due", "filter-due", ("overdue", "this week", "no day")),
            number("Inauth. from", "filter-score", min=0, max=1, step=0.05),
            number("Accounts from", "filter-size", min=2, step=1),
            html.Label(
                [
                    html.Span("Reason contains"),
                    dcc.Input(id="filter-text", type="search", debounce=0.4),
                ]
            ),
        ],
        className="filters",
        role="search",
        **{"aria-label": "Narrow the list"},
    )


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
        inauthenticity=(float(wanted["score"]), 1.0) if wanted.get("score") else None,
        n_accounts=(int(wanted["size"]), 2**62) if wanted.get("size") else None,
        text=wanted.get("text"),
        only=set.intersection(*only) if only else None,
        without=never,
    )


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
