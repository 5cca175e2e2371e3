"""Hot tokens: where so many rows meet that walking all their windows would cost too much.

A pair that met on a token that is not hot as well is found by the row pass, which adds the pair's
meetings on hot tokens by comparing two short lists. A pair that met on hot tokens only must have
met on two of them, as long as at least two are asked for, so it is found by joining the accounts'
*combinations* (a row on one hot token, a row on another) on both times. Both ways are exact; which
tokens are hot changes the cost and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.datasets.scratch import drop
from cib.graphs import coaction_kernels, hot_kernels
from cib.graphs.events import Events
from cib.graphs.threads import map_ordered

_MAX_HOT = 128
_COLD_PAIR_COST, _PAIR_COST = 7.0, 35.0
"""Nanoseconds that a pair of rows within the window costs in the row pass, without hot tokens and
with some: who met on these cannot leave out whom it met once."""

_COMBINATION_COST, _MATCH_COST, _VISIT_COST = 200.0, 3000.0, 5.0
"""The same for a combination to make and sort; for two which agree by chance (three times what was
measured, since accounts that act together agree more often than that); and for two to compare."""

_SAMPLE_BITS = 18
"""Combinations are estimated from at most two to this power accounts."""

_LEAST_SHARE = 1 / 4096
"""Tokens with a smaller share of all pairs are never hot."""

_PATIENCE = 3
"""Tokens tried beyond the best number so far."""

_FREE_PAIRS = 2.0
"""Pairs per row up to which no token is worth the trouble."""


@dataclass(frozen=True, slots=True)
class HotChoice:
    """Which tokens are hot."""

    tokens: npt.NDArray[np.int64]
    """Ascending."""
    hottest: npt.NDArray[np.int64]
    """The one with most pairs, which alone needs no join; empty when no token is hot."""
    budget: float
    """Comparisons that the join may cost before walking would have been cheaper."""


def choose_hot(
    events: Events, event_pairs: npt.NDArray[np.int64], window: np.uint64, min_tokens: int
) -> HotChoice:
    """Choose the tokens that are cheaper to join than to walk.

    Tokens are taken from the one with most pairs down; each takes its pairs off the row pass and
    adds combinations with those taken before. The cheapest number of them is chosen, or none.

    Parameters
    ----------
    event_pairs : (n_tokens,) pairs of rows within the window
    min_tokens : with 1, every pair of a hot token is wanted and none can be saved
    """
    total = float(event_pairs.sum())
    if min_tokens < 2 or total <= _FREE_PAIRS * events.n_rows:
        return HotChoice(top := np.empty(0, np.int64), top, 0.0)
    top = np.flatnonzero(event_pairs > total * _LEAST_SHARE)
    top = top[np.argsort(-event_pairs[top], kind="stable")][:_MAX_HOT]
    if not len(top):
        return HotChoice(top, top, 0.0)
    sample = max(0, events.n_accounts.bit_length() - _SAMPLE_BITS)
    seen = np.zeros((events.n_accounts >> sample) + 1, np.int32)
    pairs, combinations = total, 0.0
    chance = 0.0
    costs: list[float] = []
    for k, token in enumerate(top.tolist()):
        start, end = events.token_start[token : token + 2].tolist()
        pairs -= float(event_pairs[token])
        combinations += (1 << sample) * hot_kernels.combinations(
            events.account, events.ts, start, end, window, sample, seen
        )
        chance += float(event_pairs[token]) / max(1.0, (end - start) * (end - start - 1) / 2)
        # combinations spread over k (k + 1) / 2 joins; two agree if they do at either token
        matches = combinations**2 / max(1, k * (k + 1)) * (chance / (k + 1)) ** 2
        join = combinations * _COMBINATION_COST + matches * _MATCH_COST
        costs.append(pairs * _PAIR_COST + join)
        # pairs fall and combinations rise from token to token: past the best it only gets worse
        if len(costs) > int(np.argmin(costs)) + _PATIENCE:
            break
    best = int(np.argmin(costs))
    if costs[best] > total * _COLD_PAIR_COST:
        return HotChoice(top[:0], top[:0], 0.0)
    budget = (costs[0] - costs[best]) / _VISIT_COST
    return HotChoice(np.sort(top[: best + 1]), top[:1], budget)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Ranges of accounts that agree but for some low bits, small enough to sort in cache."""

    shift: int
    """Number of those bits."""
    n_accounts: int

    @classmethod
    def of(cls, n_accounts: int, wanted: int) -> Blocks:
        """About `wanted` blocks."""
        return cls(max(0, (n_accounts - 1).bit_length() - wanted.bit_length()), n_accounts)

    @property
    def number(self) -> int:
        """Number of blocks."""
        return ((self.n_accounts - 1) >> self.shift) + 1

    def accounts(self, block: int) -> tuple[int, int]:
        """The accounts [first, last) of a block."""
        first = block << self.shift
        return first, min(first + (1 << self.shift), self.n_accounts)


