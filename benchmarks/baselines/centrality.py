"""Similarity network and pruning of accounts by eigenvector centrality.

Luceri, L., Pantè, V., Burghardt, K. and Ferrara, E. (2024), Unmasking the web of deceit: uncovering
coordinated activity to expose information operations on Twitter, WWW. Theirs, from the paper's
abstract and the authors' published code (coordinatedActivity), and followed here:

- Objects that one account alone touched go first. An account is the vector of how often it touched
  each object, weighted by TF-IDF and scaled to length 1; scikit-learn's TF-IDF, whose idf is
  log((1 + accounts) / (1 + accounts with the object)) + 1. Two accounts are joined by the cosine.
- One network for each kind of trace (here: each action of the log), all fused into one.
- Accounts below a percentile of eigenvector centrality are pruned. Their scripts try many, so
  the percentiles here are ours.

Different in `run`, so that 20,000 accounts with something in common do not need 200 million edges:

- Centrality is that of the weighted network, by products with the sparse vectors instead of
  edges: with X the matrix of vectors, adjacency is X·Xᵀ less its diagonal. Their code leaves the
  weights out, and centrality is then nearly the number of accounts one shares anything with.
- Where traces are fused the cosines add up; theirs takes the largest.

`run_filtered` drops edges of a low cosine before all that, which the paper has as the usual filter
that pruning is compared with; both together are ours, because pruning alone finds the middle of
honest taste. There, edges are known, so fusing takes the largest cosine as theirs does; vectors
say only whether an account touched an object (`cib.graphs.overlap` finds such pairs exactly).

The score of an account is its centrality. Clusters are the components of what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, eigsh

from baselines.findings import Cluster, Findings, groups
from cib.datasets import InteractionLog
from cib.graphs import overlap

Array = npt.NDArray[Any]

DENSE = 64
"""Networks of so few accounts are solved directly: Lanczos needs room for its vectors."""
NEGLIGIBLE = 1e-9
"""Centrality below this share of the largest is 0: accounts in other components, and rounding."""


def run(log: InteractionLog, *, percentile: float, threads: int | None = None) -> Findings:
    """Score by centrality and prune; `percentile` from 0 to 100."""
    traces = [vectors(*rows, log.n_accounts) for rows in _traces(log)]
    linked = np.sum([np.diff(trace.indptr) > 0 for trace in traces], axis=0)
    turned = [trace.T.tocsr() for trace in traces]

    def product(x: Array) -> Array:
        out = -linked.reshape(-1, *[1] * (x.ndim - 1)) * x
        for trace, back in zip(traces, turned, strict=True):
            out += trace @ (back @ x)
        return out

    score = centrality(product, linked > 0)
    codes = kept(score, linked > 0, percentile)
    # accounts share an object exactly when two steps join them in the graph of accounts and
    # objects: it has the same components as the network, and far fewer edges
    touches = sparse.hstack([trace[codes] for trace in traces], format="csr")
    both = sparse.block_array([[None, touches], [touches.T, None]], format="csr")
    return _findings(score, codes, both)


def run_filtered(
    log: InteractionLog, *, min_cosine: float, percentile: float, threads: int | None = None
) -> Findings:
    """The same on the network of edges with at least this cosine."""
    shape = (log.n_accounts, log.n_accounts)
    network = sparse.csr_array(shape, dtype=np.float64)
    for account, content in _traces(log):
        account, content, weight = weighted(account, content)
        pairs = overlap(account, content, weights=weight, threshold=min_cosine, threads=threads)
        a, b, cosine = (pairs[name].to_numpy() for name in ("a", "b", "similarity"))
        network = network.maximum(sparse.coo_array((cosine, (a, b)), shape=shape).tocsr())
    network = network + network.T
    linked = np.diff(network.indptr) > 0
    score = centrality(lambda x: network @ x, linked)
    codes = kept(score, linked, percentile)
    return _findings(score, codes, network[codes][:, codes])


def _traces(log: InteractionLog) -> list[tuple[Array, Array]]:
    """Account and content of the rows of each action."""
    if len(log.action_names) == 1:
        return [(log.account, log.content)]
    rows = [log.action == code for code in range(len(log.action_names))]
    return [(log.account[mine], log.content[mine]) for mine in rows]


def weighted(account: Array, content: Array) -> tuple[Array, Array, Array]:
    """The rows whose content two accounts or more touched, and the idf of each content code."""
    n_contents = int(content.max()) + 1 if len(content) else 0
    touched = np.unique(account.astype(np.int64) * n_contents + content) % max(1, n_contents)
    n_with = np.bincount(touched, minlength=n_contents)
    shared = n_with[content] > 1
    account, content = account[shared], content[shared]
    return account, content, np.log((1 + len(np.unique(account))) / (1 + n_with)) + 1


def vectors(account: Array, content: Array, n_accounts: int) -> sparse.csr_array:
    """(n_accounts, n_contents) vectors of length 1; all 0 for accounts that share nothing."""
    account, content, idf = weighted(account, content)
    ones, shape = np.ones(len(account)), (n_accounts, len(idf))
    out = sparse.coo_array((ones, (account, content)), shape=shape).tocsr()
    out.data *= idf[out.indices]
    row = np.repeat(np.arange(n_accounts), np.diff(out.indptr))
    out.data /= np.sqrt(np.bincount(row, out.data**2, minlength=n_accounts))[row]
    return out


def centrality(product: Callable[[Array], Array], linked: Array) -> Array:
    """(n_accounts,) leading eigenvector of a network, of length 1; 0 outside its component.

    Parameters
    ----------
    product : multiplies the adjacency matrix by (n_accounts,) or (n_accounts, k) numbers
    linked : (n_accounts,) whether an account has edges
    """
    n = len(linked)
    if not linked.any():
        return np.zeros(n)
    if n <= DENSE:
        found = np.linalg.eigh(product(np.eye(n)))[1]
        leading = found[:, -1]
    else:
        operator = LinearOperator((n, n), matvec=product, dtype=np.float64)
        start = linked.astype(
            np.float64
        )  # the same every time, never at right angles to the answer
        leading = eigsh(operator, k=1, which="LA", v0=start, tol=1e-10)[1][:, 0]
    size = np.abs(leading)  # it has one sign but for rounding (Perron and Frobenius)
    return np.where(size > NEGLIGIBLE * size.max(), size, 0.0)


def kept(score: Array, linked: Array, percentile: float) -> Array:
    """Codes of the accounts of the network at or above the percentile of its scores."""
    if not linked.any():
        return np.empty(0, np.int64)
    return np.flatnonzero(linked & (score >= np.percentile(score[linked], percentile)))


def _findings(score: Array, codes: Array, graph: Any) -> Findings:
    """Components of the accounts that are kept, scored by their centrality added up.

    `graph` has them as its first nodes.
    """
    if not len(codes):
        return Findings(score)
    label = connected_components(graph, directed=False)[1][: len(codes)]
    parts: Sequence[Array] = [codes[group] for group in groups(label)]
    return Findings(score, [Cluster(part, float(score[part].sum())) for part in parts])
