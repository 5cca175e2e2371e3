"""One account: its scores, its signals among those of others, its network, what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from cib.datasets.errors import CibError
from cib.datasets.wording import count, moment, number, plural, score, span
from cib.viz.explorer import paging, pieces
from cib.viz.explorer.exports import routes
from cib.viz.explorer.pictures import small_pictures
from cib.viz.explorer.pictures.canvas import network_picture, register_picture
from cib.viz.explorer.pictures.network_payload import network_payload, positions_of
from cib.viz.explorer.runs import log_history
from cib.viz.explorer.runs.acts_over_time import of_account
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.runs.peers import peers
from cib.viz.section import ROLE_MEANS
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

EGO, ACTS, LOG = "ego", "account-acts", "account-log"
MAX_NODES, MAX_EDGES = 200, 2000
EXPANDED = 600
"""Accounts that the network may grow to by expanding."""


def layout(explorer: Explorer, run: str, row: str, **_: Any) -> Component:
    """Make the page.

    Parameters
    ----------
    run : id of the run
    row : row of its table of accounts
    """
    files, at = explorer.library.run(run), int(row)
    account = files.tables.account(at)
    cluster = account["cluster_id"]
    name = explorer.names().account(account["account_id"])
    beside: list[Any] = []
    download = f"run/{run}/account/{row}/interactions"
    if cluster is not None:
        beside = [
            dcc.Link(f"Cluster {cluster}", href=f"/run/{run}/cluster/{cluster}",
                     className="button"),
            routes.menu(
                [("What it did with the targets (CSV)", f"{download}.csv"),
                 ("The same (Parquet)", f"{download}.parquet")]
            ),
        ]  # fmt: skip
    return html.Div(
        [
            pieces.title(pieces.name(name, 60), f"Account · run {run}", beside),
            html.P(_lead(account), className="lead"),
            html.Div(
                [
                    html.Div(
                        [_scores(files, account), _through_runs(explorer, account)],
                        className="stack",
                    ),
                    _signals(files, account),
                ],
                className="columns pair",
            ),
            _network(explorer, files, at),
            _acts(explorer, files, account),
            _log(explorer, files, at),
        ]
    )


def _lead(account: dict[str, Any]) -> Any:
    contents = plural(account["n_contents"], "content")
    did = f"{plural(account['n_interactions'], 'interaction')} with {contents}"
    if account["cluster_id"] is None:
        return f"In no cluster of this run. {did} in the log."
    role = str(account["role"] or "member")
    means = ROLE_MEANS.get(role, "")
    return (
        f"{printable(role, 30).capitalize()} of cluster {account['cluster_id']}"
        f"{f' ({means})' if means else ''}. {did} in the log."
    )


def _scores(run: RunFiles, account: dict[str, Any]) -> Component:
    facts = [
        ("Seen", span(account["first_ts"], account["last_ts"])),
        ("Interactions", count(account["n_interactions"])),
        ("Contents", count(account["n_contents"])),
    ]
    if account["cluster_id"] is not None:
        days = run.tables.source.query(
            """SELECT count(DISTINCT epoch_us(ts) // 86400000000) AS days, count(*) AS n
            FROM {interactions} WHERE cluster_id = $cluster AND account_id =
                (SELECT account_id FROM {accounts:rows} WHERE file_row_number = $row)""",
            {"cluster": account["cluster_id"], "row": account["account_row"]},
        ).to_pylist()[0]
        facts += [
            (
                "With the targets",
                f"{count(days['n'])} interactions on {plural(days['days'], 'day')}",
            ),
            ("Strength", f"{account['strength']:.2f} ({printable(account['place'], 20)})"),
        ]
    if account.get("n_unusual") is not None:
        facts.append(("Unusual", plural(account["n_unusual"], "signal")))
    note = (
        None
        if account["cluster_id"] is not None
        else html.P("Scores are those of clusters; an account in none has next to none.",
                    className="fine")
    )  # fmt: skip
    return html.Section(
        [
            html.H2("Scores"),
            pieces.gauges(account),
            note,
            html.Dl(
                [part for name, said in facts for part in (html.Dt(name), html.Dd(said))],
                className="facts",
            ),
        ],
        className="panel",
    )


def _signals(run: RunFiles, account: dict[str, Any]) -> Component:
    found = peers(run, account)
    heading = html.H2("Among comparable accounts")
    if not found.signals:
        why = "This run has no signals of this account, or nobody comparable."
        return html.Section([heading, pieces.empty("Nothing to compare", why)], className="panel")
    lines = []
    for one in found.signals:
        words = small_pictures.said_strip(one.value, one.others)
        beyond = one.above >= 0.95
        lines.append(
            html.Li(
                [
                    html.Span(
                        [printable(one.name, 40).capitalize(),
                         html.Span("stands out", className="mark mark-ring") if beyond else None],
                        className="strip-name", title=one.unit,
                    ),
                    small_pictures.strip(one.value, one.others, f"{one.name}: {words}"),
                    html.Span(number(one.value), className="num strip-value"),
                    html.Span(one.unit, className="fine strip-unit"),
                ]
            )
        )  # fmt: skip
    legend = (
        f"The mark is this account; the band holds nine in ten of {found.words}, the dark part "
        "half of them, the line their middle."
    )
    return html.Section(
        [heading, html.Ul(lines, className="plain strips"), html.P(legend, className="fine")],
        className="panel",
    )


def _through_runs(explorer: Explorer, account: dict[str, Any]) -> Component:
    rows = []
    for one in explorer.library.history(account["account_id"]):
        cluster = one["cluster_id"]
        where: Any = html.Span("in no cluster", className="quiet")
        since = ""
        if cluster is not None:
            where = dcc.Link(f"Cluster {cluster}", href=f"/run/{one['run_id']}/cluster/{cluster}")
            found = explorer.library.run(one["run_id"]).tables.cluster(cluster)
            since = moment(found["first_ts"])
        rows.append(
            html.Tr(
                [
                    html.Th(dcc.Link(moment(one["created"]),
                                     href=f"/run/{one['run_id']}/account/{one['account_row']}"),
                            scope="row"),
                    html.Td(where),
                    html.Td(since),
                    html.Td(score(one["inauthenticity"]), className="num"),
                ]
            )
        )  # fmt: skip
    heads = (
        ("Run", False), ("Stands in", False), ("Which acts since", False),
        ("Inauthenticity", True),
    )  # fmt: skip
    head = html.Tr([html.Th(w, scope="col", className="num" if n else None) for w, n in heads])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="tight")
    return html.Section(
        [html.H2("Through the runs"), html.Div(table, className="scroll", tabIndex="0")],
        className="panel",
    )


def _network(explorer: Explorer, run: RunFiles, row: int) -> Component:
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


def _acts(explorer: Explorer, run: RunFiles, account: dict[str, Any]) -> Component:
    heading = html.H2("What it did with the targets of its cluster")
    cluster = account["cluster_id"]
    if cluster is None:
        why = "A run keeps interactions with the targets of clusters; the log itself has all."
        return html.Section([heading, pieces.empty("Not kept", why)], className="panel")
    what = {"run": run.id, "row": account["account_row"], "cluster": cluster}
    row = run.tables.cluster(cluster)
    counts = of_account(run, cluster, account["account_row"], row["first_ts"], row["last_ts"])
    return html.Section(
        [
            heading,
            small_pictures.activity([counts], row["first_ts"], row["last_ts"], ["This account"]),
            paging.paged(ACTS, what, acts_page(explorer, what, 0), "Interactions with targets"),
        ],
        className="panel",
    )


def acts_page(explorer: Explorer, what: dict[str, Any], offset: int) -> Component:
    """Return one page of an account's interactions with the targets of its cluster."""
    run = explorer.library.run(what["run"])
    table, total = run.tables.interactions(
        int(what["cluster"]), accounts=[int(what["row"])], offset=offset, limit=paging.ROWS
    )
    rows = paging.acts_table(explorer.names(), table, run.id, without=("account_id",))
    return paging.page(ACTS, rows, offset, len(table), total)


def _log(explorer: Explorer, run: RunFiles, row: int) -> Component | None:
    """Offer the account's rows of the log; those who see pseudonyms see no log."""
    if explorer.names().pseudonymous:
        return None
    heading = html.H2("In the log itself")
    if log_history.source_of(run) is None:
        why = "The log that this run was made of is no longer where it was."
        return html.Section([heading, pieces.empty("Not there", why)], className="panel")
    return html.Section(
        [
            heading,
            html.P(
                "A run keeps what members did with targets; the log has everything this account "
                f"did. {log_history.how_long(run)}",
                className="quiet",
            ),
            html.Button("Read this account's rows", id="account-log-read", className="action",
                        type="button"),
            dcc.Store(id="account-log-which", data={"run": run.id, "row": row}),
            dcc.Loading(html.Div(id="account-log-found"), type="dot", delay_show=300),
        ],
        className="panel",
    )  # fmt: skip


def log_page(explorer: Explorer, what: dict[str, Any], offset: int) -> Component:
    """Return one page of an account's rows of the log."""
    run = explorer.library.run(what["run"])
    found = log_history.history(run, int(what["row"]))
    table = found.rows.slice(offset, paging.ROWS)
    rows = paging.acts_table(explorer.names(), table)
    return paging.page(LOG, rows, offset, len(table), len(found.rows))


def _about_log(run: RunFiles, row: int) -> list[Component]:
    found = log_history.history(run, row)
    said = (
        f"{plural(found.n_all, 'row')} in {plural(found.n_files, 'file')}, read in "
        f"{found.seconds:.1f} s; repeated rows and rows outside of what was scanned are among them."
    )
    lines = [html.P(said, className="fine", role="status")]
    if len(found.rows) < found.n_all:
        lines.append(html.P(f"Shown are {count(len(found.rows))}.", className="fine"))
    if log_history.changed(run, found):
        lines.append(
            html.P("The log has changed since it was scanned: files were added, removed or "
                   "written anew.", className="note")
        )  # fmt: skip
    if found.faults:
        some = "; ".join(printable(one, 200) for one in found.faults[:3])
        n = plural(len(found.faults), "file")
        lines.append(html.P(f"{n} could not be read: {some}.", className="note"))
    return lines


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer."""
    register_picture(app, EGO, "network")
    paging.register(app, ACTS, lambda what, offset: acts_page(explorer, what, offset))
    paging.register(app, LOG, lambda what, offset: _if_allowed(explorer, what, offset))

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

    @app.callback(
        Output("account-log-found", "children"),
        Output("account-log-read", "hidden"),
        Input("account-log-read", "n_clicks"),
        State("account-log-which", "data"),
        prevent_initial_call=True,
    )
    def read(clicks: int | None, which: dict[str, Any]) -> Any:
        if not clicks or explorer.names().pseudonymous:
            return no_update, no_update
        try:
            run = explorer.library.run(which["run"])
            about = _about_log(run, int(which["row"]))
        except CibError as error:
            return html.P(printable(str(error), 500), className="note", role="alert"), False
        first = log_page(explorer, which, 0)
        return [*about, paging.paged(LOG, which, first, "Rows of the log")], True


def _if_allowed(explorer: Explorer, what: dict[str, Any], offset: int) -> Component:
    if explorer.names().pseudonymous:
        return html.P("Those who see pseudonyms see no log.", className="note")
    return log_page(explorer, what, offset)
