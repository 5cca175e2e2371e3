"""Interactions as a table, paged from the run's files; it follows what is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dash_ag_grid as dag
from dash import MATCH, Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.datasets.errors import CibError
from cib.datasets.wording import plural
from cib.viz.explorer.panels.here import Here, here_at
from cib.viz.explorer.panels.selection import Chosen, chosen
from cib.viz.explorer.runs.behind import (
    EVERYTHING,
    Question,
    action_of,
    question_of,
    rows_behind,
)
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

BLOCK = 200
"""Rows that a table asks for at a time."""
ALL = "all"
"""Name of the table of every interaction; the others are named by a row of evidence."""
WORDS = {
    "duration_ms": "Lasted",
    "market": "Market",
    "ip_market": "Comes from",
    "device_hash": "Device",
    "ip_hash": "Address",
    "asn": "Network",
    "platform": "Client",
    "parent_kind": "Way",
    "parent_id": "Through",
    "target_account_id": "Account acted on",
    "text_hash": "Text",
}
"""Optional columns that are shown, and what stands above them."""


def table(here: Here, of: str, *, height: int = 360) -> Component:
    """Make a table of interactions.

    Parameters
    ----------
    of : `ALL`, or the number of a row of evidence (from 0) whose interactions are wanted
    """
    extra = [name for name in WORDS if here.tables.has("interactions", name)]
    link = {"cellRenderer": "CibNamed", "flex": 1}
    columns = [
        {"field": "when", "headerName": "When (UTC)", "width": 218, "pinned": "left"},
        {"field": "account", "headerName": "Account", "minWidth": 165, **link},
        {"field": "target", "headerName": "Target", "minWidth": 200, **link},
        {"field": "action", "headerName": "What", "width": 100},
        *({"field": name, "headerName": WORDS[name], "width": 120} for name in extra),
    ]
    return html.Div(
        [
            dag.AgGrid(
                id={"type": "acts", "of": of},
                rowModelType="infinite",
                columnDefs=columns,
                defaultColDef={"resizable": True, "sortable": False,
                               "suppressHeaderMenuButton": True},
                dashGridOptions={"cacheBlockSize": BLOCK, "maxBlocksInCache": 10,
                                 "rowHeight": 30, "headerHeight": 34, "ensureDomOrder": True},
                style={"height": f"{height}px"},
                className="ag-theme-quartz acts",
            ),
            html.P(id={"type": "acts-said", "of": of}, className="fine", role="status"),
        ]
    )  # fmt: skip


def section(here: Here) -> Component:
    """Make the table of all interactions."""
    if not here.row["n_interactions"]:
        return html.P("The run keeps no interaction: this cluster has no target of its own.")
    return table(here, ALL)


def register(app: Dash, explorer: Explorer) -> None:
    """Answer the tables of a page, whichever they are."""

    @app.callback(
        Output({"type": "acts", "of": MATCH}, "getRowsResponse"),
        Output({"type": "acts-said", "of": MATCH}, "children"),
        Input({"type": "acts", "of": MATCH}, "getRowsRequest"),
        State({"type": "acts", "of": MATCH}, "id"),
        State("cluster-at", "data"),
        State("cluster-chosen", "data"),
    )
    def rows(
        request: dict[str, Any] | None, this: dict[str, str], at: dict[str, Any], held: Any
    ) -> tuple[Any, str]:
        if request is None:
            raise PreventUpdate
        try:
            here = here_at(explorer, at)
            start, stop = int(request["startRow"]), int(request["endRow"])
            return page(here, this["of"], chosen(held), start, stop)
        except CibError as error:
            return {"rowData": [], "rowCount": 0}, printable(str(error), 300)


def page(here: Here, of: str, held: Chosen, start: int, stop: int) -> tuple[dict[str, Any], str]:
    """Return rows of a table from start to stop, and the sentence below it."""
    question, values = asked(here, of)
    limit = max(0, min(stop - start, 1000))
    narrowed = (held.accounts, held.targets, held.since, held.until)
    if of == ALL:
        found, total = here.tables.interactions(here.cluster_id, *narrowed, start, limit)
    else:
        found, total = rows_behind(
            here.tables.source,
            here.tables.cache,
            here.cluster_id,
            question,
            values,
            *narrowed,
            start,
            limit,
        )
    shown = [grid_row(here, row) for row in found.to_pylist()]
    return {"rowData": shown, "rowCount": total}, said(question, total, held)


def asked(here: Here, of: str) -> tuple[Question, dict[str, Any]]:
    """Return what a table asks."""
    lines = here.tables.evidence(here.cluster_id)
    if of == ALL or not of.isdecimal() or int(of) >= len(lines):
        return Question(EVERYTHING), {}
    signal, statement = (str(lines[name][int(of)].as_py()) for name in ("signal", "statement"))
    return question_of(
        here.tables.source,
        here.tables.cache,
        here.cluster_id,
        signal,
        here.main_action,
        action_of(statement, here.actions),
    )


def said(question: Question, total: int, held: Chosen) -> str:
    """Say what the rows are."""
    within = "" if held.is_all else ", within what is chosen"
    if not total and question.none and held.is_all:
        return question.none
    words = printable(question.words, 300)
    return f"{plural(total, 'row')}: {words}{within}."


def grid_row(here: Here, row: Mapping[str, Any]) -> dict[str, Any]:
    """Make one row; every text in it is safe text."""
    names = here.names
    shown: dict[str, Any] = {
        "when": exactly(row["ts"]),
        "account": names.account(row["account_id"]),
        "account_href": here.account_href(row.get("account_row")),
        "target": names.content(row["content_id"]),
        "target_href": here.target_href(row.get("target_row")),
        "action": printable(row["action"], 40),
    }
    for name in WORDS:
        value = row.get(name)
        if value is None:
            continue
        shown[name] = (
            f"{value / 1000:,.1f} s" if name == "duration_ms" else names.cell(name, value, 60)
        )
    return shown


def exactly(ts: datetime) -> str:
    """Return a time to the millisecond, UTC.

    >>> exactly(datetime(2024, 3, 1, 21, 4, 5, 250000, tzinfo=UTC))
    '2024-03-01 21:04:05.250'
    """
    ts = ts.replace(tzinfo=UTC) if ts.tzinfo is None else ts.astimezone(UTC)
    return f"{ts:%Y-%m-%d %H:%M:%S}.{ts.microsecond // 1000:03d}"
