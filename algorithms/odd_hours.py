"""Odd hours: contents that most of their accounts act on when they otherwise hardly ever act.

Who uses other people's accounts does so while their owners sleep, for the contents that were
ordered. Each of the accounts is honest otherwise, and in each it is a few actions out of hundreds:
nothing that they do looks alike, but for the contents which they have in common at these hours.

1. An account's odd hours are the hours of the day (UTC, so that no time zone need be known) that
   together hold at most a tenth of what it does: its own habits, learned from its own actions.
2. The null hypothesis is that contents have no clock: each account's contents are dealt out to its
   own moments at random. Then the number of a content's accounts that came to it at an odd hour is
   a sum of independent trials, whose chances are known exactly (hypergeometric). Its upper tail is
   Poisson-binomial. Contents that less than half of their accounts came to like this are passed
   over, and count as tests.
3. Contents pass at the false discovery rate q. Two of them are alike when at least two accounts
   came to both at odd hours; communities of alike contents, and the accounts that came to at least
   two of them, one at an odd hour, are blocks. Benjamini and Hochberg's procedure rejects nothing
   with a chance of 1 - q where there is nothing, so the chance of any block under the null is at
   most q.

What wakes people up, a premiere say, breaks the null honestly. Half of an audience awake for two
things or more, and the same people, is rare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cib.algorithms import odd_hours_kernels as kernels
from cib.algorithms.blocks import ODD_HOURS, WHOLE_LOG, Block
from cib.algorithms.communities import leiden
from cib.algorithms.fdr import log10_q_values
from cib.datasets.durations import US_PER_HOUR
from cib.datasets.scratch import on_disk
from cib.graphs.events import Events
from cib.graphs.layers.layer import Layer
from cib.graphs.network import Network
from cib.graphs.overlap import overlap
from cib.graphs.threads import map_ordered, n_threads

SMALLEST = 5
"""Accounts that a content must have."""

HALF = 0.5
"""Share of a content's accounts that must have come at odd hours."""

SHARED = 2
"""Contents that a block's account must have come to, and accounts that two contents must share: one
of either is anybody's."""


COARSE = 0.1
"""Resolution of the communities of contents: few pass, and those of one ring are not to be split,
only kept apart from those that two accounts happen to link."""


