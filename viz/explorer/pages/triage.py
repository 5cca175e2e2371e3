"""Triage: the ranked clusters of one or several runs, what is new, what to look at next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import dash_ag_grid as dag
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.algorithms.lineage import CHANGES
from cib.datasets.casebook import CaseState
from cib.datasets.wording import count, moment, plural
from cib.viz.explorer import bulk, pieces
from cib.viz.explorer.runs.changes import Changes, changes
from cib.viz.explorer.runs.clusters import ClusterFilter, Direction
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

SORTABLE = ("rank", "n_accounts", "n_contents", "coordination", "inauthenticity", "first_ts")
STATES = ("open", "confirmed", "benign", "needs more", "duplicate")
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
                html.Label(
                    [
                        html.Span("Runs"),
                        dcc.Dropdown(
                            options, chosen, id="triage-runs", multi=True, clearable=False
                        ),
                    ],
                    className="field wide-field",
                ),
            ),
            html.P(id="triage-changes", className="lead"),
            _problems(explorer),
            _filters(),
            _grid(),
            html.Div(
                [
                    html.Button("Decide on the chosen…", id="bulk-open", className="action",
                                type="button", disabled=True),
                    html.Span("Click rows to choose them, a name to open it.", className="fine"),
                    html.Span(id="triage-count", className="fine spring-left", role="status"),
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


def _filters() -> Component:
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
        Output("triage-grid", "getRowsResponse"),
        Output("triage-count", "children"),
        Input("triage-grid", "getRowsRequest"),
        State("triage-filter", "data"),
    )
    def rows(request: dict[str, Any] | None, wanted: dict[str, Any] | None) -> tuple[Any, str]:
        if request is None:
            raise PreventUpdate
        sort = [(s["colId"], s["sort"]) for s in request.get("sortModel") or ()]
        found, total = page_of(
            explorer, wanted or {}, sort, int(request["startRow"]), int(request["endRow"])
        )
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


def page_of(
    explorer: Explorer,
    wanted: Mapping[str, Any],
    sort: Sequence[tuple[str, str]],
    start: int,
    stop: int,
) -> tuple[list[dict[str, Any]], int]:
    """Return the rows of the grid from start to stop, and how many there are.

    Several runs are merged: of each the first `stop` rows in the order asked for, then cut.
    """
    states = explorer.casebook.states()
    several = [explorer.library.run(run) for run in wanted.get("runs", ())]
    found: list[dict[str, Any]] = []
    total = 0
    order: list[tuple[str, Direction]] = [
        (column, "desc" if way == "desc" else "asc") for column, way in sort if column in SORTABLE
    ] or [("rank", "asc")]
    for run in several:
        since = changes(explorer.library, run)
        mine = {c: s for (r, c), s in states.items() if r == run.id}
        narrowed = narrow(wanted, since, mine)
        first = start if len(several) == 1 else 0
        table, n = run.tables.clusters(narrowed, order, first, stop - first)
        total += n
        sparks = run.tables.sparkline(table["cluster_id"].to_pylist())
        found += [
            grid_row(run, row, sparks, since, mine.get(row["cluster_id"]))
            for row in table.to_pylist()
        ]
    if len(several) > 1:
        for column, direction in reversed(order):
            found.sort(key=lambda row: row[column], reverse=direction == "desc")
        found = found[start:stop]
    return found, total


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


def grid_row(
    run: RunFiles,
    row: Mapping[str, Any],
    sparks: Mapping[int, Any],
    since: Changes,
    state: CaseState | None,
) -> dict[str, Any]:
    """Make what the grid shows of one cluster; every text in it is safe text."""
    cluster_id = int(row["cluster_id"])
    maybe = "" if row["benign_ruled_out"] else f" But maybe: {row['benign_alternative']}."
    return {
        "key": f"{run.id}/{cluster_id}",
        "href": f"/run/{run.id}/cluster/{cluster_id}",
        "run": run.id,
        "cluster_id": cluster_id,
        "title": f"Cluster {cluster_id}",
        "rank": row["rank"],
        "kind": printable(row["kind"], 40),
        "n_accounts": row["n_accounts"],
        "n_contents": row["n_contents"],
        "coordination": round(row["coordination"], 4),
        "inauthenticity": round(row["inauthenticity"], 4),
        "spark": [int(n) for n in sparks.get(cluster_id, ())],
        "reason": printable(row["reason"] + maybe, 400),
        "change": since.of.get(cluster_id, "") if since.previous else "",
        "verdict": (state.verdict if state else None) or "open",
        "owner": printable(state.owner, 40) if state and state.owner else "",
        "due": state.due.isoformat() if state and state.due else "",
        "first_ts": row["first_ts"].isoformat(),
    }
