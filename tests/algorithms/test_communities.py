"""Leiden communities: what they guarantee, against slow twins and igraph."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from cib.algorithms import leiden
from cib.algorithms import leiden_parts_kernels as parts_kernels
from cib.algorithms.communities import numbered_by_size
from cib.algorithms.leiden import Search, split
from cib.graphs import Network, coaction
from cib.graphs.network import igraph_seed
from cib.graphs.threads import Workers
from networks import planted_network

module = import_module("cib.algorithms.leiden")  # the package offers the function by this name
N = 15
nodes = st.integers(0, N - 1)
edge_lists = st.lists(st.tuples(nodes, nodes, st.sampled_from([0.1, 1.0, 1.7, 7.0])), max_size=40)
objectives = st.sampled_from(["modularity", "CPM"])


def network_of(edges, n_nodes=N):
    src, dst, weight = zip(*edges, strict=True) if edges else ((), (), ())
    return Network.from_edges(src, dst, weight, n_nodes=n_nodes)


@pytest.fixture(scope="module", params=["settling", "sweeping"])
def way(request):
    """Small networks settle at once; with tiny blocks they go the way of large ones."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "sweeping":
            patch.setattr(module, "_FEW_NODES", 2)
            patch.setattr(module, "_FEW_ACTIVE", 1000)
            patch.setattr(module, "_LEAST_BLOCKS", 4)
        yield request.param


@pytest.mark.usefixtures("way")
class TestSmallNetworks:
    @given(edge_lists, objectives, st.sampled_from([0.0, 0.3, 1.0]), st.integers(0, 3))
    @settings(max_examples=80, deadline=None)
    def test_communities_are_connected_and_the_quality_is_true(
        self, edges, objective, resolution, seed
    ):
        network = network_of(edges)
        for n_iterations in (1, 2, -1):
            got = leiden(
                network,
                objective=objective,
                seed=seed,
                resolution=resolution,
                n_iterations=n_iterations,
            )
            assert naive.connected(edges, got.membership)
            true = naive.quality(edges, got.membership, objective, resolution)
            assert got.quality == pytest.approx(true, abs=1e-12)
            assert sorted(set(got.membership.tolist())) == list(range(got.n_communities))

    @given(edge_lists, objectives, st.sampled_from([0.3, 1.0]), st.integers(0, 3))
    @settings(max_examples=80, deadline=None)
    def test_no_single_move_improves_when_converged(self, edges, objective, resolution, seed):
        options = {"objective": objective, "resolution": resolution}
        got = leiden(network_of(edges), seed=seed, n_iterations=-1, **options)
        for node in range(N):
            for community in range(got.n_communities + 1):
                moved = got.membership.copy()
                moved[node] = community
                better = naive.quality(edges, moved, objective, resolution)
                assert better <= got.quality + 1e-7

    @given(edge_lists, objectives, st.integers(0, 3))
    @settings(max_examples=120, deadline=None)
    def test_any_number_of_threads_gives_the_same(self, edges, objective, seed):
        network = network_of(edges)
        one, *others = (
            leiden(network, objective=objective, resolution=0.5, seed=seed, threads=threads)
            for threads in (1, 2, 5)
        )
        assert all(other.membership.tolist() == one.membership.tolist() for other in others)

    @given(edge_lists, st.lists(nodes, min_size=N, max_size=N), st.sets(nodes), objectives)
    @settings(max_examples=80, deadline=None)
    def test_fixed_nodes_stay_together_and_apart(self, edges, initial, held, objective):
        fixed = np.isin(np.arange(N), list(held))
        got = leiden(
            network_of(edges),
            objective=objective,
            resolution=0.5,
            initial=initial,
            fixed=fixed,
            n_iterations=-1,
        ).membership
        start = np.array(initial)[fixed]
        assert ((got[fixed][:, None] == got[fixed]) == (start[:, None] == start)).all()
        # nodes that are not held hang together with others of theirs, or with a held node
        bridges = [(a, b, 1.0) for a in held for b in held if initial[a] == initial[b]]
        assert naive.connected([*edges, *bridges], got)

    @given(edge_lists, st.lists(nodes, min_size=N, max_size=N), objectives)
    @settings(max_examples=120, deadline=None)
    def test_starting_from_a_partition_never_ends_below_it(self, edges, initial, objective):
        got = leiden(
            network_of(edges),
            objective=objective,
            resolution=0.5,
            initial=initial,
            n_iterations=-1,
        )
        before = naive.quality(edges, np.array(initial), objective, 0.5)
        assert got.quality >= before - 1e-7


