"""The two large pictures of a cluster: who acted when, and who is joined to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.datasets.errors import CibError
from cib.datasets.wording import count, plural
from cib.viz.explorer.panels.here import Here, here_at
from cib.viz.explorer.pictures.canvas import network_picture, raster_picture, register_picture
from cib.viz.explorer.pictures.network_payload import network_payload, positions_of
from cib.viz.explorer.pictures.raster_payload import raster_payload
from cib.viz.explorer.pieces import note_of
from cib.viz.explorer.runs import cluster_facts
from cib.viz.explorer.runs.networks import MAX_NODES, Subgraph, kept_as

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

MARKS, CONTROL_MARKS = 24_000, 8_000
"""Marks of the raster, of members and of others."""
AROUND = 150
"""Accounts that an expansion may add."""
_SIDEWAYS = (1.6, -1.0)
"""Screens are wide, and their y grows downwards."""


def raster(here: Here) -> Component:
    """Make the raster, members above and others below."""
    tables = here.tables
    acts, n_all = tables.lockstep(here.cluster_id, MARKS)
    if not n_all:
        return html.P(
            [
                html.B("No target of its own. "),
                "These accounts met on contents that they otherwise came to each by itself, as "
                "anybody does. So there is no content of which one could say that this cluster is "
                "after it, and nothing to draw by content.",
            ],
            className="note",
        )
    kept, n_kept = tables.lockstep(here.cluster_id, CONTROL_MARKS, of="controls")
    controls = _meanwhile(kept, acts)
    members = pa.table({"account_id": acts["account_id"], "account_row": acts["account_row"]})
    targets, _ = tables.targets(here.cluster_id, limit=2000)
    payload = raster_payload(
        acts,
        controls,
        members,
        targets,
        here.names.account,
        target_name=here.names.content,
        n_all=n_all,
        title=f"Cluster {here.cluster_id}: who acted when",
    )
    n_others = pc.count_distinct(controls["account_id"]).as_py()
    if n_others:
        beside = (
            f"Below the line, for comparison: {plural(n_others, 'account')} outside all clusters "
            "that acted on the same targets."
        )
    elif n_kept:
        beside = "The accounts to compare with acted on these targets at other times."
    elif tables.has("controls"):
        beside = (
            "No comparable account was found: one outside all clusters, of the same market as a "
            "member, that acted on these targets."
        )
    else:
        beside = (
            "There is nobody to compare with: this run was made before controls were kept; scan "
            "again to have them."
        )
    # rows are named when they are high enough
    height = int(np.clip(125 + 13 * len(payload["rows"]), 260, 460))
    since, until = (here.opened.get(name) for name in ("since_us", "until_us"))
    picture = raster_picture("raster", payload, height=height, since_us=since, until_us=until)
    return html.Div([html.P(beside, className="fine"), picture])


def _meanwhile(controls: pa.Table, acts: pa.Table) -> pa.Table:
    """Return what others did while the members acted, so that these fill the picture."""
    first, last = pc.min(acts["ts"]), pc.max(acts["ts"])
    inside = pc.and_(pc.greater_equal(controls["ts"], first), pc.less_equal(controls["ts"], last))
    return controls.filter(inside)


def network(here: Here) -> Component:
    """Make the network; what is found by shared targets alone is drawn with its targets."""
    payload, _ = drawn(here, ())
    return html.Div(
        [
            network_picture(
                "network",
                payload,
                height=460,
                shown=here.opened.get("layers"),
                q=here.opened.get("q", 0),
            ),
            html.P(id="network-said", className="fine", role="status"),
            dcc.Store(id="network-grown", data=[]),
        ]
    )


def drawn(here: Here, grown: tuple[int, ...]) -> tuple[dict[str, Any], int]:
    """Write what the network picture draws; and count those that the expansion added.

    Parameters
    ----------
    grown : rows of accounts around which it was expanded
    """
    tables = here.tables
    inside = tables.edges_within(here.cluster_id)
    joined = None
    if not len(inside.edges):
        joined = cluster_facts.joins(tables.source, tables.cache, here.cluster_id)
    title = f"Cluster {here.cluster_id}: who is joined to whom"
    layout = None
    if joined is None:
        layout = tables.positions(inside, kept_as(here.cluster_id)) * _SIDEWAYS
    named: dict[str, Any] = {"target_name": here.names.content, "joins": joined, "title": title}
    first = network_payload(inside, here.names.account, layout=layout, **named)
    if not grown:
        return first, 0
    around = tables.neighbours(grown, max_nodes=len(grown) + AROUND)
    both = union(inside, around)
    payload = network_payload(both, here.names.account, keep=positions_of(first), **named)
    return payload, len(both.nodes) - len(inside.nodes)


def union(one: Subgraph, other: Subgraph) -> Subgraph:
    """Put two parts of a network together; an edge in both counts once.

    Parameters
    ----------
    one : its nodes come first, and what is not shown is counted of it
    """
    rows = one.nodes["account_row"].to_pylist()
    place = {row: i for i, row in enumerate(rows)}
    new = [row not in place for row in other.nodes["account_row"].to_pylist()]
    added = other.nodes.filter(pa.array(new, pa.bool_()))
    for row in added["account_row"].to_pylist():
        place[row] = len(place)
    where = np.array([place[row] for row in other.nodes["account_row"].to_pylist()], np.int32)
    a, b = (where[other.edges[end].to_numpy()] for end in ("a", "b"))
    moved = other.edges.set_column(other.edges.column_names.index("a"), "a", pa.array(a))
    moved = moved.set_column(moved.column_names.index("b"), "b", pa.array(b))
    # edges among the first part's nodes are there already, or left out as too weak
    fresh = pa.array((a >= len(rows)) | (b >= len(rows)))
    nodes = pa.concat_tables([one.nodes, added.cast(one.nodes.schema)])
    edges = pa.concat_tables([one.edges, moved.filter(fresh).cast(one.edges.schema)])
    return Subgraph(
        nodes,
        edges,
        max(one.n_nodes_all + len(added), len(nodes)),
        max(one.n_edges_all + len(edges) - len(one.edges), len(edges)),
    )


def register(app: Dash, explorer: Explorer) -> None:
    """Make the pictures answer."""
    for kind in ("raster", "network"):
        register_picture(app, kind, kind)
        app.clientside_callback(
            ClientsideFunction("cib", "openMark"),
            Output(f"{kind}-picture", "title"),
            Input(f"{kind}-opened", "data"),
            State("cluster-at", "data"),
            prevent_initial_call=True,
        )

    @app.callback(
        Output("network-payload", "data"),
        Output("network-grown", "data"),
        Output("network-said", "children"),
        Output("toast", "children", allow_duplicate=True),
        Input("network-expand", "data"),
        State("network-grown", "data"),
        State("cluster-at", "data"),
        prevent_initial_call=True,
    )
    def expand(wanted: Any, grown: list[int], at: dict[str, Any]) -> tuple[Any, ...]:
        rows = [int(row) for row in (wanted or {}).get("rows", ())][:200]
        if not rows:
            raise PreventUpdate
        everyone = list(dict.fromkeys([*(grown or ()), *rows]))[-400:]
        try:
            here = here_at(explorer, at)
            payload, n_more = drawn(here, tuple(everyone))
        except CibError as error:
            return no_update, no_update, no_update, note_of(str(error), bad=True)
        if not n_more:
            said = "Nobody else is joined to the chosen accounts."
        else:
            said = f"Expanded around {plural(len(everyone), 'account')}: {count(n_more)} more, "
            # of a very large cluster, not all members were drawn
            large = int(here.row["n_accounts"]) > MAX_NODES
            said += "members that were not drawn and accounts " if large else ""
            said += "outside this cluster, in other clusters or in none."
        return payload, everyone, said, no_update
