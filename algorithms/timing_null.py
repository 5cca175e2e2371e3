"""Timing null: whether two accounts, given what they touched, are in step beyond chance.

The null hypothesis: on each token, who acted at which of the token's times is random. It keeps
each token's own history (bursts, rhythm, a coarse clock) and each account's choice of tokens, and
takes away coordination. Two statistics are tested under it:

- **tokens**: on how many shared tokens did the two co-act at all? With k_ao and k_bo actions on
  token o they do with probability at most k_ao k_bo P_o, where P_o is the share of o's event
  pairs by different accounts that lie within the window, the tested pair left out save for one
  event pair (`timing_kernels.pair_tails`).
- **occasions**: of all the moments at which one account acted on a shared token, at how many was
  the other there too? Given the one's own times, each of the other's actions falls on any of the
  token's other rows alike, so the chance of each is hypergeometric (`occasion_kernels`). This is
  what finds accounts that loop the same content in lockstep: they meet on every token sooner or
  later by chance, but not at every moment. Taken both ways round.

Either statistic is a sum of independent trials (occasions on one token exclude each other, if
anything), so its law is Poisson-binomial. Its tail is computed exactly, or bounded from above where
that changes nothing (see `poisson_binomial_kernels.log10_tail`). A pair that repeats nothing is
tested by tokens; one that does gets the smallest of p(tokens) × 2 and p(occasions) × 4 each way
(Bonferroni). Which of the two applies depends on who touched what, never on when.

Why not Poisson: its upper tail is a bound only from mean + 1 on (Hoeffding 1956; Anderson &
Samuels 1967); below that it is too small, and where the chances are not small (few tokens, most
of them busy) it is too large by orders of magnitude and costs most of the power.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from cib.algorithms.fdr import Method, log10_chance_count, log10_q_values
from cib.algorithms.pair_tests import STATISTICS, PairTests, TokenPairs
from cib.graphs.coaction import find_pairs
from cib.graphs.codes import Codes
from cib.graphs.events import Events
from cib.graphs.histories import Histories
from cib.graphs.sharing import count_sharing, stratum


def timing_null(
    account: Any,
    token: Any,
    ts: Any,
    *,
    window: int,
    q: float = 0.05,
    min_tokens: int = 2,
    method: Method = "bh",
    threads: int | None = None,
) -> pa.Table:
    """Find all pairs that `cib.graphs.coaction` finds, and test each against the timing null.

    Parameters
    ----------
    account, token, ts, window : as for `cib.graphs.coaction`
    q : false discovery rate at which a pair is called significant, between 0 and 1
    min_tokens : as for `cib.graphs.coaction`; tests are counted over all pairs that share this
        many tokens, whether they ever met within the window or not
    method : "bh" or "by"
    threads : None for all cores; the result is the same for any number

    Returns
    -------
    pyarrow.Table
        What `cib.graphs.coaction` returns, with `observed` and `expected` (of the statistic that
        decided), `statistic` ("tokens" or "occasions"), `log10_p`, `q_value` and `significant`
        (q_value <= q).

    Raises
    ------
    ValueError
        q outside (0, 1), and as `cib.graphs.coaction`.
    """
    if not 0 < q < 1:
        raise ValueError(f"q must be between 0 and 1, not {q}.")
    accounts = Codes.of("account", account, threads).dense()
    tokens = Codes.of("token", token, threads).dense()
    events = Events.from_arrays(accounts, tokens, ts, threads=threads)
    a, b = find_pairs(events, window=window, min_tokens=min_tokens, threads=threads)
    histories = Histories.of_pairs(events, a, b, window=[window], threads=threads)
    rates = TokenPairs.count(events, (window,), threads)
    tested = PairTests.of(histories, rates, threads).test(a, b, min_tokens)
    n_tests = count_sharing(events, min_tokens=min_tokens, threads=threads).n_pairs
    count = log10_chance_count(tested.log10_p[0], stratum(tested.pairs.n_shared), n_tests)
    q_value = 10 ** log10_q_values(count, float(n_tests.sum()), method)
    return tested.pairs.table(
        0,
        accounts,
        observed=tested.observed[0],
        expected=tested.expected[0],
        statistic=np.array(STATISTICS)[tested.by_occasions[0].astype(np.int8)],
        log10_p=tested.log10_p[0],
        q_value=q_value,
        significant=q_value <= q,
    )
