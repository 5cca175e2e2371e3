"""Evidence: the significant edges of a scan, over all layers and windows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.algorithms.fdr import Method, harmonic, log10_q_values
from cib.algorithms.infrastructure import NO_WINDOW, STATISTIC, measure_sharing
from cib.algorithms.pair_tests import PairTests, Tested, TokenPairs
from cib.algorithms.shortlist import STATISTICS, Shortlist
from cib.graphs.candidates import Candidates
from cib.graphs.layers.layer import Layer, UntimedLayer
from cib.graphs.sharing import Sharing, count_sharing

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
    if not layers and not untimed:
        return Evidence(EDGE_SCHEMA.empty_table(), [], 0.0)
    sharing = [count_sharing(x.events, min_tokens=min_tokens, threads=threads) for x in layers]
    shared = [measure_sharing(one, q=q) for one in untimed]
    sharing += [counted for counted, _ in shared]
    widths = tuple(sorted(set(window)))
    shortlist = Shortlist(sharing, range(len(widths)), q)
    for i, (_, pairs) in enumerate(shared, len(layers)):
        shortlist.add_untimed(i, pairs)
    # the largest layer last: how many tests are still to come is then known best where it matters
    for i in sorted(range(len(layers)), key=lambda i: float(sharing[i].n_pairs.sum())):
        if progress is not None:
            progress(layers[i].name)
        for tested in measure_pairs(
            layers[i],
            window=widths,
            min_tokens=min_tokens,
            threads=threads,
            expect=lambda n, i=i: shortlist.expect(i, n),  # type: ignore[misc]
            limit=lambda i=i: shortlist.limit(i),  # type: ignore[misc]
        ):
            shortlist.add(i, tested)
        layers[i].release_events()
    names = [layer.name for layer in layers] + [layer.name for layer in untimed]
    return select_edges(names, sharing, shortlist, window=widths, q=q, method=method)


def measure_pairs(
    layer: Layer,
    *,
    window: Sequence[int],
    min_tokens: int = 2,
    threads: int | None = None,
    expect: Callable[[int], None] | None = None,
    by_occasions: bool = True,
    limit: Callable[[], npt.NDArray[np.float64]] | None = None,
) -> Iterator[Tested]:
    """Test the candidates of a layer at every window, part by part.

    Parameters
    ----------
    expect : called with the number of candidates once they are found
    by_occasions : whether pairs that repeat something are tested by occasions, too
    limit : gives, for the next part, what `PairTests.test` takes
    """
    events = layer.events
    candidates = Candidates.find(
        events, window=window, min_tokens=min_tokens, threads=threads, scratch=layer.scratch
    )
    if expect is not None:
        expect(len(candidates))
    if len(candidates):
        rates = TokenPairs.count(events, candidates.window, threads)
        for histories, parts in candidates.by_histories(occasions=by_occasions):
            tests = PairTests.of(histories, rates, threads)
            for a, b in parts:
                yield tests.test(a, b, min_tokens, None if limit is None else limit())
            del tests, histories, parts
    candidates.release()


def select_edges(
    names: Sequence[str],
    sharing: Sequence[Sharing],
    shortlist: Shortlist,
    *,
    window: Sequence[int],
    q: float,
    method: Method = "bh",
) -> Evidence:
    """Keep the pairs that are significant over all layers and windows tested.

    Parameters
    ----------
    names, sharing : of each layer, the untimed ones last
    shortlist : of all tests made
    window : microseconds of the windows it chose from
    """
    n_tests = sum(float(layer.n_pairs.sum()) for layer in sharing)
    edges = EDGE_SCHEMA.empty_table()
    if columns := shortlist.columns():
        log10_q = log10_q_values(columns["log10_chance"], n_tests, method)
        kept = log10_q <= np.log10(q)
        columns = {name: values[kept] for name, values in columns.items()}
        log10_q = log10_q[kept]
        layer, statistic = columns.pop("layer"), columns.pop("statistic")
        edges = (
            pa.table(
                {
                    **columns,
                    "layer": pa.array(names, pa.string()).take(pa.array(layer)),
                    "statistic": pa.array(STATISTICS).take(pa.array(statistic)),
                    "q_value": 10**log10_q,
                    "weight": np.clip(-log10_q, 1e-3, MAX_WEIGHT),
                }
            )
            .select(EDGE_SCHEMA.names)
            .sort_by([("a", "ascending"), ("b", "ascending"), ("layer", "ascending")])
            .cast(EDGE_SCHEMA)
        )
    tests = []
    for i, (name, counted) in enumerate(zip(names, sharing, strict=True)):
        if i in shortlist.n_untimed:
            found = {NO_WINDOW: shortlist.n_untimed[i]}
        else:
            found = dict(zip(window, shortlist.n_candidates[i].tolist(), strict=True))
        tests.append(with_discoveries(LayerTests(name, counted, found), edges))
    return Evidence(edges, tests, n_tests)


def null_names(edges: pa.Table) -> pa.Array:
    """(n_edges,) which null model each edge was tested under."""
    untimed = pc.equal(edges["statistic"], STATISTIC)
    return pc.if_else(untimed, UNTIMED_NULL_NAME, NULL_NAME).combine_chunks()


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
