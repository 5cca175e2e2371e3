"""Communities of large graphs, from arrays of edges."""

from __future__ import annotations

from suites import Entry, Ratio, Suite, above

MODULE = "contenders.communities"
GRAPHS = {"lfr": "LFR-like", "cliques": "like a projection, weighted"}


def blocks(n: int) -> list[Entry]:
    """Sizes count edges here, about."""
    entries = []
    two = {"objective": "modularity", "resolution": 1.0, "n_iterations": 2, "seed": 0}
    cpm = {**two, "objective": "CPM", "resolution": 0.001}
    slow = above(n, 10_000_000, "minutes already there")
    very_slow = above(n, 1_000_000, "minutes already there")
    for log, data in GRAPHS.items():
        if n > 10_000_000 and log != "lfr":  # there it is how cost and memory grow that counts
            continue
        same = {"data": data, "log": log, "rows": n, "agrees": "none"}
        for name, function, task, not_run in (
            ("cib", "ours", two, ""),
            ("igraph Leiden", "with_igraph", two, slow),
            ("NetworKit PLM", "with_networkit_plm", two, slow),
            ("NetworKit ParallelLeiden", "with_networkit_leiden", two, slow),
            ("scikit-network Leiden", "with_sknetwork", two, slow),
            ("leidenalg", "with_leidenalg", two, very_slow),
            ("graspologic-native Leiden", "with_graspologic", two, very_slow),
            ("networkx Louvain", "with_networkx", two, very_slow),
        ):
            entries.append(Entry(name, f"{MODULE}:{function}", task=task, not_run=not_run, **same))
        if n > 10_000_000:
            continue
        same["data"] = f"{data}, CPM"
        for name, function, not_run in (
            ("cib", "ours", ""),
            ("igraph Leiden", "with_igraph", slow),
        ):
            entries.append(Entry(name, f"{MODULE}:{function}", task=cpm, not_run=not_run, **same))
    return entries


SUITE = Suite(
    "communities",
    "Communities: from edges to communities",
    "Rows are edges here, in random order; building the graph counts. Two iterations of every "
    "Leiden that lets one choose; two threads where there are threads. Quality, NMI and ARI to the "
    "planted communities are computed alike for all, from the first run. × CSR is what a contender "
    "holds at most beside the arrays of edges, its graph included, as a multiple of the graph's "
    "rows: 4 bytes for each end of an edge, 12 with weights, and 8 for each node. Above 10M only "
    "the LFR-like graph, to see how cost and memory grow.",
    blocks,
    (Ratio("× cib", contender="cib"),),
    answers="communities",
    scripts=False,
)
