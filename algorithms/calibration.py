"""Calibration: whether the error rate holds on this very log once coordination is destroyed.

Permuting the accounts within each token keeps what every token looked like through time and who
touched it, and destroys who acted together. Whatever is found afterwards is false. The plain rule
("at least two co-actions within the window", what most tools flag) is counted beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import bdtrc

from cib.algorithms.evidence import measure_pairs, select_edges
from cib.algorithms.fdr import Method
from cib.algorithms.shortlist import Shortlist
from cib.datasets.durations import format_duration
from cib.graphs.events import Events
from cib.graphs.layers.layer import Layer
from cib.graphs.sharing import count_sharing

SURPRISING = 0.05
"""Probability below which too many permuted logs with a discovery are no accident."""


def permuted_accounts(events: Events, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """Account labels (token-major) permuted at random within each token."""
    order = np.lexsort((rng.random(events.n_rows), token_of_rows(events)))
    return events.account[order]


def token_of_rows(events: Events) -> npt.NDArray[np.int32]:
    """(n_rows,) token of each row."""
    return np.repeat(np.arange(events.n_tokens, dtype=np.int32), np.diff(events.token_start))


def permuted_layer(layer: Layer, rng: np.random.Generator) -> Layer:
    """Return a layer with the accounts permuted within each token; everything else is kept."""
    events = layer.events
    return replace(
        layer,
        account=permuted_accounts(events, rng),
        token=token_of_rows(events),
        ts=events.ts,
    )


def calibrate(
    layers: Sequence[Layer],
    *,
    window: Sequence[int],
    q: float,
    n_permutations: int = 20,
    min_tokens: int = 2,
    method: Method = "bh",
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> pa.Table:
    """Measure the false discoveries on permuted logs, per window and for all windows at once.

    Parameters
    ----------
    layers : the layers of a log
    window : microseconds, one or more
    q : false discovery rate asked for
    n_permutations : permuted logs to test
    seed : seed of the permutations

    Returns
    -------
    pyarrow.Table
        One row per window and, for several, one for "all":
        `window`; `edges`, `accounts`: found on the log as it is; `permuted_any`: share of
        permuted logs with any discovery, which is the false discovery rate there, since all of
        them are false; `permuted_edges`: mean discoveries on a permuted log; `chance_ratio`:
        permuted_edges over edges; `plain_edges`, `plain_accounts`: what the plain rule flags on
        the log; `plain_permuted_edges`, `plain_permuted_accounts`: what it still flags on a
        permuted one, on average; `plain_chance_ratio`: plain_permuted_accounts over
        plain_accounts; `permutations`, `q`; `holds`: whether so many permuted logs with any
        discovery could happen (one-sided binomial test at 5%) if the true rate were q.
    """
    sharing = [count_sharing(x.events, min_tokens=min_tokens, threads=threads) for x in layers]
    names = [layer.name for layer in layers]
    every = tuple(sorted(set(window)))
    sets: dict[str, tuple[int, ...]] = {format_duration(w): (w,) for w in every}
    if len(every) > 1:
        sets["all"] = every
    found: dict[str, list[tuple[int, int, int, int]]] = {name: [] for name in sets}
    rng = np.random.default_rng(seed)
    for permutation in range(n_permutations + 1):
        if progress is not None:
            progress(permutation, n_permutations + 1)
        # permutation 0 is the log as it is
        versions = [permuted_layer(x, rng) for x in layers] if permutation else list(layers)
        lists = {
            name: Shortlist(sharing, [every.index(width) for width in widths], q)
            for name, widths in sets.items()
        }
        plain: dict[str, list[npt.NDArray[np.int64]]] = {name: [] for name in sets}
        for i, version in enumerate(versions):
            for tested in measure_pairs(
                version, window=every, min_tokens=min_tokens, threads=threads
            ):
                pairs = (tested.pairs.a.astype(np.int64) << 32) | tested.pairs.b
                for name, shortlist in lists.items():
                    shortlist.add(i, tested)
                    # who met within a window did so within all wider ones
                    plain[name].append(pairs[tested.pairs.enough[shortlist.window[-1]]])
        for name, shortlist in lists.items():
            edges = select_edges(
                names, sharing, shortlist, window=sets[name], q=q, method=method
            ).edges
            a, b = (edges[end].to_numpy().astype(np.int64) for end in ("a", "b"))
            flagged = np.concatenate([np.empty(0, np.int64), *plain[name]])
            found[name].append((*size(a << 32 | b), *size(flagged)))
    if progress is not None:
        progress(n_permutations + 1, n_permutations + 1)
    return pa.Table.from_pylist([summary(name, rows, q) for name, rows in found.items()])


def size(pairs: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Number of distinct pairs (a << 32 | b) and of distinct accounts."""
    pairs = np.unique(pairs)
    return len(pairs), len(np.union1d(pairs >> 32, pairs & 0xFFFFFFFF))


def summary(name: str, rows: Sequence[tuple[int, int, int, int]], q: float) -> dict[str, object]:
    """One row of the calibration table from the log's own counts and those of its permutations."""
    edges, accounts, plain_edges, plain_accounts = rows[0]
    n_any = sum(found > 0 for found, *_ in rows[1:])
    permuted = np.array(rows[1:], dtype=np.float64).reshape(-1, 4)
    mean = permuted.mean(axis=0) if len(permuted) else np.full(4, np.nan)
    return {
        "window": name,
        "edges": edges,
        "accounts": accounts,
        "permuted_any": float((permuted[:, 0] > 0).mean()) if len(permuted) else None,
        "permuted_edges": float(mean[0]),
        "chance_ratio": float(mean[0]) / edges if edges else None,
        "plain_edges": plain_edges,
        "plain_accounts": plain_accounts,
        "plain_permuted_edges": float(mean[2]),
        "plain_permuted_accounts": float(mean[3]),
        "plain_chance_ratio": float(mean[3]) / plain_accounts if plain_accounts else None,
        "permutations": len(permuted),
        "q": q,
        "holds": bool(bdtrc(n_any - 1, len(permuted), q) >= SURPRISING),
    }
