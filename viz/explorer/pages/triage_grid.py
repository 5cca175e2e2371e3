"""The grid of triage: its columns, and how it asks for rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash import dcc, html
from dash.development.base_component import Component

BLOCK = 50
"""Rows that the grid asks for at a time."""


def grid(sort: Sequence[tuple[str, str]]) -> Component:
    """Make the grid.

    Parameters
    ----------
    sort : columns and directions in which it starts
    """
    first = {column: {"sort": way, "sortIndex": i} for i, (column, way) in enumerate(sort)}

    def column(field: str, words: str, width: int, **more: Any) -> dict[str, Any]:
        return {
            "field": field, "headerName": words, "width": width, **more, **first.get(field, {}),
        }  # fmt: skip

    sorts = {"sortable": True, "sortingOrder": ["desc", "asc", None]}
    score = {"cellRenderer": "CibScore", **sorts}
    return dag.AgGrid(
        id="triage-grid",
        rowModelType="infinite",
        columnDefs=[
            column("title", "Cluster", 134, cellRenderer="CibLink", sortable=False, pinned="left",
                   tooltipField="run_label"),
            column("kind", "Kind", 124, cellRenderer="CibMark", sortable=False),
            column("n_accounts", "Accounts", 88, type="rightAligned", **sorts),
            column("coordination", "Coordination", 118,
                   cellRendererParams={"which": "coordination"}, **score),
            column("inauthenticity", "Inauthenticity", 122,
                   cellRendererParams={"which": "inauthenticity"}, **score),
            column("spark", "Activity", 76, cellRenderer="CibSpark", sortable=False),
            column("reason", "Why", 280, flex=1, minWidth=180, sortable=False,
                   cellRenderer="CibReason", tooltipField="reason"),
            column("change", "Change", 78, cellRenderer="CibMark", sortable=False),
            column("verdict", "Verdict", 100, cellRenderer="CibMark", sortable=False),
            column("owner", "Owner, due", 106, cellRenderer="CibOwner", sortable=False),
        ],
        defaultColDef={"resizable": True, "suppressHeaderMenuButton": True},
        dashGridOptions={
            "rowHeight": 68,
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 20,
            "rowSelection": {
                "mode": "multiRow",
                "enableClickSelection": True,
                "enableSelectionWithoutKeys": True,
                "headerCheckbox": False,
            },
            "selectionColumnDef": {"width": 40, "pinned": "left", "resizable": False},
            "suppressCellFocus": False,
            "tooltipShowDelay": 400,
            "ensureDomOrder": True,
        },
        getRowId="params.data.key",
        style={"height": "calc(100vh - 372px)", "minHeight": "360px"},
        className="ag-theme-quartz",
    )  # fmt: skip


def below() -> Component:
    """Lay out what can be done with the list."""
    return html.Div(
        [
            html.Button("Decide on the chosen…", id="bulk-open", className="action",
                        type="button", disabled=True),
            html.Span("Click rows to choose them, a name to open it.", className="fine"),
            html.Span(id="triage-count", className="fine spring-left", role="status"),
            html.Button("Save list as CSV", id="triage-csv", className="action", type="button"),
            html.Button("as Parquet", id="triage-parquet", className="action", type="button"),
            dcc.Download(id="triage-saved-csv"),
            dcc.Download(id="triage-saved-parquet"),
        ],
        className="below-grid",
    )  # fmt: skip
