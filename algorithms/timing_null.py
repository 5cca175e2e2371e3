"""Timing null: given what two accounts touched, are they in step more often than chance allows?

The null hypothesis: on each token, who acted at which of the token's times is random. It keeps
each token's own history (bursts, rhythm, a coarse clock) and each account's choice of tokens, and
takes away coordination. Under it, accounts a and b with k_ao and k_bo actions on token o co-act
there with probability at most k_ao k_bo P_o, where P_o is the share of o's event pairs by
different accounts that lie within the window. The number of tokens co-acted on is a sum of
independent trials, one per shared token: its law is Poisson-binomial, and its tail is computed
exactly.

Why not Poisson: its upper tail is a bound only from mean + 1 on (Hoeffding 1956; Anderson &
Samuels 1967); below that it is too small, and where the chances are not small (few tokens, most
of them busy) it is too large by orders of magnitude and costs most of the power.

P_o leaves the tested pair out, save for one event pair (see `timing_kernels.pair_tails`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms import timing_kernels as kernels
from cib.algorithms.fdr import Method, log10_chance_count, log10_q_values
from cib.graphs.events import Events
from cib.graphs.sharing import count_sharing, stratum
from cib.graphs.threads import even_cuts, map_ordered, n_threads


def timing_null(
    account: Any,
    token: Any,
    ts: Any,
    pairs: pa.Table,
    *,
    window: int,
    q: float = 0.05,
    min_tokens: int = 2,
    method: Method = "bh",
    threads: int | None = None,
) -> pa.Table:
    """Test each co-acting pair against the timing null.

    Parameters
    ----------
    account, token, ts, window : as given to `cib.graphs.coaction`
    pairs : what `cib.graphs.coaction` returned for them
    q : false discovery rate at which a pair is called significant, between 0 and 1
    min_tokens : as given to `cib.graphs.coaction`; tests are counted over all pairs that share
        this many tokens, whether they ever met within the window or not
    method : "bh" or "by"
    threads : None for all cores; the result is the same for any number

    Returns
    -------
    pyarrow.Table
        The pairs with `expected` (co-actions under the null), `log10_p`, `q_value` and
        `significant` (q_value <= q).

    Raises
    ------
    ValueError
        q outside (0, 1), or pairs that do not belong to these rows.
    """
    if not 0 < q < 1:
        raise ValueError(f"q must be between 0 and 1, not {q}.")
    events = Events.from_arrays(account, token, ts)
    n_tokens = pairs["n_tokens"].to_numpy()
    if len(n_tokens) and n_tokens.min() < min_tokens:
        raise ValueError(
            f"pairs has a pair with {n_tokens.min()} co-actions, fewer than "
            f"min_tokens = {min_tokens}; give both calls the same min_tokens."
        )
    expected, log10_p = pair_evidence(events, pairs, window=window, threads=threads)
    n_tests = count_sharing(events, min_tokens=min_tokens, threads=threads).n_pairs
    count = log10_chance_count(log10_p, stratum(pairs["n_shared"].to_numpy()), n_tests)
    q_value = 10 ** log10_q_values(count, float(n_tests.sum()), method)
    for name, values in {
        "expected": expected,
        "log10_p": log10_p,
        "q_value": q_value,
        "significant": q_value <= q,
    }.items():
        pairs = pairs.append_column(name, pa.array(values))
    return pairs


def pair_evidence(
    events: Events, pairs: pa.Table, *, window: int, threads: int | None = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Expected number of co-actions under the null and log10 p-value of each pair.

    Parameters
    ----------
    events : the rows of the layer
    pairs : `a`, `b`, `n_tokens` as `cib.graphs.coaction` returns them
    window : same unit as the times of `events`
    """
    a, b, observed = (pairs[name].to_numpy() for name in ("a", "b", "n_tokens"))
    if len(a) and max(a.max(), b.max()) >= events.n_accounts:
        raise ValueError("pairs names an account code that the rows do not have.")
    close, total = kernels.token_pairs(
        events.ts,
        events.token,
        events.token_start,
        events.by_account,
        events.account_start,
        window,
    )
    expected, log10_p = np.empty(len(a)), np.empty(len(a))
    degree = np.diff(events.account_start)
    work = np.concatenate(([0], np.cumsum(degree[a] + degree[b])))

    def test(low: int, high: int) -> None:
        part = slice(low, high)
        kernels.pair_tails(
            events.ts,
            events.token,
            events.by_account,
            events.account_start,
            close,
            total,
            np.uint64(window),
            a[part],
            b[part],
            observed[part],
            expected[part],
            log10_p[part],
        )

    map_ordered(test, even_cuts(work, 4 * n_threads(threads)), threads)
    return expected, log10_p