@dataclass(frozen=True, slots=True)
class HotRows:
    """The live rows of hot tokens by account."""

    start: npt.NDArray[np.int64]
    """(n_accounts + 1,) first row of each account; (1,) when no token is hot."""
    token: npt.NDArray[np.int32]
    """(n,) index among the hot tokens, ascending within an account."""
    ts: npt.NDArray[np.int64]
    """(n,) ascending within an account's token."""
    signature: npt.NDArray[np.uint64]
    """(n_accounts,) where in token and time an account acted, as 64 bits."""
    reach: npt.NDArray[np.uint64]
    """(n_accounts,) the same within the window: no bit in common, never met."""
    n_tokens: int

    @classmethod
    def gather(
        cls,
        events: Events,
        tokens: npt.NDArray[np.int64],
        pieces: Sequence[tuple[int, int]],
        window: np.uint64,
        blocks: Blocks,
        threads: int | None,
    ) -> tuple[HotRows, npt.NDArray[np.int64]]:
        """Collect the live rows of tokens (ascending).

        Returns
        -------
        rows, counts
            The rows, and (len(pieces), blocks.number) how many of each piece of all tokens and
            block of accounts they are.
        """
        counts = np.zeros((len(pieces), blocks.number), np.int64)
        if not len(tokens):
            return cls.none(), counts
        base = (events.account, events.ts, events.token_start)
        cuts = np.searchsorted(tokens, [low for low, _ in pieces] + [events.n_tokens])
        jobs = [(i, int(cuts[i]), int(cuts[i + 1])) for i in range(len(pieces))]

        def count(i: int, low: int, high: int) -> None:
            hot_kernels.count_hot(*base, tokens[low:high], window, blocks.shift, counts[i])
            drop(events.account, events.ts)

        map_ordered(count, jobs, threads)
        block_start = np.concatenate(([0], np.cumsum(counts.sum(axis=0))))
        positions = block_start[:-1] + np.cumsum(counts, axis=0) - counts
        n = int(block_start[-1])
        entry_account, entry_ts = np.empty(n, np.int64), np.empty(n, np.int64)

        def write(i: int, low: int, high: int) -> None:
            hot_kernels.gather_hot(
                *base,
                tokens[low:high],
                low,
                window,
                blocks.shift,
                positions[i],
                entry_account,
                entry_ts,
            )
            drop(events.account, events.ts)

        map_ordered(write, jobs, threads)
        start = np.empty(events.n_accounts + 1, np.int64)
        token, ts = np.empty(n, np.int32), np.empty(n, np.int64)
        signature = np.empty(events.n_accounts, np.uint64)
        reach = np.empty(events.n_accounts, np.uint64)
        origin = int(events.ts[events.token_start[tokens]].min())
        cell = window + np.uint64(1)

        def sort(block: int) -> None:
            low, high = int(block_start[block]), int(block_start[block + 1])
            account_from, account_to = blocks.accounts(block)
            block_starts, token[low:high], ts[low:high] = coaction_kernels.sort_block(
                entry_account[low:high],
                entry_ts[low:high],
                account_from,
                account_to - account_from,
            )
            start[account_from : account_to + 1] = low + block_starts
            hot_kernels.sign(
                start, token, ts, account_from, account_to, origin, cell, signature, reach
            )

        map_ordered(sort, [(block,) for block in range(blocks.number)], threads)
        return cls(start, token, ts, signature, reach, len(tokens)), counts

    @classmethod
    def none(cls) -> HotRows:
        """No hot token."""
        signature = np.zeros(0, np.uint64)
        start, ts = np.zeros(1, np.int64), np.zeros(0, np.int64)
        return cls(start, np.zeros(0, np.int32), ts, signature, signature, 0)
