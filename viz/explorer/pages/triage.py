"""Triage: the ranked clusters of one or several runs, what is new, what to look at next."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import dash_ag_grid as dag
import pyarrow.parquet as pq
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.algorithms.lineage import CHANGES
from cib.datasets.errors import CibError
from cib.datasets.wording import count, moment, plural
from cib.viz.explorer import bulk, pieces
from cib.viz.explorer.exports.safe_csv import csv_bytes
from cib.viz.explorer.pages import triage_filter, triage_rows
from cib.viz.explorer.runs.changes import Changes, changes
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

BLOCK = 50
"""Rows that the grid asks for at a time."""


def layout(explorer: Explorer, runs: str | None = None, **_: Any) -> Component:
    """Make the page.

    Parameters
    ----------
    runs : ids of runs, comma-separated; the newest when None
    """
    known = explorer.library.runs()
    if not known:
        return pieces.trouble(
            "There is no run yet",
            f"No finished run lies in {explorer.library.path}. Make one with “cib scan LOG --out "
            f"{explorer.library.path}”, then load this page again.",
        )
    wanted = [run for run in (runs or "").split(",") if run]
    chosen = [run.id for run in known if run.id in wanted] or [known[0].id]
    options = [{"value": run.id, "label": run_label(run)} for run in known]
    return html.Div(
        [
            pieces.title(
                "Triage",
                html.Span(id="triage-eyebrow"),
                pieces.field(
                    "Runs",
                    dcc.Dropdown(options, chosen, id="triage-runs", multi=True, clearable=False),
                    "wide-field",
                ),
            ),
            html.P(id="triage-changes", className="lead"),
            _problems(explorer),
            triage_filter.controls(),
            _grid(),
            html.Div(
                [
                    html.Button("Decide on the chosen…", id="bulk-open", className="action",
                                type="button", disabled=True),
                    html.Span("Click rows to choose them, a name to open it.", className="fine"),
                    html.Span(id="triage-count", className="fine spring-left", role="status"),
                    html.Button("Save list as CSV", id="triage-csv", className="action",
                                type="button"),
                    html.Button("as Parquet", id="triage-parquet", className="action",
                                type="button"),
                    dcc.Download(id="triage-saved"),
                ],
                className="below-grid",
            ),
            html.Div(id="bulk"),
            dcc.Store(id="triage-filter", data={"runs": chosen}),
        ]
    )  # fmt: skip


def run_label(run: RunFiles) -> str:
    """Name a run for a person: when, of what.

    The source is a path that somebody typed: shown as text, its end is what tells.
    """
    source = printable(run.manifest.get("source", ""), 200)
    short = source if len(source) <= 34 else "…" + source[-33:]
    return f"{moment(run.created)} · {short}"


def _problems(explorer: Explorer) -> Component:
    """Say which folders look like runs and could not be read."""
    problems = explorer.library.problems()
    if not problems:
        return html.Div()
    lines = [html.Li(printable(one, 300)) for one in problems]
    return html.Details(
        [html.Summary(f"{plural(len(lines), 'run')} could not be read"), html.Ul(lines)],
        className="note",
    )


def _grid() -> Component:
    def column(field: str, words: str, width: int, **more: Any) -> dict[str, Any]:
        return {"field": field, "headerName": words, "width": width, **more}

    score = {"cellRenderer": "CibScore", "sortable": True, "sortingOrder": ["desc", "asc"]}
    return dag.AgGrid(
        id="triage-grid",
        rowModelType="infinite",
        columnDefs=[
            column("title", "Cluster", 100, cellRenderer="CibLink", sortable=False, pinned="left"),
            column("kind", "Kind", 128, cellRenderer="CibMark", sortable=False),
            column("n_accounts", "Accounts", 92, type="rightAligned", sortable=True),
            column("coordination", "Coordination", 116,
                   cellRendererParams={"which": "coordination"}, **score),
            column("inauthenticity", "Inauthenticity", 120,
                   cellRendererParams={"which": "inauthenticity"}, **score),
            column("spark", "Activity", 104, cellRenderer="CibSpark", sortable=False),
            column("reason", "Why", 280, flex=1, minWidth=220, sortable=False,
                   cellRenderer="CibReason", tooltipField="reason"),
            column("change", "Change", 80, cellRenderer="CibMark", sortable=False),
            column("verdict", "Verdict", 118, cellRenderer="CibMark", sortable=False),
            column("owner", "Owner, due", 108, cellRenderer="CibOwner", sortable=False),
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
        style={"height": "calc(100vh - 314px)", "minHeight": "380px"},
        className="ag-theme-quartz",
    )  # fmt: skip


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer."""
    bulk.register(app, explorer)
    app.clientside_callback(
        ClientsideFunction("cib", "purgeGrid"),
        Output("triage-grid", "id"),
        Input("triage-filter", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("cib", "noneChosen"),
        Output("bulk-open", "disabled"),
        Input("triage-grid", "selectedRows"),
    )

    @app.callback(
        Output("triage-filter", "data"),
        Input("triage-runs", "value"),
        Input("filter-kind", "value"),
        Input("filter-market", "value"),
        Input("filter-change", "value"),
        Input("filter-verdict", "value"),
        Input("filter-owner", "value"),
        Input("filter-tag", "value"),
        Input("filter-due", "value"),
        Input("filter-score", "value"),
        Input("filter-size", "value"),
        Input("filter-text", "value"),
        prevent_initial_call=True,
    )
    def narrowed(*given: Any) -> dict[str, Any]:
        names = ("runs", "kinds", "markets", "changes", "verdicts", "owners", "tags", "dues",
                 "score", "size", "text")  # fmt: skip
        return {name: value for name, value in zip(names, given, strict=True) if value}

    @app.callback(
        Output("triage-changes", "children"),
        Output("triage-eyebrow", "children"),
        Output("filter-kind", "options"),
        Output("filter-market", "options"),
        Output("filter-owner", "options"),
        Output("filter-tag", "options"),
        Input("triage-runs", "value"),
    )
    def head(chosen: list[str]) -> tuple[Any, ...]:
        runs = [explorer.library.run(run) for run in chosen]
        facets = [run.tables.facets() for run in runs]
        kinds = sorted({kind for one in facets for kind, _ in one.get("kind", ())})
        markets = sorted({market for one in facets for market, _ in one.get("market", ())})
        states = explorer.casebook.states().values()
        owners = as_options({state.owner for state in states if state.owner})
        tags = as_options({tag for state in states for tag in state.tags})
        since = changes(explorer.library, runs[0]) if runs else None
        return told(since), about(runs), kinds, markets, owners, tags

    @app.callback(
        Output("triage-saved", "data"),
        Input("triage-csv", "n_clicks"),
        Input("triage-parquet", "n_clicks"),
        State("triage-filter", "data"),
        prevent_initial_call=True,
    )
    def save(csv: int | None, parquet: int | None, wanted: dict[str, Any] | None) -> Any:
        if not (csv or parquet):
            raise PreventUpdate
        table = triage_rows.as_table(explorer, wanted or {})
        if ctx.triggered_id == "triage-csv":
            return dcc.send_bytes(csv_bytes(table), "clusters.csv")
        sink = io.BytesIO()
        pq.write_table(table, sink)
        return dcc.send_bytes(sink.getvalue(), "clusters.parquet")

    @app.callback(
        Output("triage-grid", "getRowsResponse"),
        Output("triage-count", "children"),
        Input("triage-grid", "getRowsRequest"),
        State("triage-filter", "data"),
    )
    def rows(request: dict[str, Any] | None, wanted: dict[str, Any] | None) -> tuple[Any, str]:
        if request is None:
            raise PreventUpdate
        sort = [(s["colId"], s["sort"]) for s in request.get("sortModel") or ()]
        start, stop = int(request["startRow"]), int(request["endRow"])
        try:
            found, total = triage_rows.page_of(explorer, wanted or {}, sort, start, stop)
        except CibError as error:
            return {"rowData": [], "rowCount": 0}, printable(str(error), 400)
        said = plural(total, "cluster") + (" match." if wanted and len(wanted) > 1 else ".")
        return {"rowData": found, "rowCount": total}, said


def as_options(written: Iterable[str]) -> list[dict[str, str]]:
    """Offer what people wrote, shown as safe text."""
    return [{"label": printable(word, 40), "value": word} for word in sorted(written)]


def told(since: Changes | None) -> Component | str:
    """Say what is new since the last run."""
    if since is None or since.previous is None:
        return "This is the first run here, so nothing is known of what changed."
    n = since.counts
    return html.Span(
        [
            f"Since {moment(since.previous.created)}: ",
            html.B(plural(n["new"], "new cluster")),
            "".join(f", {count(n[word])} {word}" for word in CHANGES[1:] if n[word]) + ".",
        ]
    )


def about(runs: Sequence[RunFiles]) -> str:
    """Say what the runs chosen are of."""
    if len(runs) != 1:
        return f"{plural(len(runs), 'run')} together"
    rows = runs[0].manifest.get("rows", {})
    return f"{plural(int(rows.get('used', 0)), 'interaction')} · run {runs[0].id}"
