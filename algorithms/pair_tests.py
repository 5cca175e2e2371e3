"""Testing pairs against the timing null: what `timing_null.py` says, for one part at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms import occasion_kernels
from cib.algorithms import timing_kernels as kernels
from cib.graphs.coaction import Coactions
from cib.graphs.events import Events
from cib.graphs.histories import Histories, Matches
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
    first_row: npt.NDArray[np.int64]
    """(n_tokens,) first row of each token of the histories."""
    threads: int | None = None

    @classmethod
    def of(
        cls,
        events: Events,
        histories: Histories,
        rates: TokenPairs,
        threads: int | None = None,
    ) -> PairTests:
        """Prepare the tests for the accounts of some histories.

        Where these have occasions, of the windows of the rates, pairs are tested by them, too.
        """
        tokens = histories.token
        close, total = rates.close[:, tokens], rates.total[tokens]
        first_row = events.token_start[tokens]
        return cls(histories, rates.window, close, total, first_row, threads)

    def test(self, found: Coactions) -> Tested:
        """Test pairs of those accounts; the windows are those of the token pairs."""
        histories = self.histories
        shape = found.n_tokens.shape
        enough = found.enough
        observed, expected = found.n_tokens.astype(np.int64), np.zeros(shape)
        log10_p, by_occasions = np.zeros(shape), np.zeros(shape, np.bool_)

        def test(part: slice, shared: Matches) -> None:
            repeats = np.empty(part.stop - part.start, np.bool_)
            met = np.empty(len(shared.of_a), np.bool_)
            for k, width in enumerate(self.window):
                tails = Tails(observed[k, part], expected[k, part], log10_p[k, part])
                kernels.pair_tails(
                    histories.rows,
                    histories.list_token,
                    histories.list_entry,
                    shared.start,
                    shared.of_a,
                    shared.of_b,
                    self.close[k],
                    self.total,
                    width,
                    enough[k, part],
                    *tails.arrays,
                    repeats,
                    met,
                )
                if not histories.occasions:
                    continue
                tails.log10_p[repeats] += LOG10_2
                for sides in ((shared.of_a, shared.of_b), (shared.of_b, shared.of_a)):
                    joined = self.joined(k, met, shared.start, *sides, repeats)
                    better = repeats & (joined.log10_p + 2 * LOG10_2 < tails.log10_p)
                    by_occasions[k, part] |= better
                    for ours, theirs in zip(tails.arrays, joined.arrays, strict=True):
                        ours[better] = theirs[better]
                    tails.log10_p[better] += 2 * LOG10_2

        ends = (histories.index[found.a], histories.index[found.b])
        histories.over_pairs(test, *ends, self.threads)
        np.minimum(log10_p, 0.0, out=log10_p)
        return Tested(found, observed, expected, by_occasions, log10_p)

    def joined(
        self,
        k: int,
        met: npt.NDArray[np.bool_],
        start: npt.NDArray[np.int64],
        of_host: npt.NDArray[np.int64],
        of_guest: npt.NDArray[np.int64],
        wanted: npt.NDArray[np.bool_],
    ) -> Tails:
        """Test the hosts' occasions that the guests joined, for wanted pairs and one window."""
        histories, n_pairs = self.histories, len(wanted)
        occasions = histories.occasions[k]
        tails = Tails(np.zeros(n_pairs, np.int64), np.zeros(n_pairs), np.zeros(n_pairs))
        occasion_kernels.joined_tails(
            self.first_row,
            histories.rows,
            histories.list_token,
            histories.list_entry,
            histories.n_others,
            occasions.start,
            occasions.others,
            occasions.span,
            met,
            start,
            of_host,
            of_guest,
            wanted,
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
