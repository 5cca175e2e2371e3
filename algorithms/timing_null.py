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

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms import occasion_kernels
from cib.algorithms import timing_kernels as kernels
from cib.algorithms.fdr import Method, log10_chance_count, log10_q_values
from cib.graphs.coaction import windows_of
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
        The pairs with `observed` and `expected` (of the statistic that decided), `statistic`
        ("tokens" or "occasions"), `log10_p`, `q_value` and `significant` (q_value <= q).

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
    tested = pair_evidence(events, pairs, window=window, threads=threads)
    n_tests = count_sharing(events, min_tokens=min_tokens, threads=threads).n_pairs
    count = log10_chance_count(
        tested["log10_p"].to_numpy(), stratum(tested["n_shared"].to_numpy()), n_tests
    )
    q_value = 10 ** log10_q_values(count, float(n_tests.sum()), method)
    return tested.append_column("q_value", pa.array(q_value)).append_column(
        "significant", pa.array(q_value <= q)
    )


STATISTICS = ("tokens", "occasions")

Tails = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Per pair: observed, expected, log10 of the p-value."""


def pair_evidence(
    events: Events, pairs: pa.Table, *, window: int, threads: int | None = None
) -> pa.Table:
    """Add `observed`, `expected`, `statistic` and `log10_p` to co-acting pairs.

    Parameters
    ----------
    events : the rows of the layer
    pairs : as `cib.graphs.coaction` returns them
    window : same unit as the times of `events`
    """
    a, b, n_tokens = (pairs[name].to_numpy() for name in ("a", "b", "n_tokens"))
    if len(a) and max(a.max(), b.max()) >= events.n_accounts:
        raise ValueError("pairs names an account code that the rows do not have.")
    by_tokens = token_evidence(events, a, b, n_tokens, window, threads)
    *by_occasions, repeats = occasion_evidence(events, a, b, window, threads)
    tails = [by_tokens, *by_occasions]
    # what each statistic pays for being one of several; infinite where it takes no part
    price = np.log10(np.where(repeats, [[2.0], [4.0], [4.0]], [[1.0], [np.inf], [np.inf]]))
    priced = np.stack([log10_p for _, _, log10_p in tails]) + price
    best = priced.argmin(axis=0)
    choose = (best, np.arange(len(a)))
    observed, expected = (np.stack([tail[i] for tail in tails])[choose] for i in (0, 1))
    names = pa.array(STATISTICS).take(pa.array(np.minimum(best, 1)))
    return (
        pairs.append_column("observed", pa.array(observed.astype(np.int64)))
        .append_column("expected", pa.array(expected))
        .append_column("statistic", names)
        .append_column("log10_p", pa.array(np.minimum(priced[choose], 0.0)))
    )


def token_evidence(
    events: Events,
    a: npt.NDArray[np.int32],
    b: npt.NDArray[np.int32],
    n_tokens: npt.NDArray[np.int32],
    window: int,
    threads: int | None,
) -> Tails:
    """Test the number of tokens co-acted on."""
    lists = (events.list_start, events.list_token, events.list_entry)
    close, total = kernels.token_pairs(
        events.ts, events.token_start, events.by_account, *lists[1:], window
    )
    expected, log10_p = np.empty(len(a)), np.empty(len(a))

    def test(low: int, high: int) -> None:
        part = slice(low, high)
        kernels.pair_tails(
            events.ts,
            events.by_account,
            *lists,
            close,
            total,
            np.uint64(window),
            a[part],
            b[part],
            n_tokens[part],
            expected[part],
            log10_p[part],
        )

    over_pairs(test, events, a, b, threads)
    return n_tokens.astype(np.int64), expected, log10_p


def occasion_evidence(
    events: Events,
    a: npt.NDArray[np.int32],
    b: npt.NDArray[np.int32],
    window: int,
    threads: int | None,
) -> tuple[Tails, Tails, npt.NDArray[np.bool_]]:
    """Test the occasions of a that b joined and the other way round; and whether they repeat."""
    first, last = windows_of(events, window)
    occasions = occasion_kernels.find_occasions(events.by_account, events.list_entry, first, last)
    repeats = np.empty(len(a), np.bool_)

    def joined(host: npt.NDArray[np.int32], guest: npt.NDArray[np.int32]) -> Tails:
        observed = np.empty(len(a), np.int64)
        expected, log10_p = np.empty(len(a)), np.empty(len(a))

        def test(low: int, high: int) -> None:
            part = slice(low, high)
            occasion_kernels.joined_tails(
                events.token_start,
                events.by_account,
                events.list_start,
                events.list_token,
                events.list_entry,
                *occasions,
                host[part],
                guest[part],
                observed[part],
                expected[part],
                log10_p[part],
                repeats[part],
            )

        over_pairs(test, events, a, b, threads)
        return observed, expected, log10_p

    return joined(a, b), joined(b, a), repeats


def over_pairs(
    test: Callable[[int, int], None],
    events: Events,
    a: npt.NDArray[np.int32],
    b: npt.NDArray[np.int32],
    threads: int | None,
) -> None:
    """Run a test over ranges of pairs, cut so that each has about the same number of tokens."""
    degree = np.diff(events.list_start)
    work = np.concatenate(([0], np.cumsum(degree[a] + degree[b])))
    map_ordered(test, even_cuts(work, 4 * n_threads(threads)), threads)
