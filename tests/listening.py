"""Honest listening and what may be measured in it: the figures of the realism gates.

The definitions are those of the measurements they are compared with (961,487 plays of 39 listeners'
own exports): a session ends with half an hour of silence, days and hours are the listener's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from cib.datasets.synthetic.accounts import Accounts, make_accounts
from cib.datasets.synthetic.catalogue import Catalogue, make_catalogue
from cib.datasets.synthetic.events import Events, finish
from cib.datasets.synthetic.markets import DAY_S, utc_offset_s
from cib.datasets.synthetic.playing import play
from cib.datasets.synthetic.sessions import everyday
from cib.datasets.synthetic.streams import CATALOGUE, ORGANIC, stream

Array = npt.NDArray[Any]

_SILENCE_US = 1_800_000_000
_FEW_PLAYS, _FEW_DAYS = 2_000, 50
"""Accounts with less say nothing about habits over a year."""


@dataclass(frozen=True)
class Listening:
    """Plays of some accounts, by account and time."""

    catalogue: Catalogue
    accounts: Accounts
    plays: Events
    n_days: int

    @cached_property
    def account(self) -> Array:
        return self.plays.account.astype(np.int64)

    @cached_property
    def content(self) -> Array:
        return self.plays.content.astype(np.int64)

    @cached_property
    def tracks(self) -> Array:
        """Content without gaps in the numbers."""
        seen = np.zeros(int(self.content.max()) + 1, bool)
        seen[self.content] = True
        return (np.cumsum(seen) - 1)[self.content]

    @cached_property
    def local_s(self) -> Array:
        """Seconds since the log's start on the listener's clock."""
        day = (self.plays.start_us // (DAY_S * 1_000_000)).astype(np.int64)
        return self.plays.start_s + utc_offset_s(self.accounts.market[self.account], day)

    @cached_property
    def day(self) -> Array:
        """Local day, made unique by account."""
        return self.account * 1_000 + np.floor(self.local_s / DAY_S).astype(np.int64) + 1

    @cached_property
    def hour(self) -> Array:
        return (self.local_s % DAY_S // 3_600).astype(np.int64)

    @cached_property
    def starts(self) -> Array:
        """Whether a play is the first of a session."""
        end = self.plays.start_us + self.plays.duration_ms.astype(np.int64) * 1_000
        silent = self.plays.start_us[1:] - end[:-1] > _SILENCE_US
        return np.append(True, silent | (np.diff(self.account) != 0))

    @cached_property
    def per_account(self) -> Array:
        return np.bincount(self.account, minlength=len(self.accounts))

    @cached_property
    def regular(self) -> Array:
        """Accounts that listened enough to have habits."""
        return np.flatnonzero(self.per_account >= _FEW_PLAYS)

    def skip_share(self) -> Array:
        """Share of each account's plays that end within 30 s."""
        short = np.bincount(self.account, self.plays.duration_ms < 30_000, len(self.accounts))
        return (short / np.maximum(self.per_account, 1))[self.per_account >= 200]

    def repeats(self) -> tuple[Array, Array]:
        """Share of repeats and Heaps' exponent of every regular account."""
        _, first = np.unique(self.account << 32 | self.content, return_index=True)
        new = np.zeros(len(self.account), bool)
        new[first] = True
        found = np.cumsum(new)
        begin = np.searchsorted(self.account, self.regular)
        before = found[begin] - 1
        n = self.per_account[self.regular]
        last = found[begin + n - 1] - before
        # K(n) ~ n^d on 30 points, evenly apart in the logarithm.
        step = np.linspace(0, 1, 30)
        at = np.floor(np.exp(np.log(100) + step * np.log((n[:, None] - 1) / 100))).astype(np.int64)
        x = np.log(at)
        y = np.log(found[begin[:, None] + at - 1] - before[:, None])
        x, y = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
        return 1 - last / n, (x * y).sum(axis=1) / (x * x).sum(axis=1)

    def return_hours(self) -> Array:
        """Quartiles of the time since an account last played the track, the median account's."""
        key = self.account << 32 | self.content
        order = np.argsort(key, kind="stable")
        again = np.diff(key[order]) == 0
        hours = np.diff(self.plays.start_us[order])[again] / 3.6e9
        owner = self.account[order][1:][again]
        bounds = np.searchsorted(owner, [self.regular, self.regular + 1])
        quartiles = [
            np.quantile(hours[low:high], [0.25, 0.5, 0.75]) for low, high in bounds.T.tolist()
        ]
        return np.median(quartiles, axis=0)

    def recurring_transitions(self) -> Array:
        """Share of a regular account's steps from track to track that it takes more than once."""
        same = np.diff(self.account) == 0
        step = self.tracks[:-1] * (int(self.tracks.max()) + 1) + self.tracks[1:]
        step, owner = step[same], self.account[1:][same]
        order = np.lexsort((step, owner))
        new = np.append(True, (np.diff(step[order]) != 0) | (np.diff(owner[order]) != 0))
        begin = np.flatnonzero(new)
        count = np.diff(np.append(begin, len(step)))
        again = np.bincount(owner[order][begin], np.where(count > 1, count, 0), len(self.accounts))
        return (again / np.maximum(np.bincount(owner, minlength=len(self.accounts)), 1))[
            self.regular
        ]

    def session_sizes(self) -> Array:
        return np.diff(np.append(np.flatnonzero(self.starts), len(self.account)))

    def daily_plays(self) -> tuple[Array, Array]:
        """Accounts and plays of all days that have any."""
        day, count = np.unique(self.day, return_counts=True)
        return day // 1_000, count

    def daily_variation(self) -> Array:
        """Coefficient of variation of each account's plays per active day."""
        owner, count = self.daily_plays()
        n = np.bincount(owner, minlength=len(self.accounts))
        mean = np.bincount(owner, count, len(n)) / np.maximum(n, 1)
        square = np.bincount(owner, count**2.0, len(n)) / np.maximum(n, 1)
        keep = n >= _FEW_DAYS
        return np.sqrt(np.maximum(square - mean**2, 0)[keep]) / mean[keep]

    def quietest_six_hours(self) -> Array:
        """Share of each account's plays in its least active six hours on end."""
        n = len(self.accounts)
        clock = np.bincount(self.account * 24 + self.hour, minlength=24 * n).reshape(n, 24)
        clock = clock[self.per_account >= 200]
        turned = np.stack([np.roll(clock, -k, axis=1)[:, :6].sum(axis=1) for k in range(24)])
        return turned.min(axis=0) / clock.sum(axis=1)

    def active_hours(self) -> Array:
        """Clock hours with a play, for every account-day that has any."""
        hours = np.unique(self.day * 24 + self.hour)
        return np.unique(hours // 24, return_counts=True)[1]

    def most_played(self) -> Array:
        """Plays of the day's most played track, for every account-day."""
        wide = int(self.tracks.max()) + 1
        cell, count = np.unique(self.day * wide + self.tracks, return_counts=True)
        begin = np.flatnonzero(np.append(True, np.diff(cell // wide) != 0))
        return np.maximum.reduceat(count, begin)

    def top_artist_share(self) -> Array:
        """Share of the most played artist, for every account-week of 20 plays or more."""
        artist = self.catalogue.artist[self.content]
        week = (self.day // 1_000) * 200 + self.day % 1_000 // 7
        wide = len(self.catalogue.artist_id)
        cell, count = np.unique(week * wide + artist, return_counts=True)
        begin = np.flatnonzero(np.append(True, np.diff(cell // wide) != 0))
        total = np.add.reduceat(count, begin)
        return (np.maximum.reduceat(count, begin) / total)[total >= 20]

    def artist_plays(self) -> Array:
        """Plays by artist, most first."""
        plays = np.bincount(self.catalogue.artist[self.content])
        return np.sort(plays[plays > 0])[::-1]

    def artist_slope(self) -> float:
        """Slope of log plays over log rank, ranks 10 to 1,000."""
        rank = np.arange(10, 1_001)
        return float(np.polyfit(np.log(rank), np.log(self.artist_plays()[rank - 1]), 1)[0])

    def share_of_top_artists(self) -> float:
        plays = self.artist_plays()
        return float(plays[: len(plays) // 100].sum() / plays.sum())

    def pairs_with_a_common_run(self, k: int) -> float:
        """Share of account pairs that both played the same `k` tracks on end within a session."""
        n = len(self.accounts)
        last = len(self.content) - k + 1
        session = np.cumsum(self.starts)
        one = session[:last] == session[k - 1 :]
        moving = self.content[:last] != self.content[1 : last + 1]  # a loop is no common run
        run = np.zeros(last, np.uint64)
        for i in range(k):  # a polynomial modulo 2^64; collisions are as good as impossible
            run = run * np.uint64(0xD6E8FEB86659FD93) + self.content[i : last + i].astype(np.uint64)
        use = np.flatnonzero(one & moving)
        order = np.argsort(run[use])
        run, owner = run[use][order], self.account[:last][use][order]
        code = np.cumsum(np.append(0, run[1:] != run[:-1]))
        held = np.sort(code * n + owner)  # many values: faster than np.unique by far
        held = held[np.append(True, np.diff(held) != 0)]
        code, owner = held // n, held % n
        shared = np.bincount(code)[code] > 1
        holds = csr_matrix((np.ones(int(shared.sum())), (code[shared], owner[shared])))
        together = np.zeros((n, n))
        both = (holds.T @ holds).toarray()
        together[: len(both), : len(both)] = both > 0
        return float(together[np.triu_indices(n, 1)].mean())


def listen(
    seed: int, n_accounts: int, n_days: int, *, enthusiasts: float, n_artists: int = 60_000
) -> Listening:
    """Let some everyday listeners play for some days."""
    catalogue = make_catalogue(stream(seed, CATALOGUE), n_artists, 2_000, n_days=n_days)
    rng = stream(seed, ORGANIC, 0)
    accounts = make_accounts(rng, catalogue, n_accounts, first_number=0, enthusiasts=enthusiasts)
    plays = play(rng, catalogue, accounts, everyday(rng, accounts, n_days))
    return Listening(catalogue, accounts, finish(plays, n_days), n_days)
