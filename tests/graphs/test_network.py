"""The network and its converters."""

from __future__ import annotations

import numpy as np
import pytest

from cib.graphs import Network


def test_parallel_edges_add_up_and_ends_are_ordered():
    network = Network.from_edges([2, 0, 1], [0, 2, 1], [1.5, 2.0, 4.0], n_nodes=4)
    assert network.src.tolist() == [0, 1]
    assert network.dst.tolist() == [2, 1]
    assert network.weight.tolist() == [3.5, 4.0]
    assert network.n_nodes == 4


def test_igraph_and_networkx_get_the_same_graph():
    network = Network.from_edges([0, 1], [1, 2], [1.0, 2.0], n_nodes=4)
    attributes = {"name": ["w", "x", "y", "z"], "cluster_id": [1, 1, 1, 0]}
    theirs, other = network.to_networkx(attributes), network.to_igraph(attributes)
    assert sorted(theirs.nodes) == ["w", "x", "y", "z"]
    assert theirs.edges["x", "y"]["weight"] == 2.0
    assert theirs.nodes["z"]["cluster_id"] == 0
    assert other.vs["name"] == ["w", "x", "y", "z"]
    assert {tuple(e.tuple): e["weight"] for e in other.es} == {(0, 1): 1.0, (1, 2): 2.0}


def test_an_empty_network():
    network = Network.from_edges([], [], n_nodes=3)
    assert (network.n_edges, network.n_nodes) == (0, 3)
    assert network.to_igraph().vcount() == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0], [1, 2]), "equal lengths"),
        (([0], [5], None, 3), "node 5 is outside"),
        (([-1], [0]), "node -1 is outside"),
        (([0], [1], [0.0]), "positive finite"),
        (([0], [1], [np.nan]), "positive finite"),
    ],
)
def test_bad_edges_say_what_was_found(arguments, message):
    with pytest.raises(ValueError, match=message):
        Network.from_edges(*arguments)
