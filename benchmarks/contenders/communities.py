"""Communities of a graph, from arrays of edges: building the graph is part of the task."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from answers import Answer, NotRun
from contenders.columns import load

Task = dict[str, Any]
Array = npt.NDArray[Any]
WARM_UP_NODES = 20_000
"""Enough for whatever is compiled, or loaded, at its first call."""
Find = Callable[[Array, Array, Array | None, int, Task], Any]


def answer(task: Task, find: Find) -> Answer:
    """Time a contender, and describe what it found."""
    src, dst, weight, truth = load(task, "src", "dst", "edge_weight", "truth")
    weight = weight if len(weight) else None
    few = (src < WARM_UP_NODES) & (dst < WARM_UP_NODES)
    find(src[few], dst[few], None if weight is None else weight[few], WARM_UP_NODES, task)
    held = forget_peak()
    start = time.perf_counter()
    found = find(src, dst, weight, len(truth), task)
    seconds = time.perf_counter() - start
    rows = 8 * (len(truth) + 1) + 2 * len(src) * (4 if weight is None else 12)
    memory = (status("VmHWM") - held) / rows
    membership = np.unique(np.asarray(found), return_inverse=True)[1]
    nodes = np.arange(len(membership))
    n = int(membership.max()) + 1
    note = describe(src, dst, weight, membership, truth, task["objective"], task["resolution"])
    note += f"; {len(src):,} edges, {1e9 * seconds / len(src):.0f} ns each, {memory:.1f}× CSR"
    return Answer(seconds, nodes, membership, count=n, note=note)


def forget_peak() -> int:
    """Let the peak of this process be what it holds now, in bytes; returns that."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return status("VmRSS")


def status(name: str) -> int:
    """Bytes that Linux says this process holds (VmRSS), or has held at most (VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) * 1024


def describe(
    src: Array,
    dst: Array,
    weight: Array | None,
    membership: Array,
    truth: Array,
    objective: str,
    resolution: float,
) -> str:
    """Quality, likeness to the planted communities, and how many do not hang together."""
    from scipy import sparse
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    n = len(membership)
    w = np.ones(len(src)) if weight is None else weight
    inside = membership[src] == membership[dst]
    two_m = 2 * w.sum()
    size = np.ones(n)
    if objective == "modularity":
        size = np.bincount(src, w, n) + np.bincount(dst, w, n)
        resolution /= two_m
    total = np.bincount(membership, size)
    quality = (2 * w[inside].sum() - resolution * (total @ total)) / two_m
    edges = (np.ones(int(inside.sum()), np.int8), (src[inside], dst[inside]))
    pieces = sparse.csgraph.connected_components(sparse.coo_matrix(edges, (n, n)), directed=False)
    apart = pieces[0] - int(membership.max()) - 1
    nmi = normalized_mutual_info_score(truth, membership)
    ari = adjusted_rand_score(truth, membership)
    torn = f", {apart} pieces too many" if apart else ""
    return f"quality {quality:.6f}, NMI {nmi:.3f}, ARI {ari:.3f}{torn}"


def ours(task: Task) -> Answer:
    """`Network.from_edges` and `leiden`."""
    from cib.algorithms import leiden
    from cib.graphs import Network

    def find(src: Array, dst: Array, weight: Array | None, n: int, task: Task) -> Any:
        network = Network.from_edges(src, dst, weight, n, threads=task["threads"])
        return leiden(
            network,
            objective=task["objective"],
            resolution=task["resolution"],
            n_iterations=task["n_iterations"],
            seed=task["seed"],
            threads=task["threads"],
        ).membership

    rng = np.random.default_rng(0)  # large enough to compile the parallel steps as well
    ends = rng.integers(0, 20_000, (2, 80_000))
    weighted = len(load(task, "edge_weight")[0]) > 0
    find(*ends, np.ones(80_000) if weighted else None, 20_000, task)
    return answer(task, find)


def with_igraph(task: Task) -> Answer:
    """igraph's `community_leiden`."""
    import random

    import igraph

    def find(src: Array, dst: Array, weight: Array | None, n: int, task: Task) -> Any:
        igraph.set_random_number_generator(random.Random(task["seed"]))
        graph = igraph.Graph(n=n, edges=np.column_stack((src, dst)))
        return graph.community_leiden(
            objective_function=task["objective"],
            weights=weight,
            resolution=task["resolution"],
            n_iterations=task["n_iterations"],
        ).membership

    return answer(task, find)


