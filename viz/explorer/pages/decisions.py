"""Decisions: everything that was decided, by whom and when; what the next scan can learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dash_ag_grid as dag
from dash import Dash, dcc, html
from dash.development.base_component import Component

from cib.datasets.wording import moment, plural
from cib.viz.explorer import pieces
from cib.viz.explorer.exports.menus import TABLE, menu
from cib.viz.explorer.verdicts import words
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

SHOWN = 5000
"""Events listed, the newest."""


def layout(explorer: Explorer, **_: Any) -> Component:
    """Make the page."""
    events = explorer.casebook.events()[-SHOWN:]
    head = pieces.title(
        "Decisions",
        f"{plural(explorer.casebook.last_seq(), 'entry', 'entries')}; nothing is ever removed",
        [
            dcc.Link("How the next scan learns from them", href="/help#verdicts",
                     className="button"),
            menu([("All entries", "decisions", TABLE),
                  ("Verdicts for the next scan", "verdicts", ("parquet",))]),
        ],
    )  # fmt: skip
    if not events:
        why = "Open a cluster and press c, b, n or d; what you decide is listed here."
        return html.Div([head, pieces.empty("Nothing has been decided yet", why)])
    rows = [
        {
            "key": str(event.seq),
            "when": moment(event.ts),
            "who": printable(event.who, 40),
            "title": f"Cluster {event.cluster_id}",
            "href": f"/run/{event.run_id}/cluster/{event.cluster_id}",
            "run": event.run_id,
            "what": words(event),
            "holds": "taken back" if event.undone else "",
        }
        for event in sorted(events, key=lambda event: -event.seq)
    ]
    columns = [
        {"field": "when", "headerName": "When (UTC)", "width": 190},
        {"field": "who", "headerName": "Who", "width": 140, "filter": True},
        {"field": "title", "headerName": "Cluster", "width": 130, "cellRenderer": "CibLink"},
        {"field": "run", "headerName": "Run", "width": 170, "filter": True},
        {"field": "what", "headerName": "What", "flex": 1, "filter": True, "tooltipField": "what"},
        {"field": "holds", "headerName": "", "width": 110},
    ]
    grid = dag.AgGrid(
        id="decisions-grid",
        columnDefs=columns,
        rowData=rows,
        dashGridOptions={"ensureDomOrder": True, "pagination": True, "paginationPageSize": 100},
        getRowId="params.data.key",
        style={"height": "calc(100vh - 210px)", "minHeight": "360px"},
        className="ag-theme-quartz",
    )
    return html.Div([head, grid])


def register(app: Dash, explorer: Explorer) -> None:
    """Nothing to answer: the grid sorts and filters in the browser."""
