"""Looped contents: of those who act on one content on one day, too many do so over and over.

Honest people loop a song, too, each on a day of their own: of those who play a content on some day,
few loop it, and how few differs little between contents and days. A chart attack loops one hit that
many others play, with next to nothing else in common. What goes viral, what is advertised and what
has its premiere draws many who act once or twice.

1. An account loops a content when it acts on it at least so many times within a day.
2. Each content on each day has so many accounts, and loopers among them. The null hypothesis is
   that every account there loops by itself, with a chance that differs between contents and days as
   a beta law does. Law and p-value are those of `two_groups`, learned from all contents and days,
   with a second group beside it so that rings do not pass for everybody. A p-value pays for every
   content and day that was looked at (Bonferroni).
3. What is looped by nature, as sleep sounds are, is so on other days as well: the law is updated
   with what the content's accounts do before and after, and the p-value taken again. What is looped
   from one end of the log to the other, if that is a week or more, is passed over.
4. The loopers of a content, on all the days that are significant, are a block. Those on less than
   half as many of them as the middling looper are left out: honest loops come and go.
5. Some of them loop the content for their own sake, as many as the law expects. It is known how
   much else those loop who loop a content on their own; the expected ones are shared out among the
   accounts of the block accordingly, so that whoever loops much else is least surely of it.

The law is learned, not known. Where chances of looping differ between honest contents far more than
they do in listening (Beta(0.1, 10) instead of Beta(1.3, 690)), its tail passes for a second group
and more blocks are found than q allows (docs/method.md).

Organised fans loop by appointment. That is a block as well: what it is is for the signals and
alternatives to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cib.algorithms import looped_kernels as kernels
from cib.algorithms.blocks import LOOPED, Block
from cib.algorithms.two_groups import BetaBinomial, two_groups
from cib.datasets.durations import US_PER_DAY
from cib.graphs.events import Events
from cib.graphs.layers.layer import Layer
from cib.graphs.threads import map_ordered, n_threads

SMALLEST = 5
"""Accounts on a content and day: of fewer nothing is learned, and nothing is said."""

MOST_OF_LOG, WEEK = 0.75, 7
"""Share of a log's days, from so many days on, that what is looped by nature spans."""

_HABITS = 10
"""Kinds of accounts by how much they loop."""

_ENOUGH = 30
"""Accounts that loop outside of blocks: of fewer nothing is learned about their habits."""

_SUREST = 0.9
"""What an account loops otherwise never makes it likelier than this that it is not of the block."""

_SUSPECT = 10
"""Times the loopers that everybody has: a first guess of the contents and days that do not fit."""


