"""Leiden communities: what they guarantee."""

from __future__ import annotations

import igraph
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.algorithms import leiden
from cib.graphs import Network

edge_lists = st.lists(
    st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda ends: ends[0] != ends[1]),
    max_size=40,
)


def network_of(edges, n_nodes=15):
    return Network.from_edges([a for a, _ in edges], [b for _, b in edges], n_nodes=n_nodes)


@given(edge_lists, st.sampled_from(["modularity", "CPM"]), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_communities_are_connected_and_the_quality_is_true(edges, objective, seed):
    network = network_of(edges)
    got = leiden(network, objective=objective, seed=seed, resolution=0.7)
    graph = network.to_igraph()
    for community in range(got.n_communities):
        members = np.flatnonzero(got.membership == community)
        assert graph.induced_subgraph(members.tolist()).is_connected()
    if network.n_edges and objective == "modularity":
        true = graph.modularity(got.membership.tolist(), weights="weight", resolution=0.7)
        assert got.quality == pytest.approx(true)


def test_two_cliques_with_a_bridge():
    clique = [(a, b) for a in range(5) for b in range(a)]
    edges = clique + [(a + 5, b + 5) for a, b in clique] + [(4, 5)]
    assert leiden(network_of(edges, 10)).membership.tolist() == [0] * 5 + [1] * 5


def test_largest_community_comes_first_and_the_seed_decides():
    edges = [(0, 1), (2, 3), (3, 4), (2, 4)]
    assert leiden(network_of(edges, 6)).membership.tolist() == [1, 1, 0, 0, 0, 2]
    ring = Network.from_edges(np.arange(200), (np.arange(200) + 1) % 200)
    one, two = leiden(ring, seed=3), leiden(ring, seed=3)
    assert one.membership.tolist() == two.membership.tolist()


def test_it_can_start_from_a_partition():
    ring = Network.from_edges(np.arange(60), (np.arange(60) + 1) % 60)
    start = leiden(ring, n_iterations=-1).membership
    again = leiden(ring, initial=start, n_iterations=-1)
    assert again.quality >= leiden(ring, n_iterations=-1).quality - 1e-12


def test_it_leaves_the_global_random_state_usable():
    leiden(network_of([(0, 1), (1, 2)]))
    assert igraph.Graph.Erdos_Renyi(n=10, m=5).ecount() == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"objective": "magic"}, "modularity"), ({"initial": [0]}, "1 entries for 15 nodes")],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        leiden(network_of([(0, 1)]), **arguments)
