"""What a cluster acted on: shares, members, and what may be said of whoever gains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.datasets.errors import CibError
from cib.datasets.wording import count
from cib.viz.explorer import pieces
from cib.viz.explorer.panels.grids import COUNT, choosing
from cib.viz.explorer.panels.here import Here, here_at
from cib.viz.explorer.panels.selection import Chosen, chosen
from cib.viz.explorer.pictures.figures import figure
from cib.viz.explorer.runs import cluster_facts
from cib.viz.section import notes_on_targets
from cib.viz.targets_figure import draw_targets
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

MOST = 1000
"""Targets listed; all are in the export."""
NAMED = 8
"""Targets drawn, in the raster's colours."""
UNKNOWN = "Complicity unknown."


def section(here: Here) -> Component:
    """Make the figure of shares, the note on beneficiaries, and the table."""
    targets, total = here.tables.targets(here.cluster_id, limit=MOST)
    if not total:
        return pieces.empty(
            "No target of its own",
            "There is no content of which one could say that this cluster is after it.",
        )
    notes = targets["beneficiary"].to_pylist() if "beneficiary" in targets.column_names else []
    n_more, note = notes_on_targets(notes)
    said = [
        html.B("Beneficiary, complicity unknown. "),
        "Whoever made these targets may know nothing of this cluster. The accounts are judged "
        "here, the targets are not. ",
    ]
    if n_more:
        said.append(f"More is to be said of {count(n_more)}, such as: {printable(note, 300)}")
    grid = choosing(
        "targets-grid",
        [
            {"field": "target", "headerName": "Target", "cellRenderer": "CibNamed", "flex": 1,
             "minWidth": 170, "pinned": "left"},
            {"field": "now", "headerName": "Chosen", "width": 98,
             "headerTooltip": "Interactions within what is chosen", "hide": True,
             **COUNT},
            {"field": "mine", "headerName": "By members", "width": 112, **COUNT},
            {"field": "all", "headerName": "By everyone", "width": 112, **COUNT},
            {"field": "share", "headerName": "Members' share", "width": 150,
             "cellRenderer": "CibScore", "cellRendererParams": {"which": "coordination"}},
            {"field": "members", "headerName": "Members", "width": 98, **COUNT},
            {"field": "beneficiary", "headerName": "Beneficiary", "width": 190,
             "tooltipField": "beneficiary"},
        ],
        rows(here, Chosen()),
        min(90 + 32 * total, 330),
    )  # fmt: skip
    # the figure would count what it is given for all there are
    drawing = draw_targets({"targets": targets.slice(0, NAMED)}, here.cluster_id)
    rest = (
        f"Listed are the {count(MOST)} most used of {count(total)} targets. "
        if total > MOST
        else ""
    )
    return html.Div(
        [
            figure("targets", drawing, "Share of each target"),
            html.P(said, className="note"),
            grid,
            html.P(f"{rest}Choose targets to narrow everything to them.", className="fine"),
        ]
    )


def rows(here: Here, held: Chosen) -> list[dict[str, Any]]:
    """Make the rows of the table, with the interactions within what is chosen."""
    targets, _ = here.tables.targets(here.cluster_id, limit=MOST)
    now: dict[int, int] = {}
    narrowed = (held.accounts, held.since, held.until)
    if any(part is not None for part in narrowed):
        now = cluster_facts.counts_by_target(
            here.tables.source, here.tables.cache, here.cluster_id, *narrowed
        )
    return [
        {
            "key": str(row["target_row"]),
            "row": row["target_row"],
            "target": here.names.content(row["content_id"]),
            "target_href": here.target_href(row["target_row"]),
            "now": now.get(row["target_row"], 0),
            "mine": row["n_interactions"],
            "all": row["n_interactions_all"],
            "share": round(row["share"] or 0.0, 4),
            "members": row["n_members"],
            "beneficiary": printable(row.get("beneficiary") or UNKNOWN, 400),
        }
        for row in targets.to_pylist()
    ]


def register(app: Dash, explorer: Explorer) -> None:
    """Have the table say how much of each target is in what is chosen."""

    @app.callback(
        Output("targets-grid", "rowData"),
        Output("targets-grid", "columnState"),
        Input("cluster-chosen", "data"),
        State("cluster-at", "data"),
        prevent_initial_call=True,
    )
    def narrow(data: Any, at: dict[str, Any]) -> tuple[Any, Any]:
        held = chosen(data)
        narrowed = held.accounts is not None or held.since is not None
        try:
            found = rows(here_at(explorer, at), held)
        except CibError as error:
            raise PreventUpdate from error
        order = {"sort": "desc"} if narrowed else {"sort": None}
        return found, [{"colId": "now", "hide": not narrowed, **order}]