@given(edge_lists, st.lists(nodes, min_size=N, max_size=N), st.integers(0, 5), objectives)
@settings(max_examples=80, deadline=None)
def test_refinement_splits_communities_into_connected_parts(edges, labels, seed, objective):
    network = network_of(edges)
    community = numbered_by_size(np.array(labels)).astype(np.uint32)
    with Workers(2) as workers:
        search = Search.of(network, objective, 0.5, np.zeros(0, np.bool_), 0, workers)
        spaces = module._spaces(search.base, 2)
        n = int(community.max()) + 1
        part, n_parts = search._refine(
            search.base, community, n, spaces, 0.5, np.random.default_rng(seed)
        )
    assert sorted(set(part.tolist())) == list(range(n_parts))
    assert naive.connected(edges, part)
    of_part = [set(community[part == p].tolist()) for p in range(n_parts)]
    assert all(len(owners) == 1 for owners in of_part)


@given(edge_lists, st.lists(nodes, min_size=N, max_size=N))
@settings(max_examples=120, deadline=None)
def test_the_level_above_has_the_quality_of_its_parts(edges, labels):
    """Aggregated sizes and weights give the same value for any partition of the parts."""
    network = network_of(edges)
    part = np.array(labels, np.uint32)
    n = parts_kernels.renumber(part, np.arange(N, dtype=np.uint32))
    with Workers(2) as workers:
        search = Search.of(network, "modularity", 1.0, np.zeros(0, np.bool_), 0, workers)
        above = search._aggregate(search.base, part, n, module._spaces(search.base, 2))
    unit = search.base.size.sum() / max(network.strengths().sum(), 1e-9)  # that weights are in
    weight = np.zeros((N, N))
    for a, b, w in edges:
        if a != b:
            weight[a, b] += w
            weight[b, a] += w
    for p in range(n):
        row = {
            int(above.neighbour[i]): float(above.weight[i])
            for i in range(above.start[p], above.stop[p])
        }
        expected = {q: weight[part == p][:, part == q].sum() for q in range(n) if q != p}
        assert row == pytest.approx({q: w * unit for q, w in expected.items() if w})
        assert above.size[p] == pytest.approx(search.base.size[part == p].sum())


@given(edge_lists, st.lists(nodes, min_size=N, max_size=N))
@settings(max_examples=120, deadline=None)
def test_splitting_makes_the_connected_pieces(edges, labels):
    search = Search.of(network_of(edges), "CPM", 1.0, np.zeros(0, np.bool_), 0, Workers(1))
    community = np.array(labels, np.uint32)
    split(search.base, community, search.fixed)
    pieces = naive.pieces(edges, labels)
    same = community[:, None] == community
    assert (same == (pieces[:, None] == pieces)).all()


@pytest.mark.parametrize("objective", ["modularity", "CPM"])
@pytest.mark.parametrize("scale", [1e-200, 1e-11, 1e12, 1e100])
def test_the_unit_of_weights_does_not_matter(scale, objective):
    plain = planted_network(n_nodes=7_000, n_communities=70, degree=12, mixing=0.3)
    scaled = Network.from_edges(plain.src, plain.dst, plain.weight * scale, plain.n_nodes)
    resolution = 0.05
    one = leiden(plain, objective=objective, resolution=resolution)
    if objective == "CPM":
        resolution *= scale
    two = leiden(scaled, objective=objective, resolution=resolution)
    assert two.quality == pytest.approx(one.quality, abs=0.01)


