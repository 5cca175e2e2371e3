"""One account: its scores, its signals among those of others, its network, what it did."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dash import Dash, dcc, html
from dash.development.base_component import Component

from cib.datasets.errors import CibError
from cib.datasets.wording import count, moment, number, plural, score, span
from cib.viz.explorer import paging, pieces
from cib.viz.explorer.exports.menus import account_menu
from cib.viz.explorer.pages import account_log, account_network
from cib.viz.explorer.pictures import small_pictures
from cib.viz.explorer.runs.acts_over_time import first_acts, of_account
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.runs.peers import peers
from cib.viz.section import ROLE_MEANS
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

ACTS = "account-acts"
NOT_KEPT = "not kept"
"""Where a run has no interaction of an account: its cluster has no target of its own."""


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
    beside: list[Any] = [account_menu(f"run/{run}/account/{row}", in_cluster=cluster is not None)]
    if cluster is not None:
        link = f"/run/{run}/cluster/{cluster}"
        beside.insert(0, dcc.Link(f"Cluster {cluster}", href=link, className="button"))
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
            account_network.section(explorer, files, at),
            _acts(explorer, files, account),
            account_log.section(explorer, files, at),
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
            since = NOT_KEPT
            with suppress(CibError):  # the run's interactions may be broken
                at = one["account_row"]
                first = first_acts(explorer.library.run(one["run_id"]), [at])
                since = moment(first[at]) if at in first else NOT_KEPT
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
    heads = [
        ("Run", ""),
        ("Stands in", ""),
        ("Acts with it since (UTC)", ""),
        ("Inauthenticity", "num"),
    ]
    return html.Section([html.H2("Through the runs"), pieces.table(heads, rows)], className="panel")


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
    row = [int(what["row"])]
    return paging.acts_page(explorer, ACTS, what, offset, accounts=row, without=("account_id",))


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer."""
    account_network.register(app, explorer)
    paging.register(app, ACTS, lambda what, offset: acts_page(explorer, what, offset))
    account_log.register(app, explorer)
