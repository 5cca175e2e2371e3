"""One target: who acted on it, what share clusters make of it, since when, in which runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, dcc, html
from dash.development.base_component import Component

from cib.datasets.errors import BadDataError
from cib.datasets.wording import count, moment, percent, plural
from cib.viz.explorer import paging, pieces
from cib.viz.explorer.exports import routes
from cib.viz.explorer.pictures import small_pictures
from cib.viz.explorer.runs.acts_over_time import of_target
from cib.viz.explorer.runs.errors import RunGone
from cib.viz.explorer.runs.library import RunFiles
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
    beside = [
        dcc.Link(f"Cluster {cluster}", href=f"/run/{run}/cluster/{cluster}", className="button"),
        routes.menu(
            [("What the cluster did with it (CSV)", f"run/{run}/target/{row}/interactions.csv"),
             ("The same (Parquet)", f"run/{run}/target/{row}/interactions.parquet")]
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
    found = run.tables.source.query(
        """WITH acts AS (SELECT account_id, count(*) AS n, min(ts) AS first_ts, max(ts) AS last_ts,
                count(*) OVER () AS n_all
            FROM {interactions} WHERE cluster_id = $cluster AND content_id =
                (SELECT content_id FROM {targets:rows} WHERE file_row_number = $row)
            GROUP BY account_id)
        SELECT acts.*, a.file_row_number AS account_row, m.role FROM acts
        JOIN {accounts:rows} AS a ON a.account_id = acts.account_id AND a.cluster_id = $cluster
        LEFT JOIN {members} AS m ON m.account_id = acts.account_id AND m.cluster_id = $cluster
        ORDER BY n DESC, account_row LIMIT $limit""",
        {"cluster": target["cluster_id"], "row": row, "limit": WHO},
    )
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
    total = int(found["n_all"][0].as_py()) if len(found) else 0
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
    rows: list[Component] = []
    runs = explorer.library.runs()
    kind = here.tables.source.schema("targets").field("content_id").type  # type: ignore[union-attr]
    for run in runs[:LOOKED]:
        try:
            schema = run.tables.source.schema("targets")
            if schema is None or schema.field("content_id").type != kind:
                continue
            found = run.tables.source.query(
                """SELECT t.cluster_id, t.share, t.n_interactions, t.file_row_number AS row,
                    c.first_ts FROM {targets:rows} AS t JOIN {clusters} AS c USING (cluster_id)
                WHERE t.content_id = $id ORDER BY t.share DESC""",
                {"id": target["content_id"]},
            ).to_pylist()
        except (RunGone, BadDataError):
            continue
        rows += [_in_run(run, one) for one in found]
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