def test_weights_of_very_different_sizes():
    """What single precision cannot tell from nothing still joins."""
    src, dst = np.repeat(np.arange(200), 200), np.tile(np.arange(200), 200)
    weight = np.where(src // 20 == dst // 20, 1.0, 1e-60)
    membership = leiden(Network.from_edges(src, dst, weight), n_iterations=-1).membership
    assert membership.tolist() == np.repeat(np.arange(10), 20).tolist()


@pytest.mark.parametrize("loop", [1e20, 1e200])
def test_a_heavy_loop_changes_no_community(loop):
    edges = [(a, b, 0.7) for k in (0, 3) for a in range(k, k + 3) for b in range(k, a)]
    edges.append((2, 3, 0.1))
    without = leiden(network_of(edges, 6), objective="CPM", resolution=0.3)
    beside = leiden(network_of([*edges, (0, 0, loop)], 6), objective="CPM", resolution=0.3)
    assert without.membership.tolist() == beside.membership.tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
def test_a_partition_to_start_from_may_be_of_any_integers(kind):
    for initial in ([3, 3, 1, 1], [100, 100, 7, 7], [0, 127, 0, 127]):
        found = leiden(network_of([(0, 1, 1.0), (2, 3, 1.0)], 4), initial=np.array(initial, kind))
        assert found.membership.tolist() == [0, 0, 1, 1]


def test_two_cliques_with_a_bridge():
    clique = [(a, b, 1.0) for a in range(5) for b in range(a)]
    edges = clique + [(a + 5, b + 5, 1.0) for a, b, _ in clique] + [(4, 5, 1.0)]
    assert leiden(network_of(edges, 10)).membership.tolist() == [0] * 5 + [1] * 5


def test_largest_community_comes_first_and_the_seed_decides():
    edges = [(0, 1, 1.0), (2, 3, 1.0), (3, 4, 1.0), (2, 4, 1.0)]
    assert leiden(network_of(edges, 6)).membership.tolist() == [1, 1, 0, 0, 0, 2]
    ring = Network.from_edges(np.arange(200), (np.arange(200) + 1) % 200)
    one, two = leiden(ring, seed=3), leiden(ring, seed=3)
    assert one.membership.tolist() == two.membership.tolist()
    assert len({leiden(ring, seed=seed).membership.tobytes() for seed in range(5)}) > 1


@pytest.mark.parametrize("n_nodes", [0, 1, 4])
def test_networks_without_edges(n_nodes):
    got = leiden(Network.from_edges([], [], n_nodes=n_nodes))
    assert got.membership.tolist() == list(range(n_nodes))
    assert (got.quality, got.n_communities) == (0.0, n_nodes)


def test_loops_and_parallel_edges():
    """A loop of weight w adds 2w to A_ii; parallel edges are one edge of their weight."""
    one = Network.from_edges([0, 1, 2, 2], [1, 2, 0, 3], [2.0, 1.0, 1.0, 1.0])
    two = Network.from_edges([0, 1, 1, 2, 2], [1, 0, 2, 0, 3])
    assert leiden(one, seed=1).quality == leiden(two, seed=1).quality
    looped = Network.from_edges([0, 0], [0, 1], [3.0, 1.0])
    together = leiden(looped, resolution=0.1).quality
    assert together == pytest.approx((6 + 2 - 0.1 * 8 * 8 / 8) / 8)


@pytest.mark.parametrize("objective", ["modularity", "CPM"])
@pytest.mark.parametrize("name", ["planted", "retweets"])
def test_as_good_as_igraph(real_log, name, objective):
    """The median of five seeds, after two iterations and, where igraph gets there, converged."""
    if name == "planted":
        network = planted_network(n_nodes=8_000, n_communities=160, degree=14, mixing=0.35)
    else:
        rows = pq.read_table(real_log("higgs_twitter_2012"))
        columns = (rows[name].to_numpy().astype(np.int64) for name in ("account", "object", "ts"))
        pairs = coaction(*columns, window=10, min_tokens=1)
        _, ends = np.unique(np.concatenate((pairs["a"], pairs["b"])), return_inverse=True)
        network = Network.from_edges(*np.split(ends, 2), pairs["n_tokens"])
    resolution = 1.0 if objective == "modularity" else 0.05
    graph = network.to_igraph()
    for n_iterations in (2, -1) if name == "planted" else (2,):
        ours, theirs = [], []
        for seed in range(5):
            found = leiden(
                network,
                objective=objective,
                resolution=resolution,
                n_iterations=n_iterations,
                seed=seed,
            )
            ours.append(found.quality)
            with igraph_seed(seed):
                clustering = graph.community_leiden(
                    objective_function=objective,
                    weights="weight",
                    resolution=resolution,
                    n_iterations=n_iterations,
                )
            theirs.append(clustering.quality)
        print(name, objective, n_iterations, np.median(ours), np.median(theirs))
        assert np.median(ours) >= np.median(theirs) - 2e-4


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_large_network_is_the_same_on_any_number_of_threads(threads):
    network = planted_network(n_nodes=60_000, n_communities=600, degree=10, mixing=0.3)
    got = leiden(network, seed=4, threads=threads)
    assert got.quality > 0.6
    assert got.membership.tolist() == leiden(network, seed=4, threads=2).membership.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"objective": "magic"}, "modularity"),
        ({"initial": [0]}, "1 entries for 15 nodes"),
        ({"initial": [0] * N, "fixed": [True]}, "fixed has 1 entries for 15 nodes"),
        ({"fixed": [True] * N}, "fixed needs initial"),
        ({"initial": [0] * N, "fixed": [1] * N}, "fixed must hold true or false"),
        ({"initial": [0.5] * N}, "initial must be a one-dimensional integer array"),
        ({"initial": np.zeros((N, 2), int)}, "initial must be a one-dimensional integer array"),
        ({"seed": -1}, "seed must be 0 or more"),
        ({"resolution": -1.0}, "resolution must be 0 or more"),
        ({"resolution": np.nan}, "resolution must be 0 or more"),
        ({"n_iterations": 0}, "n_iterations must not be 0"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        leiden(network_of([(0, 1, 1.0)]), **arguments)
