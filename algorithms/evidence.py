"""Evidence: the significant edges of a scan, over all layers and windows at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.algorithms.fdr import Method, harmonic, log10_chance_count, log10_q_values
from cib.algorithms.infrastructure import NO_WINDOW, STATISTIC, measure_sharing
from cib.algorithms.timing_null import pair_evidence
from cib.graphs.coaction import coactions_of
from cib.graphs.layers.layer import Layer, UntimedLayer
from cib.graphs.sharing import N_STRATA, Sharing, count_sharing, stratum

NULL_NAME = "timing"
"""Written on every edge: which null model `expected` belongs to (docs/method.md)."""

UNTIMED_NULL_NAME = "household"
"""The same for edges of untimed layers."""

MAX_WEIGHT = 20.0
"""Decades of evidence beyond which more makes an edge no heavier: it is certain by then."""

EDGE_SCHEMA = pa.schema(
    {
        "a": pa.int32(),
        "b": pa.int32(),
        "layer": pa.string(),
        "window_us": pa.int64(),
        "statistic": pa.string(),
        "observed": pa.int64(),
        "expected": pa.float64(),
        "log10_p": pa.float64(),
        "log10_chance": pa.float64(),
        "q_value": pa.float64(),
        "weight": pa.float64(),
        "n_tokens": pa.int32(),
        "n_events": pa.int64(),
        "n_shared": pa.int32(),
    }
)


@dataclass(frozen=True, slots=True)
class LayerTests:
    """What was tested in one layer: the record behind the error rate."""

    layer: str
    sharing: Sharing
    """Testable pairs by how many tokens they share."""
    n_candidates: dict[int, int]
    """Pairs that co-acted on enough tokens, per window (microseconds)."""
    n_discoveries: int = 0
    min_shared_of_discoveries: int | None = None
    """Fewest tokens that a discovered pair shares: how far down the evidence reaches."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Significant edges and the record of what was tested."""

    edges: pa.Table
    """EDGE_SCHEMA, sorted by (a, b, layer); `log10_chance` is the log of the number of edges as
    strong as this one or stronger that chance alone would yield in the whole scan."""
    tests: list[LayerTests]
    total_tests: float
    """Pairs that could have been tested, over all layers."""


def find_evidence(
    layers: Sequence[Layer],
    *,
    window: Sequence[int],
    q: float,
    min_tokens: int = 2,
    method: Method = "bh",
    threads: int | None = None,
    untimed: Sequence[UntimedLayer] = (),
    progress: Callable[[str], None] | None = None,
) -> Evidence:
    """Test every pair of accounts in every layer at every window.

    A pair's p-value in a layer is its smallest over the windows times the number of windows
    (Bonferroni). The false discovery rate is then controlled over all pairs of all layers, in
    groups of the number of tokens shared, each with an equal share of the budget. Groups are
    formed without a look at the timing, so this is sound, and it takes the place of a fixed
    minimum of shared tokens: where few tokens cannot prove anything, they cost little.

    Parameters
    ----------
    layers : the layers of a log
    window : microseconds, one or more
    q : false discovery rate among the edges returned
    min_tokens : pairs must co-act on this many distinct tokens within a window
    method : "bh" or "by"
    untimed : layers of what accounts run on, tested under the household null instead
    progress : called with the name of each layer as it starts
    """
    tested = []
    for layer in layers:
        if progress is not None:
            progress(layer.name)
        sharing = count_sharing(layer.events, min_tokens=min_tokens, threads=threads)
        pairs = measure_pairs(layer, window=window, min_tokens=min_tokens, threads=threads)
        tested.append((layer.name, sharing, pairs))
    for one in untimed:
        if progress is not None:
            progress(one.name)
        sharing, found = measure_sharing(one, q=q)
        tested.append((one.name, sharing, {NO_WINDOW: found}))
    return select_edges(tested, q=q, method=method)


def measure_pairs(
    layer: Layer, *, window: Sequence[int], min_tokens: int = 2, threads: int | None = None
) -> dict[int, pa.Table]:
    """P-value of each candidate pair of a layer, per window (microseconds), ascending."""
    found, histories = coactions_of(
        layer.events,
        window=window,
        min_tokens=min_tokens,
        threads=threads,
        scratch=layer.scratch,
    )
    tested = pair_evidence(layer.events, histories, found, threads=threads)
    return {
        width: table.append_column("window_us", pa.array(np.full(len(table), width, np.int64)))
        for width, table in tested.items()
    }