def with_leidenalg(task: Task) -> Answer:
    """leidenalg, two iterations, its default."""
    import igraph
    import leidenalg

    def find(src: Array, dst: Array, weight: Array | None, n: int, task: Task) -> Any:
        graph = igraph.Graph(n=n, edges=np.column_stack((src, dst)))
        return leidenalg.find_partition(
            graph, leidenalg.ModularityVertexPartition, weights=weight, seed=task["seed"]
        ).membership

    return answer(task, find)


def _networkit(task: Task, make: Callable[[Any, Any], Any]) -> Answer:
    import networkit

    networkit.setNumberOfThreads(task["threads"])
    networkit.setSeed(task["seed"], False)

    def find(src: Array, dst: Array, weight: Array | None, n: int, task: Task) -> Any:
        ends = src.astype(np.uint64), dst.astype(np.uint64)
        data = ends if weight is None else (weight, ends)
        graph = networkit.GraphFromCoo(data, n=n, weighted=weight is not None)
        algorithm = make(networkit, graph)
        algorithm.run()
        return algorithm.getPartition().getVector()

    return answer(task, find)


def with_networkit_plm(task: Task) -> Answer:
    """NetworKit's parallel Louvain."""
    return _networkit(task, lambda networkit, graph: networkit.community.PLM(graph))


def with_networkit_leiden(task: Task) -> Answer:
    """NetworKit's parallel Leiden, its default of three iterations."""
    return _networkit(task, lambda networkit, graph: networkit.community.ParallelLeiden(graph))


def with_graspologic(task: Task) -> Answer:
    """graspologic-native's Leiden, which takes edges as tuples of texts."""
    import graspologic_native

    def find(src: Array, dst: Array, weight: Array | None, n: int, task: Task) -> Any:
        weights = np.ones(len(src)) if weight is None else weight
        edges = list(zip(map(str, src), map(str, dst), weights.tolist(), strict=True))
        _, found = graspologic_native.leiden(
            edges=edges, iterations=task["n_iterations"], seed=task["seed"], use_modularity=True,
            resolution=1.0, randomness=0.001, starting_communities=None,
            trials=1,
        )  # fmt: skip
        membership = np.full(n, -1)
        membership[[int(node) for node in found]] = list(found.values())
        lonely = membership < 0
        membership[lonely] = membership.max() + 1 + np.arange(np.count_nonzero(lonely))
        return membership

    return answer(task, find)


def with_sknetwork(task: Task) -> Answer:
    """scikit-network's Leiden."""
    from scipy import sparse
    from sknetwork.clustering import Leiden

    def find(src: Array, dst: Array, weight: Array | None, n: int, task: Task) -> Any:
        w = np.ones(len(src)) if weight is None else weight
        half = sparse.coo_matrix((w, (src, dst)), (n, n)).tocsr()
        algorithm = Leiden(random_state=task["seed"])
        try:
            return algorithm.fit_predict(half + half.T)
        except ValueError as error:  # its kernels may not take this platform's integers
            raise NotRun(f"scikit-network: {error}") from error

    return answer(task, find)


def with_networkx(task: Task) -> Answer:
    """networkx's Louvain."""
    import networkx

    def find(src: Array, dst: Array, weight: Array | None, n: int, task: Task) -> Any:
        graph: Any = networkx.Graph()
        graph.add_nodes_from(range(n))
        weights = np.ones(len(src)) if weight is None else weight
        rows = zip(src.tolist(), dst.tolist(), weights.tolist(), strict=True)
        graph.add_weighted_edges_from(rows)
        found = networkx.community.louvain_communities(graph, seed=task["seed"])
        membership = np.empty(n, np.int64)
        for label, members in enumerate(found):
            membership[list(members)] = label
        return membership

    return answer(task, find)
