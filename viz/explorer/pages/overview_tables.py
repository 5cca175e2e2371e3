"""The map as tables: its groups, and the clusters drawn singly."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from dash import dcc, html
from dash.development.base_component import Component

from cib.datasets.wording import count, score
from cib.viz.explorer import pieces
from cib.viz.explorer.pictures.map_groups import group_words
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.text import printable

LISTED = 100
"""Clusters in the table under the map."""


def of_groups(groups: pa.Table, address: str) -> Component:
    """List the groups; each leads to the map of its clusters.

    Parameters
    ----------
    groups : from `grouped`
    address : of the map that they are on
    """
    if not len(groups):
        return html.Div()
    rows = [
        html.Tr(
            [
                html.Th(dcc.Link(group_words(one), href=f"{address}&group={one['group']}"),
                        scope="row"),
                html.Td(count(one["n_clusters"]), className="num"),
                html.Td(count(one["n_accounts"]), className="num"),
                html.Td(count(one["largest"]), className="num"),
                html.Td(score(one["coordination"]), className="num"),
                html.Td(score(one["inauthenticity"]), className="num"),
                html.Td(count(one["rank"]), className="num"),
            ]
        )
        for one in groups.to_pylist()
    ]  # fmt: skip
    heads = [("Group", ""), ("Clusters", "num"), ("Accounts", "num"), ("Largest", "num"),
             ("Highest coordination", "num"), ("Highest inauthenticity", "num"),
             ("First by rank", "num")]  # fmt: skip
    return html.Details(
        [html.Summary(f"The groups as a table ({count(len(rows))})"), pieces.table(heads, rows)],
        className="panel",
        id="map-groups",
    )


def of_clusters(
    run: RunFiles, table: pa.Table, verdicts: Mapping[int, str], n_all: int
) -> Component:
    """List the clusters drawn singly, the first of them when they are many."""
    rows = [
        html.Tr(
            [
                html.Th(dcc.Link(f"Cluster {one['cluster_id']}",
                                 href=f"/run/{run.id}/cluster/{one['cluster_id']}"), scope="row"),
                html.Td(printable(one["kind"], 40)),
                html.Td(count(one["n_accounts"]), className="num"),
                html.Td(score(one["coordination"]), className="num"),
                html.Td(score(one["inauthenticity"]), className="num"),
                html.Td(verdicts.get(one["cluster_id"], "open")),
                html.Td(printable(one["reason"], 200), className="why"),
            ]
        )
        for one in table.slice(0, LISTED).to_pylist()
    ]  # fmt: skip
    heads = [("Cluster", ""), ("Kind", ""), ("Accounts", "num"), ("Coordination", "num"),
             ("Inauthenticity", "num"), ("Verdict", ""), ("Why", "")]  # fmt: skip
    more = [] if len(rows) == n_all else [
        html.P(["The first by rank. All are in ", dcc.Link("triage", href="/triage"), "."],
               className="fine")
    ]  # fmt: skip
    return html.Details(
        [
            html.Summary(
                f"The clusters as a table ({count(len(rows))} of {count(n_all)}, "
                "of any inauthenticity)"
            ),
            pieces.table(heads, rows),
            *more,
        ],
        className="panel",
    )
