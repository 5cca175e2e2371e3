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

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms import occasion_kernels
from cib.algorithms import timing_kernels as kernels
from cib.algorithms.fdr import Method, log10_chance_count, log10_q_values
from cib.graphs.coaction import Coactions
from cib.graphs.events import Events
from cib.graphs.histories import Histories, Matches
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
    counts = (pairs[name].to_numpy() for name in ("n_shared", "n_tokens", "n_events"))
    n_shared, *per_window = counts
    found = Coactions((window,), min_tokens, a, b, n_shared, *(x[np.newaxis] for x in per_window))
    histories = Histories.of_pairs(events, a, b, threads=threads)
    tested = pair_evidence(events, histories, found, threads=threads)[window]
    n_tests = count_sharing(events, min_tokens=min_tokens, threads=threads).n_pairs
    count = log10_chance_count(
        tested["log10_p"].to_numpy(), stratum(tested["n_shared"].to_numpy()), n_tests
    )
    q_value = 10 ** log10_q_values(count, float(n_tests.sum()), method)
    return tested.append_column("q_value", pa.array(q_value)).append_column(
        "significant", pa.array(q_value <= q)
    )


LOG10_2 = np.log10(2.0)


def pair_evidence(
    events: Events,
    histories: Histories,
    found: Coactions,
    *,
    statistics: Sequence[str] = ("tokens", "occasions"),
    threads: int | None = None,
) -> dict[int, pa.Table]:
    """Add `observed`, `expected`, `statistic` and `log10_p` to co-acting pairs.

    Parameters
    ----------
    events : the rows of the layer
    histories : those of every account in the pairs
    found : the pairs
    statistics : what to test by; with "tokens" alone nothing is paid for a choice

    Returns
    -------
    dict
        Window to its pairs with these columns.
    """
    widths = np.array([min(width, 2**64 - 2) for width in found.window], np.uint64)
    close, total = token_pairs(events, histories, widths, threads)
    occasions = [
        Occasions.find(events, histories, width, threads)
        for width in widths
        if "occasions" in statistics
    ]
    shape = found.n_tokens.shape
    enough = found.enough
    observed, expected = found.n_tokens.astype(np.int64), np.zeros(shape)
    log10_p, by_occasions = np.zeros(shape), np.zeros(shape, np.bool_)

    def test(part: slice, shared: Matches) -> None:
        repeats = np.empty(part.stop - part.start, np.bool_)
        for k, width in enumerate(widths):
            tails = Tails(observed[k, part], expected[k, part], log10_p[k, part])
            kernels.pair_tails(
                histories.rows,
                histories.list_token,
                histories.list_entry,
                shared.start,
                shared.of_a,
                shared.of_b,
                close[k],
                total,
                width,
                enough[k, part],
                *tails.arrays,
                repeats,
            )
            if not occasions:
                continue
            tails.log10_p[repeats] += LOG10_2
            for sides in ((shared.of_a, shared.of_b), (shared.of_b, shared.of_a)):
                joined = occasions[k].joined(histories, shared.start, *sides, repeats)
                better = repeats & (joined.log10_p + 2 * LOG10_2 < tails.log10_p)
                by_occasions[k, part] |= better
                for ours, theirs in zip(tails.arrays, joined.arrays, strict=True):
                    ours[better] = theirs[better]
                tails.log10_p[better] += 2 * LOG10_2

    histories.over_pairs(test, histories.index[found.a], histories.index[found.b], threads)
    return {
        window: found.table(
            k,
            observed=observed[k],
            expected=expected[k],
            statistic=np.array(["tokens", "occasions"])[by_occasions[k].astype(np.int8)],
            log10_p=np.minimum(log10_p[k], 0.0),
        )
        for k, window in enumerate(found.window)
    }


@dataclass(frozen=True, slots=True)
class Tails:
    """Per pair: observed, expected, log10 of the p-value."""

    observed: npt.NDArray[np.int64]
    expected: npt.NDArray[np.float64]
    log10_p: npt.NDArray[np.float64]

    @property
    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """All three."""
        return self.observed, self.expected, self.log10_p


def token_pairs(
    events: Events, histories: Histories, window: npt.NDArray[np.uint64], threads: int | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Event pairs by different accounts, for the tokens of the histories.

    Returns
    -------
    close, total
        (n_windows, n_tokens) within each window and (n_tokens,) at any distance.
    """
    tokens = histories.token
    close = np.empty((len(window), len(tokens)), np.int64)
    total = np.empty(len(tokens), np.int64)
    map_ordered(
        lambda low, high: kernels.token_pairs(
            events.account,
            events.ts,
            events.token_start,
            tokens,
            low,
            high,
            window,
            np.zeros(events.n_accounts, np.int32),
            close,
            total,
        ),
        even_cuts(np.concatenate(([0], np.cumsum(n_rows(events, tokens)))), 2 * n_threads(threads)),
        threads,
    )
    return close, total


def n_rows(events: Events, tokens: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Number of rows of each token."""
    return events.token_start[tokens + 1] - events.token_start[tokens]


@dataclass(frozen=True, slots=True)
class Occasions:
    """The occasions of each account on each token, see `occasion_kernels.count_occasions`."""

    first_row: npt.NDArray[np.int64]
    n_rows: npt.NDArray[np.int64]
    """(n_tokens,) first row of each token, and how many."""
    low: npt.NDArray[np.int32]
    high: npt.NDArray[np.int32]
    own: npt.NDArray[np.int32]
    """(n,) rows of the token and number of one's own, at `list_entry` of the histories."""
    number: npt.NDArray[np.int32]
    """(n_distinct,) occasions per list of the histories."""

    @classmethod
    def find(
        cls, events: Events, histories: Histories, window: np.uint64, threads: int | None
    ) -> Occasions:
        """Find the occasions of all histories."""
        low, high, own = (np.empty(len(histories.rows), np.int32) for _ in range(3))
        number = np.empty(len(histories.list_token), np.int32)
        map_ordered(
            lambda begin, end: occasion_kernels.count_occasions(
                events.ts,
                events.token_start,
                histories.rows,
                histories.token,
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
        tokens = histories.token
        return cls(events.token_start[tokens], n_rows(events, tokens), low, high, own, number)

    def joined(
        self,
        histories: Histories,
        start: npt.NDArray[np.int64],
        of_host: npt.NDArray[np.int64],
        of_guest: npt.NDArray[np.int64],
        wanted: npt.NDArray[np.bool_],
    ) -> Tails:
        """Test the hosts' occasions that the guests joined, for wanted pairs."""
        n_pairs = len(wanted)
        tails = Tails(np.zeros(n_pairs, np.int64), np.zeros(n_pairs), np.zeros(n_pairs))
        occasion_kernels.joined_tails(
            self.first_row,
            self.n_rows,
            histories.rows,
            histories.list_token,
            histories.list_entry,
            self.low,
            self.high,
            self.own,
            self.number,
            start,
            of_host,
            of_guest,
            wanted,
            *tails.arrays,
        )
        return tails
