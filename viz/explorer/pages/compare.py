"""Compare: two clusters beside each other, or the same campaign in two runs."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from cib.datasets.errors import BadDataError
from cib.datasets.wording import count, percent
from cib.viz.explorer import pieces
from cib.viz.explorer.exports.menus import PICTURE, TABLE, menu
from cib.viz.explorer.pages import compare_sides, compare_tables
from cib.viz.explorer.runs.comparing import (
    Overlap,
    Side,
    candidates,
    comparable,
    overlaps,
)
from cib.viz.explorer.runs.errors import RunGone

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

CASE = re.compile(r"([0-9a-f]{4,64})/([0-9]{1,9})")


def layout(explorer: Explorer, a: str | None = None, b: str | None = None, **_: Any) -> Component:
    """Make the page.

    Parameters
    ----------
    a, b : run/cluster; without `b`, what `a` was in the run before
    """
    first = side_of(explorer, a)
    if first is None:
        return choose(explorer)
    row = first.row
    options = _options(explorer, first)
    second = side_of(explorer, b) or side_of(explorer, options[0][0] if options else None)
    if second is None:
        why = "This is the only cluster of the only run here, so there is nothing to compare with."
        return html.Div([_head(first, None, options), pieces.empty("Nothing to compare", why)])
    facts, missing = overlaps(first, second)
    return html.Div(
        [
            _head(first, second, options),
            html.P(_lead(facts[0], first, second), className="lead"),
            html.Div(
                [compare_sides.card(first, "a", row), compare_sides.card(second, "b", second.row)],
                className="columns pair",
            ),
            compare_sides.common(facts, missing, comparable(first, second)),
            compare_sides.timing(first, second),
            html.Div(
                [
                    compare_tables.accounts(explorer, first, second),
                    compare_tables.targets(explorer, first, second),
                ],
                className="columns",
            ),
        ]
    )


def side_of(explorer: Explorer, case: str | None) -> Side | None:
    """Read run/cluster; None when there is nothing to read. Raises as `Library.run` does."""
    found = CASE.fullmatch(case or "")
    if found is None:
        return None
    side = Side(explorer.library.run(found[1]), int(found[2]))
    _ = side.row  # says now when there is no such cluster
    return side


def choose(explorer: Explorer) -> Component:
    """Make the page on which the first cluster is chosen."""
    options = []
    for run in explorer.library.runs()[:5]:
        with suppress(RunGone, BadDataError):  # one that cannot be read is not offered
            table, _ = run.tables.clusters(limit=50)
            options += [
                (f"{run.id}/{cluster}", f"cluster {cluster} of run {run.id[:8]}, {kind}")
                for cluster, kind in zip(
                    table["cluster_id"].to_pylist(), table["kind"].to_pylist(), strict=True
                )
            ]
    return html.Div(
        [
            pieces.title("Compare", "two clusters, or the same campaign in two runs"),
            html.Section(
                [
                    pieces.field(
                        "Which cluster?", _dropdown(options, None, "compare-a"), "wide-field"
                    ),
                    html.P("A cluster's page has a button that compares it.", className="fine"),
                ],
                className="panel",
            ),
            dcc.Store(id="compare-first", data=""),
        ]
    )


def _options(explorer: Explorer, first: Side) -> list[tuple[str, str]]:
    library = explorer.library
    before = library.previous(first.run.id)
    runs = [first.run, *([before] if before else [])]
    runs += [run for run in library.runs() if run not in runs][:8]
    lineage = library.lineage(first.run.id) if before else None
    return candidates(first, runs, lineage, before.id if before else None)


def _dropdown(options: list[tuple[str, str]], value: str | None, name: str) -> Component:
    choices = [{"value": at, "label": words} for at, words in options]
    return dcc.Dropdown(choices, value, id=name, clearable=False, placeholder="choose a cluster")


def _head(first: Side, second: Side | None, options: list[tuple[str, str]]) -> Component:
    chosen = f"{second.run.id}/{second.cluster_id}" if second else None
    if chosen and chosen not in dict(options) and second:
        words = f"run {second.run.id[:8]}: cluster {second.cluster_id}"
        options = [(chosen, words), *options]
    at = f"{first.run.id}/{first.cluster_id}"
    beside: list[Any] = [
        pieces.field("Compare with", _dropdown(options, chosen, "compare-b"), "wide-field"),
        dcc.Store(id="compare-first", data=at),
    ]
    if second:
        link = f"compare/{at}/{chosen}"
        beside.append(
            menu(
                [("Accounts in both", f"{link}/accounts", TABLE),
                 ("Targets of both", f"{link}/targets", TABLE),
                 ("What they have in common", f"{link}/overlap", TABLE),
                 ("Figure: what they have in common", f"{link}/overlap", PICTURE),
                 ("Figure: both over time", f"{link}/activity", PICTURE),
                 ("Figure: hours of the week", f"{link}/hours", PICTURE)]
            )
        )  # fmt: skip
    where = "" if not second or second.run.id == first.run.id else ", in two runs"
    other = f" and cluster {second.cluster_id}" if second else ""
    return pieces.title(
        f"Cluster {first.cluster_id}{other}", f"Compare{where} · run {first.run.id}", beside
    )


def _lead(accounts: Overlap, a: Side, b: Side) -> str:
    if not comparable(a, b):
        return (
            "Accounts cannot be compared: their ids are numbers in one run and text in the other."
        )
    smaller = min(accounts.n_a, accounts.n_b)
    if not accounts.n_both or not smaller:
        return f"They share no account: {count(accounts.n_a)} and {count(accounts.n_b)} accounts."
    said = accounts.words[0].upper() + accounts.words[1:]
    if accounts.n_both in (accounts.n_a, accounts.n_b):
        return f"{said}."
    which = "each" if accounts.n_a == accounts.n_b else "the smaller one"
    return f"{said}: {percent(accounts.n_both / smaller)} of {which}."


def address(a: str, b: str | None = None) -> str:
    """Return the address of a comparison of run/cluster with run/cluster."""
    return f"/compare?a={quote(a, safe='/')}" + (f"&b={quote(b, safe='/')}" if b else "")


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer: another choice is another address."""

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Input("compare-b", "value"),
        State("compare-first", "data"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def second(chosen: str | None, first: str, query: str | None) -> Any:
        if not chosen or not first or f"b={chosen}" in (query or ""):
            return no_update
        return address(first, chosen)

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Input("compare-a", "value"),
        prevent_initial_call=True,
    )
    def first(chosen: str | None) -> Any:
        return address(chosen) if chosen else no_update
