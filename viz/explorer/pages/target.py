"""One target: who acted on it, what share clusters make of it, since when, in which runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, dcc, html
from dash.development.base_component import Component

from cib.datasets.wording import count, moment, percent, plural
from cib.viz.explorer import paging, pieces
from cib.viz.explorer.exports.menus import PICTURE, TABLE, menu
from cib.viz.explorer.pictures import small_pictures
from cib.viz.explorer.runs.acts_over_time import of_target
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.runs.targets import target_in_runs, who_acted
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

ACTS = "target-acts"
WHO = 30
"""Members listed."""
LOOKED = 30
"""Runs looked through."""


def layout(explorer: Explorer, run: str, row: str, **_: Any) -> Component:
    """Make the page.

    Parameters
    ----------
    run : id of the run
    row : row of its table of targets
    """
    files, at = explorer.library.run(run), int(row)
    target = files.tables.target(at)
    cluster = target["cluster_id"]
    name = explorer.names().content(target["content_id"])
    at_run = f"run/{run}/target/{row}"
    beside = [
        dcc.Link(f"Cluster {cluster}", href=f"/run/{run}/cluster/{cluster}", className="button"),
        menu(
            [("What the cluster did with it", f"{at_run}/interactions", TABLE),
             ("Who acted on it", f"{at_run}/members", TABLE),
             ("What each cluster makes of it", f"{at_run}/shares", TABLE),
             ("Through the runs", f"{at_run}/runs", TABLE),
             ("Figure: who makes it", f"{at_run}/shares", PICTURE),
             ("Figure: when", f"{at_run}/activity", PICTURE)]
        ),
    ]  # fmt: skip
    made = target["n_interactions"], target["n_interactions_all"]
    lead = (
        f"Cluster {cluster} made {count(made[0])} of {count(made[1])} interactions with it, "
        f"{percent(target['share'])}, by {plural(target['n_members'], 'member')}."
    )
    return html.Div(
        [
            pieces.title(pieces.name(name, 60), f"Target · run {run}", beside),
            html.P(lead, className="lead"),
            html.Div([_shares(files, target), _beneficiary(target)], className="columns pair"),
            _when(files, target, at),
            html.Div(
                [_who(explorer, files, target, at), _through_runs(explorer, target, files)],
                className="columns",
            ),
            _acts(explorer, files, cluster, at),
        ]
    )


def _shares(run: RunFiles, target: dict[str, Any]) -> Component:
    """Draw what each cluster makes of it, and what everybody else does."""
    clusters = target["clusters"]
    total = max(int(target["n_interactions_all"] or 0), 1)
    rest = total - sum(int(one["n_interactions"]) for one in clusters)
    lines = [
        _share(
            dcc.Link(f"Cluster {one['cluster_id']}",
                     href=f"/run/{run.id}/cluster/{one['cluster_id']}"),
            int(one["n_interactions"]), total, f"{plural(one['n_members'], 'member')}",
        )
        for one in clusters
    ]  # fmt: skip
    lines.append(_share("Everybody else", max(rest, 0), total, "", rest=True))
    return html.Section(
        [html.H2("Who makes it"), html.Ul(lines, className="plain shares")], className="panel"
    )


def _share(words: Any, n: int, total: int, fine: str, *, rest: bool = False) -> Component:
    said = f"{count(n)} of {count(total)} interactions, {percent(n / total)}"
    return html.Li(
        [
            html.Span(words, className="share-name"),
            html.Div(
                html.I(style={"width": f"{100 * n / total:.1f}%"}),
                className="share-bar" + (" rest" if rest else ""),
                role="img",
                **{"aria-label": said},
            ),
            html.B(percent(n / total), className="num"),
            html.Span([count(n), f" · {fine}" if fine else ""], className="fine"),
        ]
    )


def _beneficiary(target: dict[str, Any]) -> Component:
    note = str(target.get("beneficiary") or "Complicity unknown.")
    return html.Section(
        [
            html.H2("Beneficiary"),
            html.P(html.B("Complicity unknown.")),
            html.P(
                printable(note.removeprefix("Complicity unknown").lstrip(".; ").capitalize(), 600)
            )
            if note != "Complicity unknown."
            else None,
            html.P(
                "Only accounts are judged. Whoever gains from a target may have paid for this, may "
                "know nothing of it, or may be the one whom it is to harm.",
                className="quiet",
            ),
        ],
        className="panel",
    )


def _when(run: RunFiles, target: dict[str, Any], row: int) -> Component:
    cluster = run.tables.cluster(target["cluster_id"])
    counts = of_target(run, target["cluster_id"], row, cluster["first_ts"], cluster["last_ts"])
    words = [f"Cluster {target['cluster_id']} on this target"]
    return html.Section(
        [
            html.H2("When"),
            small_pictures.activity([counts], cluster["first_ts"], cluster["last_ts"], words),
        ],
        className="panel",
    )


def _who(explorer: Explorer, run: RunFiles, target: dict[str, Any], row: int) -> Component:
    found, total = who_acted(run, target, row, WHO)
    names = explorer.names()
    rows = [
        html.Tr(
            [
                html.Th(dcc.Link(pieces.name(names.account(one["account_id"])),
                                 href=f"/run/{run.id}/account/{one['account_row']}"), scope="row"),
                html.Td(printable(one["role"], 30)),
                html.Td(count(one["n"]), className="num"),
                html.Td(moment(one["first_ts"]), className="quiet"),
            ]
        )
        for one in found.to_pylist()
    ]  # fmt: skip
    heads = [("Account", ""), ("Role", ""), ("Times", "num"), ("First (UTC)", "")]
    more = None
    if total > len(rows):
        more = html.P(
            f"The {count(len(rows))} that acted most of {count(total)}.", className="fine"
        )
    return html.Section(
        [
            html.H2(["Who acted on it", html.Span(f"members of cluster {target['cluster_id']}",
                                                  className="fine")]),
            pieces.table(heads, rows),
            more,
        ],
        className="panel",
    )  # fmt: skip


def _through_runs(explorer: Explorer, target: dict[str, Any], here: RunFiles) -> Component:
    rows = [
        _in_run(run, one)
        for run, one in target_in_runs(explorer.library, here, target["content_id"], LOOKED)
    ]
    runs = explorer.library.runs()
    heads = [("Run", ""), ("Cluster", ""), ("Which acts since", ""), ("Share", "num")]
    more = None
    if len(runs) > LOOKED:
        more = html.P(
            f"The newest {count(LOOKED)} of {plural(len(runs), 'run')}.", className="fine"
        )
    return html.Section(
        [
            html.H2("Through the runs"),
            pieces.table(heads, rows),
            more,
        ],
        className="panel",
    )  # fmt: skip


def _in_run(run: RunFiles, one: dict[str, Any]) -> Component:
    """Lay out where the target stands in one cluster of one run."""
    target, cluster = f"/run/{run.id}/target/{one['row']}", one["cluster_id"]
    return html.Tr(
        [
            html.Th(dcc.Link(moment(run.created), href=target), scope="row"),
            html.Td(dcc.Link(f"Cluster {cluster}", href=f"/run/{run.id}/cluster/{cluster}")),
            html.Td(moment(one["first_ts"])),
            html.Td(percent(one["share"]), className="num"),
        ]
    )


def _acts(explorer: Explorer, run: RunFiles, cluster: int, row: int) -> Component:
    what = {"run": run.id, "cluster": cluster, "row": row}
    return html.Section(
        [
            html.H2(f"What cluster {cluster} did with it"),
            paging.paged(ACTS, what, acts_page(explorer, what, 0), "Interactions with this target"),
        ],
        className="panel",
    )


def acts_page(explorer: Explorer, what: dict[str, Any], offset: int) -> Component:
    """Return one page of a cluster's interactions with a target."""
    row = [int(what["row"])]
    return paging.acts_page(explorer, ACTS, what, offset, contents=row, without=("content_id",))


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer."""
    paging.register(app, ACTS, lambda what, offset: acts_page(explorer, what, offset))
