"""The network of one account: those joined to it, and those joined to them when it is expanded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from cib.viz.explorer import pieces
from cib.viz.explorer.pictures.canvas import network_picture, register_picture
from cib.viz.explorer.pictures.network_payload import network_payload, positions_of
from cib.viz.explorer.runs.library import RunFiles

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

EGO = "ego"
MAX_NODES, MAX_EDGES = 200, 2000
EXPANDED = 600
"""Accounts that the network may grow to by expanding."""


def section(explorer: Explorer, run: RunFiles, row: int) -> Component:
    """Draw an account and those joined to it by significant evidence."""
    graph = run.tables.neighbours([row], MAX_NODES, MAX_EDGES)
    heading = html.H2("Who it is joined to")
    if len(graph.nodes) < 2:
        why = (
            "No significant evidence joins it to another account. Members of clusters found by "
            "what they share, such as blocks, often have none by themselves."
        )
        return html.Section([heading, pieces.empty("Nobody", why)], className="panel")
    payload = network_payload(
        graph, explorer.names().account, title="An account and those joined to it"
    )
    payload["file"] = f"run-{run.id}-account-row-{row}-network"
    return html.Section(
        [
            heading,
            network_picture(EGO, payload, height=420),
            dcc.Store(id=f"{EGO}-seeds", data={"run": run.id, "rows": [row]}),
        ],
        className="panel",
    )


def register(app: Dash, explorer: Explorer) -> None:
    """Let the network grow, and its marks lead to their accounts."""
    register_picture(app, EGO, "network")

    @app.callback(
        Output(f"{EGO}-payload", "data"),
        Output(f"{EGO}-seeds", "data"),
        Input(f"{EGO}-expand", "data"),
        State(f"{EGO}-seeds", "data"),
        State(f"{EGO}-payload", "data"),
        prevent_initial_call=True,
    )
    def expanded(
        news: dict[str, Any] | None, seeds: dict[str, Any], payload: dict[str, Any]
    ) -> Any:
        wanted = [int(one) for one in (news or {}).get("rows", ()) if int(one) >= 0]
        if not wanted or not seeds:
            return no_update, no_update
        rows = list(dict.fromkeys([*seeds["rows"], *wanted]))
        graph = explorer.library.run(seeds["run"]).tables.neighbours(rows, EXPANDED, 4 * MAX_EDGES)
        grown = network_payload(
            graph, explorer.names().account, title=payload["title"], keep=positions_of(payload)
        )
        return {**grown, "file": payload.get("file")}, {**seeds, "rows": rows}

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Input(f"{EGO}-opened", "data"),
        State(f"{EGO}-seeds", "data"),
        prevent_initial_call=True,
    )
    def opened(news: dict[str, Any] | None, seeds: dict[str, Any]) -> Any:
        if not news or news.get("what") != "account" or not seeds:
            return no_update
        return f"/run/{seeds['run']}/account/{int(news['row'])}"