@dataclass(frozen=True, slots=True)
class Habits:
    """When each account is active, and when hardly ever."""

    quiet: npt.NDArray[np.int32]
    """(n_accounts,) one bit per hour of the day (UTC), set when it is an odd one."""
    n_rows: npt.NDArray[np.int64]
    n_odd: npt.NDArray[np.int64]
    """(n_accounts,) rows in all and at odd hours."""

    @classmethod
    def of(cls, events: Events, odd: float, *, threads: int | None = None) -> Habits:
        """Learn the habits of a layer's accounts, whose odd hours hold at most a share `odd`.

        Times are microseconds. Each thread goes over all rows, for the accounts that are its own;
        rows on disk are gone over once.
        """
        quiet = np.empty(events.n_accounts, np.int32)
        n_rows, n_odd = (np.empty(events.n_accounts, np.int64) for _ in range(2))

        def learn(first: int, last: int) -> None:
            hours = np.zeros((last - first, 24), np.int32)
            for low, high in events.walk(0, events.n_tokens):
                rows = slice(int(events.token_start[low]), int(events.token_start[high]))
                kernels.count_hours(
                    events.account[rows], events.ts[rows], US_PER_HOUR, first, last, hours.ravel()
                )
            mine = slice(first, last)
            kernels.quiet_hours(hours, odd, quiet[mine], n_rows[mine], n_odd[mine])

        parts = 1 if on_disk(events.ts) else n_threads(threads)
        edges = np.linspace(0, events.n_accounts, parts + 1).astype(int).tolist()
        map_ordered(learn, pairwise(edges), threads)
        return cls(quiet, n_rows, n_odd)

    def test(
        self, events: Events, *, threads: int | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """(n,) contents with enough accounts, and log10 of their p-values."""

        def test(first: int, last: int) -> list[tuple[npt.NDArray[np.int64], ...]]:
            return [
                kernels.test_tokens(
                    events.account,
                    events.ts,
                    events.token_start,
                    low,
                    high,
                    US_PER_HOUR,
                    self.quiet,
                    self.n_rows,
                    self.n_odd,
                    SMALLEST,
                    HALF,
                )
                for low, high in events.walk(first, last)
            ]

        ranges = events.token_ranges(4 * n_threads(threads))
        parts = [part for found in map_ordered(test, ranges, threads) for part in found]
        token, log10_p = (np.concatenate(side) for side in zip(*parts, strict=True))
        return token, log10_p


def odd_hours_blocks(
    layers: Sequence[Layer],
    *,
    odd: float = 0.1,
    q: float = 0.05,
    min_size: int = 3,
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Block]:
    """Find contents that the same accounts come to at hours that are odd for them.

    Parameters
    ----------
    layers : those whose tokens are contents are looked at, each with its own habits
    odd : share of an account's actions that its odd hours hold at most
    q : false discovery rate among contents, over all layers
    min_size : fewest accounts of a block
    seed : of the communities of contents
    threads : None for all cores; the result is the same for any number
    progress : called with the name of each layer as it starts

    Returns
    -------
    list of Block
        Strongest first. `observed` are the contents that each account came to at odd hours.
    """
    found = []
    for layer in layers:
        if not layer.of_contents or not layer.events.n_rows:
            continue
        if progress is not None:
            progress(layer.name)
        habits = Habits.of(layer.events, odd, threads=threads)
        token, log10_p = habits.test(layer.events, threads=threads)
        if len(token):
            found.append((layer, habits, token, log10_p))
    if not found:
        return []
    each = np.concatenate([log10_p for *_, log10_p in found])
    log10_q = log10_q_values(each + np.log10(len(each)), float(len(each)))
    bounds = np.cumsum([len(token) for _, _, token, _ in found])[:-1]
    blocks = []
    for (layer, habits, token, p), q_of in zip(found, np.split(log10_q, bounds), strict=True):
        kept = np.flatnonzero(q_of <= np.log10(q))
        blocks += _blocks_of(layer, habits, token[kept], p[kept], q_of[kept], min_size, seed)
    return sorted(blocks, key=lambda b: (b.log10_p, b.layer, int(b.content[0]), int(b.account[0])))


def _blocks_of(
    layer: Layer,
    habits: Habits,
    token: npt.NDArray[np.int64],
    log10_p: npt.NDArray[np.float64],
    log10_q: npt.NDArray[np.float64],
    min_size: int,
    seed: int,
) -> list[Block]:
    """Group the contents that passed, and find who came to them."""
    if not len(token):
        return []
    events, accounts, came, chances, index = layer.events, [], [], [], []
    for i, one in enumerate(token):
        rows = slice(int(events.token_start[one]), int(events.token_start[one + 1]))
        who, odd, chance = kernels.audience(
            events.account[rows],
            events.ts[rows],
            US_PER_HOUR,
            habits.quiet,
            habits.n_rows,
            habits.n_odd,
        )
        accounts.append(who)
        came.append(odd)
        chances.append(chance)
        index.append(np.full(len(who), i, np.int32))
    account, content = np.concatenate(accounts), np.concatenate(index)
    odd, chance = np.concatenate(came), np.concatenate(chances)
    pairs = overlap(
        content[odd], account[odd], measure="jaccard", threshold=1e-9, min_shared=SHARED
    )
    if not len(pairs):
        return []
    a, b, weight = (pairs[name].to_numpy() for name in ("a", "b", "similarity"))
    network = Network.from_edges(a, b, weight, len(token))
    group = leiden(network, resolution=COARSE, seed=seed).membership[content]
    blocks = []
    for g in np.unique(group[odd]):
        mine = group == g
        contents = np.unique(content[mine])
        times = np.bincount(account[mine & odd], minlength=events.n_accounts)
        touched = np.bincount(account[mine], minlength=events.n_accounts)
        members = np.flatnonzero((touched >= SHARED) & (times > 0)).astype(np.int32)
        if len(contents) < SHARED or len(members) < min_size:
            continue
        expected = np.bincount(account[mine], chance[mine], events.n_accounts)[members]
        observed = times[members]
        honest: npt.NDArray[np.float64] = np.minimum(expected / observed, 1.0)
        blocks.append(
            Block(
                members,
                token[contents].astype(np.int32),
                WHOLE_LOG,
                observed,
                expected.astype(np.float64),
                1 - honest,
                float(log10_p[contents].min()),
                float(10 ** log10_q[contents].min()),
                layer=layer.name,
                signal=ODD_HOURS,
            )
        )
    return blocks
