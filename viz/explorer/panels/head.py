"""The head of a cluster's page: what it is, how it was found, where it came from."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from cib.datasets.wording import moment, plural, span
from cib.viz.explorer.exports.menus import cluster_menu
from cib.viz.explorer.panels.here import Here
from cib.viz.explorer.run_names import run_label
from cib.viz.explorer.runs import cluster_facts
from cib.viz.explorer.runs.changes import changes
from cib.viz.section import found_by, roles
from cib.viz.text import printable

CAME = {
    "new": "new since",
    "grown": "grown since",
    "shrunk": "shrunk since",
    "known": "as it was in",
    "split": "split off from another since",
    "merged": "merged from several since",
}
"""What became of a cluster, before the time of the run before."""


def head(here: Here, evidence: list[dict[str, Any]]) -> Component:
    """Make the head.

    Parameters
    ----------
    evidence : the cluster's rows of the evidence table
    """
    row = here.row
    together = [line for line in evidence if line["score"] == "coordination"]
    found = found_by(together) or printable(row["layers"], 160)
    return html.Header(
        [
            html.Div(
                [
                    html.P(f"Rank {row['rank']} · found by {found}", className="eyebrow"),
                    html.H1(f"Cluster {here.cluster_id}: {printable(row['kind'], 60)}"),
                    html.P(_facts(here), className="about-cluster"),
                    html.P(_came_from(here), className="about-cluster"),
                    html.P(f"Run {run_label(here.run)}", className="about-cluster quiet"),
                ]
            ),
            html.Div(_ways(here), className="beside"),
        ],
        className="page-head",
    )


def _facts(here: Here) -> list[Any]:
    """Say how many accounts of which roles did how much, and when."""
    row = here.row
    found = roles(cluster_facts.roles(here.tables.source, here.cluster_id))
    said: list[Any] = [plural(row["n_accounts"], "account")]
    if found and (len(found) > 1 or found[0][1] != "listener"):
        said.append(" (")
        for i, (words, _, means) in enumerate(found):
            said += [", "] if i else []
            said.append(html.Span(words, title=means or None))
        said.append(")")
    if row["n_contents"]:
        acted = plural(row["n_interactions"], "interaction")
        said.append(f" · {acted} with {plural(row['n_contents'], 'target')}")
    else:
        said.append(" · no target of its own")
    return [*said, html.Br(), span(row["first_ts"], row["last_ts"])]


def _came_from(here: Here) -> list[Any]:
    """Say what became of it since the run before, with a link to compare the two."""
    since = changes(here.explorer.library, here.run)
    if since.previous is None:
        return ["The first run of its log here, so nothing is known of what changed."]
    change = since.of.get(here.cluster_id, "new")
    before = since.before.get(here.cluster_id)
    said: list[Any] = [
        html.Span(change, className=f"mark mark-{change}"),
        f" {CAME.get(change, change)} {moment(since.previous.created)}",
    ]
    if before is not None:
        there = f"/run/{since.previous.id}/cluster/{before}"
        said += [
            ", when it was ",
            dcc.Link(f"cluster {before}", href=there),
            " · ",
            dcc.Link(
                "compare the two",
                href=f"/compare?a={since.previous.id}/{before}&b={here.run.id}/{here.cluster_id}",
            ),
        ]
    return said


def _ways(here: Here) -> list[Component]:
    """Lead to the clusters ranked before and after, to another, and to what can be taken away."""
    before, after = cluster_facts.neighbours_in_rank(here.tables.source, int(here.row["rank"]))
    ways: list[Component] = []
    for other, words, key in ((before, "Before", "["), (after, "Next", "]")):
        data = {"data-key": key}
        if other is not None:
            data["data-go"] = f"/run/{here.run.id}/cluster/{other}"
        ways.append(
            html.Button(
                [words, html.Kbd(key)],
                type="button",
                className="action",
                disabled=other is None,
                title=f"Cluster {other}" if other is not None else None,
                **data,
            )
        )
    compare = dcc.Link(
        "Compare", href=f"/compare?a={here.run.id}/{here.cluster_id}", className="button"
    )
    return [*ways, compare, cluster_menu(here)]