def select_edges(
    tested: Sequence[tuple[str, Sharing, Mapping[int, pa.Table]]],
    *,
    q: float,
    method: Method = "bh",
) -> Evidence:
    """Keep the pairs that are significant over all layers and windows tested.

    Parameters
    ----------
    tested : per layer its name, its testable pairs and what `measure_pairs` returned; of untimed
        layers, what `measure_sharing` did, under the window `NO_WINDOW`
    """
    if not tested:
        return Evidence(EDGE_SCHEMA.empty_table(), [], 0.0)
    best = [with_strata(best_windows(tables)) for _, _, tables in tested]
    index = np.repeat(np.arange(len(best)), [len(table) for table in best])
    table = pa.concat_tables(best, promote_options="permissive")
    n_tests = np.concatenate([sharing.n_pairs for _, sharing, _ in tested])
    group = index * N_STRATA + table["stratum"].to_numpy()
    n_windows = np.array([len(tables) for _, _, tables in tested])[index]
    adjusted = np.minimum(table["log10_p"].to_numpy() + np.log10(n_windows), 0.0)
    chance = log10_chance_count(adjusted, group, n_tests)
    log10_q = log10_q_values(chance, float(n_tests.sum()), method)
    names = pa.array([name for name, _, _ in tested], pa.string())
    edges = (
        table.append_column("layer", names.take(pa.array(index)))
        .append_column("log10_chance", pa.array(chance))
        .append_column("q_value", pa.array(10**log10_q))
        .append_column("weight", pa.array(np.clip(-log10_q, 1e-3, MAX_WEIGHT)))
        .filter(pa.array(log10_q <= np.log10(q)))
        .select(EDGE_SCHEMA.names)
        .sort_by([("a", "ascending"), ("b", "ascending"), ("layer", "ascending")])
        .cast(EDGE_SCHEMA)
    )
    tests = [
        with_discoveries(
            LayerTests(name, sharing, {w: len(pairs) for w, pairs in tables.items()}), edges
        )
        for name, sharing, tables in tested
    ]
    return Evidence(edges, tests, float(n_tests.sum()))


def null_names(edges: pa.Table) -> pa.Array:
    """(n_edges,) which null model each edge was tested under."""
    untimed = pc.equal(edges["statistic"], STATISTIC)
    return pc.if_else(untimed, UNTIMED_NULL_NAME, NULL_NAME).combine_chunks()


def best_windows(tables: Mapping[int, pa.Table]) -> pa.Table:
    """Each candidate pair once, at the window where its p-value is smallest (ties: the shorter)."""
    table = pa.concat_tables(tables.values())
    a, b, log10_p, window = (table[name].to_numpy() for name in ("a", "b", "log10_p", "window_us"))
    order = np.lexsort((window, log10_p, b, a))
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(a[order]) != 0) | (np.diff(b[order]) != 0)
    return table.take(pa.array(order[first]))


def with_strata(table: pa.Table) -> pa.Table:
    """Add the group that each pair is tested in: by tokens shared, unless the test set its own."""
    if "stratum" in table.column_names:
        return table
    return table.append_column("stratum", pa.array(stratum(table["n_shared"].to_numpy())))


def with_discoveries(tests: LayerTests, edges: pa.Table) -> LayerTests:
    """Add to a layer's record what was found in it."""
    found = edges.filter(pc.equal(edges["layer"], tests.layer))
    return LayerTests(
        tests.layer,
        tests.sharing,
        tests.n_candidates,
        len(found),
        pc.min(found["n_shared"]).as_py(),
    )


def joint_log10_p(
    log10_chance: npt.NDArray[np.float64],
    group: npt.NDArray[np.integer],
    n_groups: int,
    total_tests: float,
) -> npt.NDArray[np.float64]:
    """P-value of sets of edges that were chosen after seeing them.

    With E_(k) the number of edges as strong as a set's k-th best that chance alone yields in the
    whole scan, the chance that there are k such edges at all is at most E_(k) / k (Markov), and
    the smallest of these over k, times 1 + 1/2 + … + 1/m, is a p-value (Hommel 1983). It needs
    no independence, and since the edges are among all that were tested, it stays valid however
    the set was picked.

    Parameters
    ----------
    log10_chance : (n,) from `Evidence.edges`
    group : (n,) the set that each edge belongs to
    n_groups : number of sets
    total_tests : from `Evidence`

    Returns
    -------
    (n_groups,) array
        log10 of the p-values, at most 0, and 0 for an empty set; they fall when an edge is added
        or grows stronger.
    """
    joint = np.zeros(n_groups)
    order = np.lexsort((log10_chance, group))
    group = group[order]
    start = np.searchsorted(group, group, side="left")
    scaled = log10_chance[order] - np.log10(np.arange(1, len(order) + 1) - start)
    np.minimum.at(joint, group, scaled + np.log10(harmonic(total_tests)))
    return joint
