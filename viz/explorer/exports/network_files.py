"""A cluster's network as GraphML and GEXF, which Gephi and others open."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa

from cib.graphs.network import Network, graph_file
from cib.viz.explorer.door.names import Names
from cib.viz.explorer.runs.networks import Subgraph
from cib.viz.text import printable

NetworkFormat = Literal["graphml", "gexf"]
NUMBERS = ("strength", "coordination", "inauthenticity", "n_interactions", "n_contents")
WORDS = ("role", "place")


def network_file(graph: Subgraph, names: Names, kind: NetworkFormat) -> bytes:
    """Write the accounts and the evidence between them, several layers of a pair as one edge.

    Parameters
    ----------
    graph : from `edges_within` or `neighbours`
    names : how accounts are called
    kind : "graphml" or "gexf"

    Returns
    -------
    bytes
        Nodes have `label` and what is known of the account; an edge has `weight` (the sum over
        layers), `layers` and `observed` (the sum).
    """
    nodes = graph.nodes
    attributes: dict[str, list[Any]] = {
        "label": [names.account(one) for one in nodes["account_id"].to_pylist()]
    }
    for name in WORDS:
        attributes[name] = [printable(one, 80) if one else "" for one in nodes[name].to_pylist()]
    for name in NUMBERS:
        attributes[name] = [float(one or 0) for one in nodes[name].to_pylist()]
    pairs = one_edge_per_pair(graph.edges)
    network = Network.from_edges(
        np.array([a for a, _ in pairs], np.int32),
        np.array([b for _, b in pairs], np.int32),
        np.array([edge["weight"] for edge in pairs.values()], np.float64),
        len(nodes),
    )
    written = network.to_networkx(attributes)
    for (a, b), edge in pairs.items():
        written.edges[a, b].update(layers=", ".join(edge["layers"]), observed=edge["observed"])
    return graph_file(written, kind)


def one_edge_per_pair(edges: pa.Table) -> dict[tuple[int, int], dict[str, Any]]:
    """Put the layers of each pair together."""
    pairs: dict[tuple[int, int], dict[str, Any]] = {}
    columns = (edges[name].to_pylist() for name in ("a", "b", "layer", "weight", "observed"))
    for a, b, layer, weight, observed in zip(*columns, strict=True):
        edge = pairs.setdefault((a, b), {"weight": 0.0, "layers": [], "observed": 0})
        edge["weight"] += max(float(weight or 0.0), 1e-9)
        edge["observed"] += int(observed or 0)
        if (said := printable(layer, 60)) not in edge["layers"]:
            edge["layers"].append(said)
    return pairs
