"""CooRTweet's rule: take part often enough, then keep edges above a percentile of all weights.

Righetti, N. and Balluff, P. (2025), CooRTweet: a generalized R software for coordinated network
detection, Computational Communication Research 7(1); package version 2.1.3. Theirs, and followed
here:

- `detect_groups`: posts of different accounts on one object at most `time_window` apart co-act
  (default 10 s, boundary included). Accounts with fewer than `min_participation` posts (default
  2) go first; of those left, accounts with as many co-acting posts qualify, and a pair of posts
  stays when *either* of its accounts does.
- `generate_coordinated_network`: an edge's weight is its number of pairs of posts, so five shares
  beside one count five. The threshold is a quantile of all weights (`edge_weight`, default 0.5;
  0.99 is what their documentation suggests to be strict; R's type 7, which interpolates), and an
  edge must be *above* it, not at it: where all edges weigh the same, none is left.

A row of the log is a post. Ours: an account scores by its strongest edge before the threshold, as
sweeping the percentile would flag it; clusters are the components of what is above.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from baselines.findings import Findings, components, strongest
from baselines.inputs import objects
from cib.algorithms.clusters_kernels import nearest_gap
from cib.datasets import InteractionLog
from cib.graphs import coaction

Array = npt.NDArray[Any]


def run(
    log: InteractionLog,
    *,
    window: int,
    min_participation: int,
    edge_weight: float,
    threads: int | None = None,
) -> Findings:
    """Apply the rule; `window` in microseconds, `edge_weight` a share from 0 to 1."""
    pairs = network(
        log.account,
        objects(log),
        log.ts,
        window=window,
        min_participation=min_participation,
        threads=threads,
    )
    a, b, weight = (pairs[name].to_numpy() for name in ("a", "b", "weight"))
    above = exceeding(weight, edge_weight)
    found = components(a[above], b[above], weight[above], log.n_accounts)
    return Findings(strongest(a, b, weight, log.n_accounts), found)


def network(
    account: Array,
    obj: Array,
    ts: Array,
    *,
    window: int,
    min_participation: int,
    post: Array | None = None,
    threads: int | None = None,
) -> pa.Table:
    """All edges before any threshold.

    Parameters
    ----------
    account, obj, ts : (n_rows,) integers
    window : in the unit of `ts`
    post : (n_rows,) integers, where posts have several rows, one for each of their objects; a post
        that co-acts on one of them counts with all its rows. Each row is a post when None

    Returns
    -------
    pyarrow.Table
        `a`, `b` (a < b) and `weight`, pairs of posts.
    """
    often = np.bincount(account)[account] >= min_participation
    account, obj, ts = account[often], obj[often], ts[often].astype(np.int64)
    coacting = _coacting(account, obj, ts, window)
    if post is not None:
        coacting = np.isin(post[often], post[often][coacting])
    n_accounts = int(account.max()) + 1 if len(account) else 0
    qualified = np.bincount(account[coacting], minlength=n_accounts) >= min_participation
    pairs = coaction(account, obj, ts, window=window, min_tokens=1, threads=threads)
    a, b = (pairs[name].to_numpy() for name in ("a", "b"))
    kept = pairs.select(["a", "b", "n_events"]).filter(pa.array(qualified[a] | qualified[b]))
    return kept.rename_columns(["a", "b", "weight"])


def _coacting(account: Array, obj: Array, ts: Array, window: int) -> Array:
    """(n_rows,) whether another account acted on the object within the window."""
    order = np.lexsort((ts, obj))
    gap = nearest_gap(np.zeros(len(ts), np.int8), obj[order], ts[order], account[order])
    out = np.empty(len(ts), np.bool_)
    out[order] = (gap >= 0) & (gap <= window)
    return out


def exceeding(weight: Array, edge_weight: float) -> Array:
    """(n_edges,) whether edges are above the quantile of all weights."""
    if not len(weight):
        return np.zeros(0, np.bool_)
    return np.asarray(weight > np.quantile(weight, edge_weight))
