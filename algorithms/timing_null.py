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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms import occasion_kernels
from cib.algorithms import timing_kernels as kernels
from cib.algorithms.fdr import Method, log10_chance_count, log10_q_values
from cib.graphs.events import Events
from cib.graphs.histories import Histories
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
    n_tokens = pairs["n_tokens"].to_numpy()
    if len(n_tokens) and n_tokens.min() < min_tokens:
        raise ValueError(
            f"pairs has a pair with {n_tokens.min()} co-actions, fewer than "
            f"min_tokens = {min_tokens}; give both calls the same min_tokens."
        )
    events = Events.from_arrays(account, token, ts, threads=threads)
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    if len(a) and max(a.max(), b.max()) >= events.n_accounts:
        raise ValueError("pairs names an account code that the rows do not have.")
    histories = Histories.of_pairs(events, a, b, threads=threads)
    tested = pair_evidence(events, histories, {window: pairs}, threads=threads)[window]
    n_tests = count_sharing(events, min_tokens=min_tokens, threads=threads).n_pairs
    count = log10_chance_count(
        tested["log10_p"].to_numpy(), stratum(tested["n_shared"].to_numpy()), n_tests
    )
    q_value = 10 ** log10_q_values(count, float(n_tests.sum()), method)
    return tested.append_column("q_value", pa.array(q_value)).append_column(
        "significant", pa.array(q_value <= q)
    )


STATISTICS = ("tokens", "occasions")


def pair_evidence(
    events: Events,
    histories: Histories,
    pairs: Mapping[int, pa.Table],
    *,
    threads: int | None = None,
) -> dict[int, pa.Table]:
    """Add `observed`, `expected`, `statistic` and `log10_p` to co-acting pairs.

    Parameters
    ----------
    events : the rows of the layer
    histories : those of every account in the pairs
    pairs : window to what `cib.graphs.coaction` returns for it

    Returns
    -------
    dict
        Window to the pairs with these columns.
    """
    widths = np.array([min(width, 2**64 - 2) for width in pairs], np.uint64)
    close, total = token_pairs(events, histories, widths, threads)
    return {
        window: _test(events, histories, table, widths[k], close[k], total, threads)
        for k, (window, table) in enumerate(pairs.items())
    }


def token_pairs(
    events: Events, histories: Histories, window: npt.NDArray[np.uint64], threads: int | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Event pairs by different accounts, for the tokens that two of the histories share.

    Returns
    -------
    close, total
        (n_windows, n_tokens) within each window and (n_tokens,) at any distance; 0 for the
        other tokens.
    """
    close = np.zeros((len(window), events.n_tokens), np.int64)
    total = np.zeros(events.n_tokens, np.int64)
    tokens = np.flatnonzero(np.bincount(histories.list_token) > 1)
    sizes = events.token_start[tokens + 1] - events.token_start[tokens]
    map_ordered(
        lambda low, high: kernels.token_pairs(
            events.account,
            events.ts,
            events.token_start,
            tokens[low:high],
            window,
            np.zeros(events.n_accounts, np.int32),
            close,
            total,
        ),
        even_cuts(np.concatenate(([0], np.cumsum(sizes))), 2 * n_threads(threads)),
        threads,
    )
    return close, total


def _test(
    events: Events,
    histories: Histories,
    pairs: pa.Table,
    window: np.uint64,
    close: npt.NDArray[np.int64],
    total: npt.NDArray[np.int64],
    threads: int | None,
) -> pa.Table:
    """Test pairs at one window by both statistics."""
    a, b = (histories.index[pairs[name].to_numpy()] for name in ("a", "b"))
    n_tokens = pairs["n_tokens"].to_numpy()
    lists = (histories.list_start, histories.list_token, histories.list_entry)
    observed, expected = n_tokens.astype(np.int64), np.empty(len(a))
    log10_p, repeats = np.empty(len(a)), np.empty(len(a), np.bool_)

    def by_tokens(low: int, high: int) -> None:
        part = slice(low, high)
        kernels.pair_tails(
            histories.ts,
            *lists,
            close,
            total,
            window,
            a[part],
            b[part],
            n_tokens[part],
            expected[part],
            log10_p[part],
        )
        occasion_kernels.repeating(*lists, a[part], b[part], repeats[part])

    histories.over_pairs(by_tokens, a, b, threads)
    occasions = np.zeros(len(a), np.bool_)
    again = np.flatnonzero(repeats)
    if len(again):
        log10_p[again] += np.log10(2.0)
        for joined in _by_occasions(events, histories, a[again], b[again], window, threads):
            better = joined.log10_p + np.log10(4.0) < log10_p[again]
            chosen = again[better]
            observed[chosen], expected[chosen] = joined.observed[better], joined.expected[better]
            log10_p[chosen] = joined.log10_p[better] + np.log10(4.0)
            occasions[chosen] = True
    names = pa.array(STATISTICS).take(pa.array(occasions.astype(np.int8)))
    return (
        pairs.append_column("observed", pa.array(observed))
        .append_column("expected", pa.array(expected))
        .append_column("statistic", names)
        .append_column("log10_p", pa.array(np.minimum(log10_p, 0.0)))
    )


@dataclass(frozen=True, slots=True)
class Tails:
    """Per pair: observed, expected, log10 of the p-value."""

    observed: npt.NDArray[np.int64]
    expected: npt.NDArray[np.float64]
    log10_p: npt.NDArray[np.float64]


def _by_occasions(
    events: Events,
    histories: Histories,
    a: npt.NDArray[np.int32],
    b: npt.NDArray[np.int32],
    window: np.uint64,
    threads: int | None,
) -> tuple[Tails, Tails]:
    """Test the occasions of a that b joined, and the other way round."""
    n_rows, n_lists = len(histories.row), len(histories.list_token)
    low, high = np.empty(n_rows, np.int64), np.empty(n_rows, np.int64)
    own, number = np.empty(n_rows, np.int32), np.empty(n_lists, np.int32)
    map_ordered(
        lambda begin, end: occasion_kernels.count_occasions(
            events.ts,
            events.token_start,
            histories.row,
            histories.list_token,
            histories.list_entry,
            window,
            begin,
            end,
            low,
            high,
            own,
            number,
        ),
        even_cuts(histories.list_entry, 4 * n_threads(threads)),
        threads,
    )

    def joined(host: npt.NDArray[np.int32], guest: npt.NDArray[np.int32]) -> Tails:
        tails = Tails(np.empty(len(a), np.int64), np.empty(len(a)), np.empty(len(a)))

        def test(begin: int, end: int) -> None:
            part = slice(begin, end)
            occasion_kernels.joined_tails(
                events.token_start,
                histories.row,
                histories.list_start,
                histories.list_token,
                histories.list_entry,
                low,
                high,
                own,
                number,
                host[part],
                guest[part],
                tails.observed[part],
                tails.expected[part],
                tails.log10_p[part],
            )

        histories.over_pairs(test, host, guest, threads)
        return tails

    return joined(a, b), joined(b, a)