@dataclass(frozen=True, slots=True)
class Loops:
    """Contents on days: accounts there, and how many of them loop."""

    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    """(n,) rows of the events, from and to."""
    day: npt.NDArray[np.int64]
    """(n,) days since 1970-01-01 UTC."""
    accounts: npt.NDArray[np.int64]
    loopers: npt.NDArray[np.int64]
    """(n,) numbers of accounts."""

    @classmethod
    def of(cls, events: Events, loop: int, *, threads: int | None = None) -> Loops:
        """Count the loops of a layer.

        Parameters
        ----------
        events : rows of a layer, times in microseconds
        loop : actions on a content within a day from which on an account loops it
        threads : None for all cores; the result is the same for any number
        """

        def count(first: int, last: int) -> list[tuple[npt.NDArray[np.int64], ...]]:
            return [
                kernels.count_loops(
                    events.account,
                    events.ts,
                    events.token_start,
                    low,
                    high,
                    US_PER_DAY,
                    loop,
                    SMALLEST,
                )
                for low, high in events.walk(first, last)
            ]

        if not events.n_rows:
            none = np.empty(0, np.int64)
            return cls(none, none, none, none, none)
        ranges = events.token_ranges(4 * n_threads(threads))
        parts = [part for found in map_ordered(count, ranges, threads) for part in found]
        low, high, accounts, loopers = (np.concatenate(side) for side in zip(*parts, strict=True))
        return cls(low, high, events.ts[low] // US_PER_DAY, accounts, loopers)

    def law(self) -> BetaBinomial | None:
        """Learn everybody's chance of looping; None where nobody loops more than others do."""
        share = self.loopers.sum() / max(self.accounts.sum(), 1)
        suspect = (self.loopers > 1) & (self.loopers > _SUSPECT * share * self.accounts)
        if not suspect.any() or suspect.all():
            return None
        return two_groups(self.loopers, self.accounts, suspect).null

    def by_nature(self, cells: npt.NDArray[np.int64], n_days: int) -> bool:
        """Whether these days of one content span a log of `n_days` days."""
        days = self.day[cells]
        return n_days >= WEEK and bool(days.max() - days.min() + 1 > MOST_OF_LOG * n_days)

    def given_other_days(
        self, law: BetaBinomial, cells: npt.NDArray[np.int64], content: slice
    ) -> float:
        """log10 p-value of the strongest of some days, when the others of its content are known.

        Parameters
        ----------
        cells : days of one content
        content : all of its days; those from the first to the last of `cells` do not count
        """
        days = self.day[content]
        other = (days < self.day[cells].min()) | (days > self.day[cells].max())
        n, k = self.accounts[content][other].sum(), self.loopers[content][other].sum()
        updated = BetaBinomial(law.a + k, law.b + n - k)
        return float(updated.log10_tail(self.loopers[cells], self.accounts[cells]).min())


def looped_blocks(
    layers: Sequence[Layer],
    *,
    loop: int = 10,
    q: float = 0.05,
    min_size: int = 3,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Block]:
    """Find contents that too many of their accounts loop at once.

    Parameters
    ----------
    layers : those whose tokens are contents are looked at
    loop : actions on a content within a day (UTC) from which on an account loops it
    q : chance of finding any block where every account loops by itself
    min_size : fewest accounts of a block
    threads : None for all cores; the result is the same for any number
    progress : called with the name of each layer as it starts

    Returns
    -------
    list of Block
        Strongest first. `observed` are the days on which each account loops the content, `least`
        is `loop`.
    """
    found, n_tests = [], 0
    for layer in layers:
        if not layer.of_contents:
            continue
        if progress is not None:
            progress(layer.name)
        loops = Loops.of(layer.events, loop, threads=threads)
        law = loops.law()
        n_tests += len(loops.low)
        if law is not None:
            found.append((layer, loops, law))
    blocks = []
    for layer, loops, law in found:
        mine = []
        log10_p = law.log10_tail(loops.loopers, loops.accounts)
        most = np.log10(q / n_tests)
        kept = np.flatnonzero((log10_p <= most) & (loops.loopers > 0))
        first = layer.events.token_start
        token = np.searchsorted(first, loops.low[kept], side="right") - 1
        n_days = int(np.ptp(loops.day)) + 1
        for one in np.unique(token):
            cells = kept[token == one]
            rows = np.searchsorted(loops.low, first[one : one + 2])
            p = loops.given_other_days(law, cells, slice(*rows.tolist()))
            account, days = _loopers(layer.events, loops, cells, loop)
            if p > most or loops.by_nature(cells, n_days) or len(account) < min_size:
                continue
            honest = float((law.mean * loops.accounts[cells] / loops.loopers[cells]).min())
            mine.append(
                Block(
                    account,
                    np.array([one], np.int32),
                    US_PER_DAY,
                    days,
                    np.asarray(days * honest, np.float64),
                    np.full(len(account), 1 - honest),
                    p,
                    float(10 ** (p + np.log10(n_tests))),
                    layer=layer.name,
                    least=loop,
                    signal=LOOPED,
                )
            )
        blocks += with_habits(mine, layer.events, loop, threads=threads) if mine else []
    return sorted(blocks, key=lambda b: (b.log10_p, b.layer, int(b.content[0]), int(b.account[0])))


def with_habits(
    blocks: Sequence[Block], events: Events, loop: int, *, threads: int | None = None
) -> list[Block]:
    """Say of each looper how likely it is of the block, from what else it loops.

    Parameters
    ----------
    blocks : of one layer, with the same posterior for all accounts of a block
    events, loop : as for `Loops.of`
    """

    def listed(first: int, last: int) -> list[tuple[npt.NDArray[np.int64], ...]]:
        columns = (events.account, events.ts, events.token_start)
        return [
            kernels.list_loopers(*columns, low, high, US_PER_DAY, loop)
            for low, high in events.walk(first, last)
        ]

    ranges = events.token_ranges(4 * n_threads(threads))
    parts = [part for found in map_ordered(listed, ranges, threads) for part in found]
    token, account = (np.concatenate(side) for side in zip(*parts, strict=True))
    elsewhere = ~np.isin(token, np.concatenate([block.content for block in blocks]))
    others = np.bincount(account[elsewhere], minlength=events.n_accounts)
    members = np.unique(np.concatenate([block.account for block in blocks]))
    usual = others.copy()
    usual[members] = 0
    if np.count_nonzero(usual) < _ENOUGH:
        return list(blocks)
    # of all honest loops, the share by accounts of each habit: what they loop besides that content
    usual = usual[usual > 0]
    share = np.bincount(habit_of(usual - 1), usual, _HABITS) / usual.sum()
    return [
        replace(block, posterior=posterior_of(block, habit_of(others[block.account]), share))
        for block in blocks
    ]


def habit_of(contents: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Habits by the number of contents that an account loops: 0, 1, 2–3, 4–7 and so on.

    Examples
    --------
    >>> habit_of(np.array([0, 1, 2, 3, 4, 10**6])).tolist()
    [0, 1, 2, 2, 3, 9]
    """
    return np.minimum(np.frexp(contents)[1], _HABITS - 1).astype(np.int64)


def posterior_of(
    block: Block, habit: npt.NDArray[np.int64], share: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(n_accounts,) how likely each looper is of the block, never likelier the more it loops.

    Parameters
    ----------
    habit : (n_accounts,) habit of each
    share : (_HABITS,) of honest loops, the share by accounts of each habit
    """
    honest = share * float((1 - block.posterior).sum())
    n = np.bincount(habit, minlength=_HABITS)
    # Habits are put together with the next until the chance of being honest grows with them
    # (pool adjacent violators); those of nobody here say nothing.
    pools: list[tuple[float, int, int]] = []
    for k in np.flatnonzero(n).tolist():
        pool = float(honest[k]), int(n[k]), 1
        while pools and pools[-1][0] * pool[1] >= pool[0] * pools[-1][1]:
            h, m, kinds = pools.pop()
            pool = h + pool[0], m + pool[1], kinds + pool[2]
        pools.append(pool)
    chance = np.zeros(_HABITS)
    chance[n > 0] = np.repeat([h / m for h, m, _ in pools], [kinds for *_, kinds in pools])
    return np.asarray(1 - np.minimum(chance, _SUREST)[habit])


def _loopers(
    events: Events, loops: Loops, cells: npt.NDArray[np.int64], loop: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Accounts that loop a content on enough of its days, ascending, and on how many they do."""
    each = []
    for low, high in zip(loops.low[cells], loops.high[cells], strict=True):
        each.append(kernels.loopers_among(events.account, low, high, loop)[1])
    account, days = np.unique(np.concatenate(each), return_counts=True)
    steady = 2 * days >= np.median(days) if len(days) else np.zeros(0, np.bool_)
    return account[steady].astype(np.int32), days[steady].astype(np.int64)
