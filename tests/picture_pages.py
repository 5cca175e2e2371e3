"""A small application with the three pictures on a run, to try them and to test them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from dash import Dash, Input, Output, dcc, html

from cib.viz import theme
from cib.viz.explorer.pictures.canvas import (
    link_pictures,
    map_picture,
    network_picture,
    raster_picture,
    register_picture,
)
from cib.viz.explorer.pictures.map_payload import map_payload
from cib.viz.explorer.pictures.network_payload import network_payload
from cib.viz.explorer.pictures.raster_payload import raster_payload
from cib.viz.tables import edges_among, main_targets, of_cluster, plain, positions
from cib.viz.text import printable

REPORTED = (
    "net-selection", "net-opened", "net-expand", "raster-selection", "raster-opened",
    "raster-brush", "map-opened",
)  # fmt: skip
"""The stores whose reports the page sends to the server, which writes them into `echo`."""
ASSETS = Path(__file__).parents[1] / "viz" / "explorer" / "assets"
TEMPLATES = Path(__file__).parents[1] / "viz" / "templates"


@dataclass(frozen=True)
class Part:
    """What `RunTables.edges_within` returns."""

    nodes: pa.Table
    edges: pa.Table
    n_nodes_all: int
    n_edges_all: int


def part_of(tables: dict[str, pa.Table], cluster_id: int) -> Part:
    members = of_cluster(tables, "members", cluster_id)
    all_ids = plain(tables["accounts"]["account_id"])
    ids = plain(members["account_id"])
    rows = positions(ids, all_ids)
    nodes = members.append_column("account_row", pa.array(rows, pa.int64()))
    edges = edges_among(tables, ids)
    for end in "ab":
        edges = edges.append_column(end, pa.array(positions(edges[f"account_{end}"], ids)))
    return Part(nodes, edges, nodes.num_rows, edges.num_rows)


def joins_of(tables: dict[str, pa.Table], cluster_id: int, part: Part) -> pa.Table:
    """Return account–target pairs with the number of interactions."""
    contents = plain(main_targets(tables, cluster_id).slice(0, 30)["content_id"])
    acts = of_cluster(tables, "interactions", cluster_id)
    acts = acts.filter(pc.is_in(acts["content_id"], value_set=contents))
    pairs = acts.group_by(["account_id", "content_id"]).aggregate([([], "count_all")])
    ids = plain(part.nodes["account_id"])
    at = positions(plain(pairs["account_id"]), ids)
    return pa.table(
        {
            "account_row": part.nodes["account_row"].take(pa.array(at)),
            "target_row": pa.array(positions(plain(pairs["content_id"]), contents)),
            "content_id": pairs["content_id"],
            "n_interactions": pairs["count_all"],
        }
    )


def links_of(tables: dict[str, pa.Table]) -> pa.Table:
    """Return pairs of clusters that share targets."""
    of: dict[Any, list[int]] = {}
    place = {c: i for i, c in enumerate(tables["clusters"]["cluster_id"].to_pylist())}
    for row in tables["targets"].select(["cluster_id", "content_id"]).to_pylist():
        of.setdefault(row["content_id"], []).append(place[row["cluster_id"]])
    shared: dict[tuple[int, int], int] = {}
    for some in of.values():
        for i, a in enumerate(some):
            for b in some[i + 1 :]:
                pair = min(a, b), max(a, b)
                shared[pair] = shared.get(pair, 0) + 1
    return pa.table(
        {
            "a": pa.array([a for a, _ in shared], pa.int32()),
            "b": pa.array([b for _, b in shared], pa.int32()),
            "n_shared": pa.array(list(shared.values()), pa.int32()),
        }
    )


def payloads(
    tables: dict[str, pa.Table],
    cluster_id: int,
    name: Callable[[Any], str] = printable,
    controls: pa.Table | None = None,
) -> dict[str, dict[str, Any]]:
    part = part_of(tables, cluster_id)
    joins = joins_of(tables, cluster_id, part) if part.edges.num_rows == 0 else None
    return {
        "net": network_payload(part, name, joins=joins),
        "raster": raster_payload(
            of_cluster(tables, "interactions", cluster_id), controls, part.nodes,
            main_targets(tables, cluster_id), name,
        ),
        "map": map_payload(
            tables["clusters"], links_of(tables), run_id="run",
            verdicts={1: "confirmed", 3: "needs more", 4: "duplicate", 7: "benign"},
        ),
    }  # fmt: skip


def large_part(n_nodes: int = 5000, n_edges: int = 20_000) -> Part:
    """Return a network of the largest size that a page shows."""
    rng = np.random.default_rng(5)
    group = np.sort(rng.integers(0, 40, n_nodes))
    start = np.searchsorted(group, np.arange(41))
    a = rng.integers(0, n_nodes, n_edges)
    inside = start[group[a]] + rng.integers(0, 1 << 30, n_edges) % np.diff(start)[group[a]]
    b = np.where(rng.random(n_edges) < 0.93, inside, rng.integers(0, n_nodes, n_edges))
    roles = np.array(["listener", "operator", "hub", "victim", "poster"])
    nodes = pa.table(
        {
            "account_row": np.arange(n_nodes),
            "account_id": [f"account-{i:05d}" for i in range(n_nodes)],
            "role": roles[rng.choice(5, n_nodes, p=[0.9, 0.02, 0.02, 0.03, 0.03])],
            "strength": rng.random(n_nodes),
        }
    )
    edges = pa.table(
        {
            "a": a, "b": np.where(a == b, (b + 1) % n_nodes, b),
            "layer": np.array(["play", "like", "shared_device"])[
                rng.choice(3, n_edges, p=[0.7, 0.2, 0.1])
            ],
            "observed": rng.integers(3, 90, n_edges), "expected": rng.random(n_edges) * 3,
            "q_value": 10.0 ** -rng.uniform(1.3, 50, n_edges),
            "weight": rng.exponential(4.0, n_edges),
        }
    )  # fmt: skip
    return Part(nodes, edges, n_nodes, n_edges)


def make_app(pages: dict[str, dict[str, dict[str, Any]]]) -> Dash:
    """Return an application: a page per entry (`/` first), each with the three pictures."""
    app = Dash(
        __name__, assets_folder=str(ASSETS), suppress_callback_exceptions=True, title="pictures",
        update_title="", serve_locally=True,
    )  # fmt: skip
    styles = (
        f":root{{{theme.css_variables(dark=False)}}}"
        f"html[data-theme=dark]{{{theme.css_variables(dark=True)}}}"
        + (TEMPLATES / "report.css").read_text()
    )
    app.index_string = app.index_string.replace("{%css%}", f"{{%css%}}<style>{styles}</style>")
    app.layout = html.Div(
        [
            dcc.Location(id="url", refresh=False),
            html.Main(id="page"),
            html.Pre(id="echo", hidden=True),
        ]
    )

    @app.callback(Output("page", "children"), Input("url", "pathname"))  # type: ignore[misc]
    def page(path: str) -> list[Any]:
        some = pages.get(path or "/", {})
        makers = {"net": network_picture, "raster": raster_picture, "map": map_picture}
        return [
            html.Nav([dcc.Link(p, href=p, id=f"to{p.replace('/', '-')}") for p in pages]),
            *(html.Section(makers[prefix](prefix, data)) for prefix, data in some.items()),
        ]

    for prefix, kind in (("net", "network"), ("raster", "raster"), ("map", "map")):
        register_picture(app, prefix, kind)
    link_pictures(app, "raster", "net", "brush")
    link_pictures(app, "raster", "net", "selection")
    link_pictures(app, "net", "raster", "selection")

    @app.callback(  # type: ignore[misc]
        Output("echo", "children"),
        *(Input(part, "data") for part in REPORTED),
        prevent_initial_call=True,
    )
    def echo(*news: Any) -> str:
        return json.dumps(dict(zip(REPORTED, news, strict=True)))

    policy = (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "script-src 'self'"
    )

    @app.server.after_request  # type: ignore[misc]
    def secured(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = " ".join((policy, *app.csp_hashes()))
        return response

    return app
