"""Triage: the ranked clusters of one or several runs, what is new, what to look at next."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.algorithms.lineage import CHANGES
from cib.datasets.errors import CibError
from cib.datasets.wording import count, moment, plural
from cib.viz.explorer import bulk, pieces, typed
from cib.viz.explorer.exports.answers import table_bytes
from cib.viz.explorer.pages import triage_address, triage_filter, triage_grid, triage_rows
from cib.viz.explorer.pages.addresses import markets_of, not_understood
from cib.viz.explorer.pages.triage_filter import as_options
from cib.viz.explorer.run_names import run_label
from cib.viz.explorer.runs.changes import Changes, changes
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer


def layout(
    explorer: Explorer, runs: str | None = None, kept: Any = None, **given: Any
) -> Component:
    """Make the page.

    Parameters
    ----------
    runs : ids of runs, comma-separated; the newest when None
    kept : what the browser kept of what was typed, see `triage_address`
    given : the other parts of the address
    """
    known = explorer.library.runs()
    if not known:
        return pieces.trouble(
            "There is no run yet",
            f"No finished run lies in {explorer.library.path}. Make one with “cib scan LOG --out "
            f"{explorer.library.path}”, then load this page again.",
        )
    chosen = [explorer.library.run(run) for run in (runs or known[0].id).split(",")]
    markets = markets_of(chosen) if "market" in given else []
    wanted, sort, unread = triage_address.wanted_of(given, markets)
    wanted = {"runs": [run.id for run in chosen], **wanted, **triage_address.typed_of(kept)}
    options = [{"value": run.id, "label": run_label(run)} for run in known]
    return html.Div(
        [
            pieces.title(
                "Triage",
                html.Span(id="triage-eyebrow"),
                pieces.field(
                    "Runs",
                    dcc.Dropdown(
                        options, wanted["runs"], id="triage-runs", multi=True, clearable=False
                    ),
                    "wide-field",
                ),
            ),
            html.P(id="triage-changes", className="lead"),
            not_understood(unread),
            _problems(explorer),
            triage_filter.controls(wanted),
            triage_grid.grid(sort),
            triage_grid.below(),
            html.Div(id="bulk"),
            dcc.Store(id="triage-filter", data=wanted),
            dcc.Store(id="triage-sort", data=[list(one) for one in sort]),
            dcc.Store(id="triage-address"),
        ],
        # made anew each time: a grid that stays would keep its own sort
        key=secrets.token_hex(8),
    )


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


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer."""
    bulk.register(app, explorer)
    typed.settle(app, triage_filter.TEXT)
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

    app.clientside_callback(
        ClientsideFunction("cib", "standFor"),
        Output("triage-address", "id"),
        Input("triage-address", "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("triage-filter", "data"),
        Input("triage-runs", "value"),
        *triage_filter.INPUTS,
        prevent_initial_call=True,
    )
    def narrowed(runs: list[str], *values: Any) -> dict[str, Any]:
        return {"runs": runs, **triage_filter.filter_of(values)}

    @app.callback(
        Output("triage-address", "data"),
        Input("triage-filter", "data"),
        Input("triage-sort", "data"),
        prevent_initial_call=True,
    )
    def address(wanted: dict[str, Any], sort: list[list[str]]) -> dict[str, Any]:
        known = explorer.library.runs()
        markets: list[str] = []
        if wanted.get("markets"):
            markets = markets_of([run for run in known if run.id in wanted.get("runs", ())])
        ways = [(one[0], one[-1]) for one in sort if one]
        query = triage_address.query_of(wanted, ways, markets, known[0].id if known else "")
        kept = triage_address.typed_of(wanted)
        return {"path": "/triage", "also": "/", "query": query, "kept": kept}

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
        kinds, markets = (
            as_options({value for one in facets for value, _ in one[name]})
            for name in ("kind", "market")
        )
        states = explorer.casebook.states().values()
        owners = as_options({state.owner for state in states if state.owner})
        tags = as_options({tag for state in states for tag in state.tags})
        since = [changes(explorer.library, run) for run in runs]
        return told(since), about(runs), kinds, markets, owners, tags

    for kind in ("csv", "parquet"):
        _register_saving(app, explorer, kind)

    @app.callback(
        Output("triage-grid", "getRowsResponse"),
        Output("triage-count", "children"),
        Output("triage-sort", "data"),
        Input("triage-grid", "getRowsRequest"),
        State("triage-filter", "data"),
        State("triage-sort", "data"),
    )
    def rows(
        request: dict[str, Any] | None, wanted: dict[str, Any] | None, before: list[list[str]]
    ) -> tuple[Any, str, Any]:
        if request is None:
            raise PreventUpdate
        sort = [(s["colId"], s["sort"]) for s in request.get("sortModel") or ()]
        now = no_update if before == [list(one) for one in sort] else sort
        start, stop = int(request["startRow"]), int(request["endRow"])
        try:
            found, total = triage_rows.page_of(explorer, wanted or {}, sort, start, stop)
        except CibError as error:
            return {"rowData": [], "rowCount": 0}, printable(str(error), 400), now
        said = plural(total, "cluster") + (" match." if wanted and len(wanted) > 1 else ".")
        return {"rowData": found, "rowCount": total}, said, now


def _register_saving(app: Dash, explorer: Explorer, kind: str) -> None:
    """Make a button answer that saves the list; each has its own, so that both can be pressed."""

    @app.callback(
        Output(f"triage-saved-{kind}", "data"),
        Input(f"triage-{kind}", "n_clicks"),
        State("triage-filter", "data"),
        prevent_initial_call=True,
    )
    def save(clicks: int | None, wanted: dict[str, Any] | None) -> Any:
        if not clicks:
            raise PreventUpdate
        table = triage_rows.as_table(explorer, wanted or {})
        return dcc.send_bytes(table_bytes(table, kind), f"clusters.{kind}")


def told(since: Sequence[Changes]) -> Component | str:
    """Say what is new in the runs chosen, each since the run before of its log."""
    if not since:
        return ""
    known = [one for one in since if one.previous is not None]
    n_first = len(since) - len(known)
    if not known:
        who = "This is the first run of its log" if n_first == 1 else "Each is the first of its log"
        return f"{who} here, so nothing is known of what changed."
    n = sum((one.counts for one in known), Counter[str]())
    start = f"Since {moment(known[0].previous.created)}: " if known[0].previous else ""
    if len(since) > 1:
        start = "Each since the run before of the same log: "
    first = f" {plural(n_first, 'run')} of these had none before." if n_first else ""
    return html.Span(
        [
            start,
            html.B(plural(n["new"], "new cluster")),
            "".join(f", {count(n[word])} {word}" for word in CHANGES[1:] if n[word]) + ".",
            first,
        ]
    )


def about(runs: Sequence[RunFiles]) -> str:
    """Say what the runs chosen are of."""
    if len(runs) != 1:
        return f"{plural(len(runs), 'run')} together"
    rows = runs[0].manifest.get("rows", {})
    return f"{plural(int(rows.get('used', 0)), 'interaction')} · run {runs[0].id}"
