"""The members of a cluster: what each does in it, and how much it belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from cib.datasets.wording import count, moment
from cib.viz.explorer.panels.grids import COUNT, choosing
from cib.viz.explorer.panels.here import Here
from cib.viz.section import roles
from cib.viz.text import printable

MOST = 5000
"""Members listed; all are in the export."""


def section(here: Here) -> Component:
    """Make the table of members."""
    members, total = here.tables.members(here.cluster_id, limit=MOST)
    grid = choosing(
        "members-grid",
        [
            {"field": "account", "headerName": "Account", "cellRenderer": "CibNamed", "flex": 1,
             "minWidth": 126, "pinned": "left", "filter": True},
            {"field": "role", "headerName": "Role", "width": 86},
            {"field": "place", "headerName": "Place", "width": 72},
            {"field": "strength", "headerName": "Strength", "width": 112,
             "cellRenderer": "CibScore", "cellRendererParams": {"which": "coordination"}},
            {"field": "fake", "headerName": "Inauthenticity", "width": 118,
             "cellRenderer": "CibScore", "cellRendererParams": {"which": "inauthenticity"}},
            {"field": "n_unusual", "headerName": "Unusual", "width": 82,
             "type": "rightAligned", "headerTooltip": "Signals by which it exceeds 95% of others"},
            {"field": "n", "headerName": "Interactions", "width": 112, **COUNT},
            {"field": "first", "headerName": "First seen (UTC)", "width": 160,
             "sortable": False},
        ],
        [grid_row(here, row) for row in members.to_pylist()],
        min(90 + 32 * total, 400),
    )  # fmt: skip
    rest = f"The {count(MOST)} strongest of {count(total)} members. " if total > MOST else ""
    explained = [
        html.P([html.B(printable(role, 30)), f": {means}."], className="fine")
        for _, role, means in roles(members["role"].to_pylist())
        if means
    ]
    return html.Div(
        [
            grid,
            html.P(f"{rest}Choose members to narrow everything to them.", className="fine"),
            *explained,
        ]
    )


def grid_row(here: Here, row: Mapping[str, Any]) -> dict[str, Any]:
    """Make one row; every text in it is safe text."""
    return {
        "key": str(row["account_row"]),
        "row": row["account_row"],
        "account": here.names.account(row["account_id"]),
        "account_href": here.account_href(row["account_row"]),
        "role": printable(row["role"], 30),
        "place": printable(row["place"], 30),
        "strength": round(row["strength"] or 0.0, 4),
        "fake": round(row["inauthenticity"] or 0.0, 4),
        "n_unusual": row.get("n_unusual"),
        "n": row["n_interactions"],
        "first": moment(row["first_ts"]),
    }
