"""Sessions: who listens when, how long, and to what if it is not left to taste."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.addresses import HOME, OFFICE, OUT, in_office_hours
from cib.datasets.synthetic.markets import local_midnight, local_start

Array = npt.NDArray[Any]

FREE = -1
"""Script of a session that follows the account's taste and habits."""
LOOP = -2
"""Script of a session that plays one track again and again."""
# Sessions that come close together run into one; what is left has a median of 11 plays.
_SESSION_MEDIAN, _SESSION_SIGMA = 8.5, 1.0
_LOOP_MIN, _LOOP_MAX, _LOOP_EXPONENT = 20, 200, 1.9
_MARATHON_PLAYS = 420


@dataclass(frozen=True, slots=True)
class Sessions:
    """Aligned arrays, one entry per session."""

    account: Array
    start_s: Array
    """When it is meant to start, in seconds since the start of the log; a session waits for the
    account's previous one to end."""
    n_plays: Array
    script: Array
    """Index into the scripts it follows, `FREE` or `LOOP`."""
    offset: Array
    """Where in the script it starts."""
    skip: Array
    """Share of plays under 30 s; NaN for the account's own."""
    device: Array
    """0 … N_DEVICES - 1, or -1 to draw."""
    place: Array
    """HOME, OUT or OFFICE, or -1 to draw."""

    def __len__(self) -> int:
        return len(self.account)

    @staticmethod
    def of(
        account: Array,
        start_s: Array,
        n_plays: Array | int,
        *,
        script: Array | int = FREE,
        offset: Array | int = 0,
        skip: Array | float = np.nan,
        device: Array | int = -1,
        place: Array | int = -1,
    ) -> Sessions:
        """Make sessions; scalars hold for all."""
        n = len(account)
        return Sessions(
            account=np.asarray(account, np.int64),
            start_s=np.asarray(start_s, np.float64),
            n_plays=np.broadcast_to(np.asarray(n_plays, np.int64), n),
            script=np.broadcast_to(np.asarray(script, np.int64), n),
            offset=np.broadcast_to(np.asarray(offset, np.int64), n),
            skip=np.broadcast_to(np.asarray(skip, np.float64), n),
            device=np.broadcast_to(np.asarray(device, np.int8), n),
            place=np.broadcast_to(np.asarray(place, np.int8), n),
        )

    @staticmethod
    def none() -> Sessions:
        """No session at all."""
        return Sessions.of(np.empty(0), np.empty(0), 0)

    @staticmethod
    def concat(parts: list[Sessions]) -> Sessions:
        """Put several lots of sessions together."""
        return Sessions(
            *(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Sessions))
        )

    def take(self, rows: Array) -> Sessions:
        """Return the sessions at `rows` (indices or a mask)."""
        return Sessions(*(getattr(self, f.name)[rows] for f in fields(Sessions)))


def everyday(
    rng: np.random.Generator,
    accounts: Accounts,
    n_days: int,
    volume: float | Array = 1.0,
) -> Sessions:
    """Draw everybody's ordinary sessions, a day before and after the period included.

    Parameters
    ----------
    rng : the component's stream
    accounts : whose
    n_days : length of the log
    volume : factor on the accounts' own plays per day, one or (n,)
    """
    n = len(accounts)
    days = np.arange(-1, n_days + 1)
    volume = np.broadcast_to(np.asarray(volume, np.float64), n)
    who, day = np.nonzero(rng.random((n, len(days)), np.float32) < accounts.active[:, None])
    day = days[day]
    rate = accounts.rate * volume
    median = np.minimum(_SESSION_MEDIAN, 0.55 * rate + 0.5)
    mean = median * np.exp(_SESSION_SIGMA**2 / 2)
    today = np.maximum(rate / mean - 1.0, 0.0)[who]
    # Who listens less than a session a day still has days without one.
    some = rng.random(len(who)) < np.minimum(2 * volume[who], 1.0)
    count = (1 + rng.poisson(today)) * some
    account = np.repeat(who, count)
    session_day = np.repeat(day, count)
    size = np.exp(rng.normal(np.log(median[account]), _SESSION_SIGMA))
    n_plays = np.clip(np.rint(size), 1, 400).astype(np.int64)
    loop = rng.random(len(account)) < accounts.loop_rate[account]
    n_loop = int(loop.sum())
    n_plays[loop] = np.minimum(
        _LOOP_MIN * rng.random(n_loop) ** (-1 / _LOOP_EXPONENT), _LOOP_MAX
    ).astype(np.int64)
    start_s = local_start(rng, session_day, accounts.market[account], accounts.shift_h[account])
    ordinary = Sessions.of(
        account,
        start_s,
        n_plays,
        script=np.where(loop, LOOP, FREE),
        place=_places(rng, accounts, account, start_s),
    )
    return Sessions.concat([ordinary, _marathons(rng, accounts, who, day)])


def _places(rng: np.random.Generator, accounts: Accounts, account: Array, start_s: Array) -> Array:
    """Half the sessions are at home; in office hours, those who have an office are there."""
    market = accounts.market[account]
    working = accounts.addresses.has_office[account] & in_office_hours(start_s, market)
    out = rng.random(len(account)) < 0.35
    return np.select([working, out], [OFFICE, OUT], HOME)


def _marathons(rng: np.random.Generator, accounts: Accounts, who: Array, day: Array) -> Sessions:
    """Days on which the music hardly stops: nearly around the clock, at home."""
    those = np.flatnonzero(rng.random(len(who)) < accounts.marathon[who])
    account = who[those]
    start_s = local_midnight(accounts.market[account], day[those]) + rng.uniform(
        0, 3600, len(those)
    )
    n_plays = rng.integers(_MARATHON_PLAYS, _MARATHON_PLAYS + 60, len(those))
    return Sessions.of(account, start_s, n_plays, skip=0.02, place=HOME)
