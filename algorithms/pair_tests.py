"""Testing pairs against the timing null: what `timing_null.py` says, for one part at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms import occasion_kernels
from cib.algorithms import timing_kernels as kernels
from cib.graphs import histories_kernels
from cib.graphs.coaction import Coactions
from cib.graphs.events import Events
from cib.graphs.histories import Histories, Matches
from cib.graphs.sharing import stratum
from cib.graphs.threads import map_ordered, n_threads

LOG10_2 = np.log10(2.0)

STATISTICS = ("tokens", "occasions")
"""The names of the statistics, by number."""


@dataclass(frozen=True, slots=True)
class Tested:
    """Pairs and the outcome of their tests."""

    pairs: Coactions
    observed: npt.NDArray[np.int64]
    expected: npt.NDArray[np.float64]
    """(n_windows, n_pairs) of the statistic that decided."""
    by_occasions: npt.NDArray[np.bool_]
    """(n_windows, n_pairs) whether that was occasions joined."""
    log10_p: npt.NDArray[np.float64]
    """(n_windows, n_pairs); nothing is said where a pair has not met on enough tokens."""


@dataclass(frozen=True, slots=True)
class TokenPairs:
    """Event pairs by different accounts on each token of a layer."""

    window: npt.NDArray[np.uint64]
    close: npt.NDArray[np.int64]
    """(n_windows, n_tokens) within each window."""
    total: npt.NDArray[np.int64]
    """(n_tokens,) at any distance."""

    @classmethod
    def count(cls, events: Events, window: tuple[int, ...], threads: int | None) -> TokenPairs:
        """Count them."""
        widths = np.array([min(width, 2**64 - 2) for width in window], np.uint64)
        tokens = np.arange(events.n_tokens)
        close = np.empty((len(widths), len(tokens)), np.int64)
        total = np.empty(len(tokens), np.int64)

        def count(low: int, high: int) -> None:
            own = np.zeros(events.n_accounts, np.int32)
            for piece in events.walk(low, high):
                kernels.token_pairs(
                    events.account,
                    events.ts,
                    events.token_start,
                    tokens,
                    *piece,
                    widths,
                    own,
                    close,
                    total,
                )

        map_ordered(count, events.token_ranges(2 * n_threads(threads)), threads)
        return cls(widths, close, total)


@dataclass(frozen=True, slots=True)
class PairTests:
    """All that the tests of the pairs of some accounts need."""

    histories: Histories
    window: npt.NDArray[np.uint64]
    close: npt.NDArray[np.int64]
    total: npt.NDArray[np.int64]
    """As in `TokenPairs`, for the tokens of the histories."""
    threads: int | None = None

    @classmethod
    def of(
        cls,
        histories: Histories,
        rates: TokenPairs,
        threads: int | None = None,
    ) -> PairTests:
        """Prepare the tests for the accounts of some histories.

        Where these have occasions, of the windows of the rates, pairs are tested by them, too.
        """
        tokens = histories.token
        close, total = rates.close[:, tokens], rates.total[tokens]
        return cls(histories, rates.window, close, total, threads)

    def test(
        self,
        a: npt.NDArray[np.int32],
        b: npt.NDArray[np.int32],
        min_tokens: int,
        limit: npt.NDArray[np.float64] | None = None,
    ) -> Tested:
        """Count what pairs of those accounts have in common and test them, at every window.

        Parameters
        ----------
        a, b : (n_pairs,) account codes, a < b; quickest when sorted by `a`
        min_tokens : pairs that met on fewer tokens within a window are not tested at it
        limit : (N_STRATA,) log10 of p-values from which on nothing need be known of a pair that
            shares so many tokens; what is said of such a pair is no smaller, and may be too large
        """
        histories = self.histories
        shape = len(self.window), len(a)
        n_shared, n_tokens = np.empty(len(a), np.int32), np.empty(shape, np.int32)
        n_events, observed = np.empty(shape, np.int64), np.empty(shape, np.int64)
        expected, log10_p = np.zeros(shape), np.zeros(shape)
        by_occasions = np.zeros(shape, np.bool_)

        def test(part: slice, shared: Matches) -> None:
            lists = (histories.list_token, histories.list_entry)
            ab = shared.of_a, shared.of_b
            matches = (shared.start, *ab)
            own_close = np.empty((len(self.window), len(shared.of_a)), np.int64)
            n_asked = part.stop - part.start if histories.occasions else 0
            joined = np.empty((n_asked, len(self.window), 2), np.int64)
            histories_kernels.count_pairs(
                histories.rows,
                histories.list_entry,
                *matches,
                self.window,
                n_shared[part],
                n_tokens[:, part],
                n_events[:, part],
                own_close,
                joined,
            )
            observed[:, part] = n_tokens[:, part]
            repeats = np.empty(part.stop - part.start, np.bool_)
            # what is joined pays for two more choices
            limits = np.full(len(repeats), np.inf)
            if limit is not None:
                limits = limit[stratum(n_shared[part])] - 2 * LOG10_2
            for k in range(len(self.window)):
                tails = Tails(observed[k, part], expected[k, part], log10_p[k, part])
                enough = n_tokens[k, part] >= min_tokens
                kernels.pair_tails(
                    *lists,
                    *matches,
                    own_close[k],
                    self.close[k],
                    self.total,
                    enough,
                    *tails.arrays,
                    repeats,
                )
                if not histories.occasions:
                    continue
                tails.log10_p[repeats] += LOG10_2
                for side, (host, guest) in enumerate((ab, ab[::-1])):
                    of = self.joined(
                        k, shared.start, host, guest, repeats, limits, joined[:, k, side]
                    )
                    better = repeats & (of.log10_p + 2 * LOG10_2 < tails.log10_p)
                    by_occasions[k, part] |= better
                    for ours, theirs in zip(tails.arrays, of.arrays, strict=True):
                        ours[better] = theirs[better]
                    tails.log10_p[better] += 2 * LOG10_2

        histories.over_pairs(test, histories.index[a], histories.index[b], self.threads)
        np.minimum(log10_p, 0.0, out=log10_p)
        window = tuple(int(width) for width in self.window)
        found = Coactions(window, min_tokens, a, b, n_shared, n_tokens, n_events)
        return Tested(found, observed, expected, by_occasions, log10_p)

    def joined(
        self,
        k: int,
        start: npt.NDArray[np.int64],
        of_host: npt.NDArray[np.int64],
        of_guest: npt.NDArray[np.int64],
        wanted: npt.NDArray[np.bool_],
        limit: npt.NDArray[np.float64],
        observed: npt.NDArray[np.int64],
    ) -> Tails:
        """Test the number of the hosts' occasions that the guests joined, at one window."""
        histories, n_pairs = self.histories, len(wanted)
        occasions = histories.occasions[k]
        tails = Tails(observed, np.zeros(n_pairs), np.zeros(n_pairs))
        occasion_kernels.joined_tails(
            histories.list_entry,
            histories.n_others,
            occasions.start,
            occasions.kinds,
            occasions.load,
            start,
            of_host,
            of_guest,
            wanted,
            limit,
            *tails.arrays,
        )
        return tails


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
