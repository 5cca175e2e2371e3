"""G03, a viral trend: one hook spreads from person to person and doubles every 6 to 24 hours.

A pure birth (Yule) process: everyone who has met the hook passes it on at the same rate, so that
numbers double and few have many followers. Who meets it plays its 15 to 60 s, comes back for some
days and shares it before the next one comes; many signed up for it days before. Looks like A11.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, make_accounts
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import heard, lives, signed_up
from cib.datasets.synthetic.events import SHARE
from cib.datasets.synthetic.markets import DAY_S, utc_offset_s
from cib.datasets.synthetic.operating import acts
from cib.datasets.synthetic.sessions import everyday
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

SIZE = 1_500
_DOUBLING_H = (6.0, 24.0)
_NEW = 0.4
"""Share of those who signed up within three days before they met the hook."""
_WAKES_H = 6.0


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw how the hook spreads and what everyone does with it."""
    catalogue, n_days = stage.catalogue, stage.n_days
    accounts = make_accounts(rng, catalogue, n, first_number=number * NUMBERS)
    met_s = np.sort(_awake(rng, accounts, _spread(rng, n, n_days)))
    # Everybody has it from somebody who met it before, each of these as likely as the other.
    parent = (rng.random(n - 1) * np.arange(1, n)).astype(np.int64)
    new = np.flatnonzero(rng.random(n) < _NEW)
    accounts = signed_up(accounts, new, met_s[new] - rng.uniform(0.01, 3.0, len(new)) * DAY_S)

    again = rng.geometric(0.3, n) - 1
    who = np.concatenate([np.arange(n), np.repeat(np.arange(n), again)])
    later = rng.exponential(1.5 * DAY_S, len(who) - n) + 600.0
    start_s = met_s[who] + np.concatenate([np.zeros(n), later])
    start_s[n:] = _awake(rng, accounts.take(who[n:]), start_s[n:])
    hook = np.full(len(who), _hook(rng, stage))
    hooks = heard(catalogue, accounts, who, hook, start_s, rng.uniform(15.0, 60.0, len(who)))

    shared_s = met_s[parent] + rng.uniform(0.05, 1.0, n - 1) * (met_s[1:] - met_s[parent])
    shares = acts(accounts, parent, hook[: n - 1], SHARE, shared_s)
    events = lives(
        rng, stage, accounts, everyday(rng, accounts, n_days), plays=hooks, others=shares
    )
    return honest_component(number, accounts, events, "G03")


def _spread(rng: np.random.Generator, n: int, n_days: int) -> Array:
    """Return when each of `n` meets the hook, seconds."""
    # Growth must fit into the period, but is never faster than the fastest trends.
    slowest = max(0.6 * n_days * 24 / max(np.log2(n), 1.0), _DOUBLING_H[0])
    doubling_h = rng.uniform(_DOUBLING_H[0], min(_DOUBLING_H[1], slowest))
    rate = np.log(2) / (doubling_h * 3600)
    gaps = rng.exponential(1 / (rate * np.arange(1, n)))
    met = np.append(0.0, np.cumsum(gaps))
    room = max(n_days * DAY_S - met[-1] - 2 * DAY_S, 0.0)
    moments: Array = 0.25 * DAY_S + rng.uniform(0, room) + met
    return moments


def _awake(rng: np.random.Generator, accounts: Accounts, moment_s: Array) -> Array:
    """Put off to the morning what would fall between one and six o'clock at night."""
    day = np.floor(moment_s / DAY_S).astype(np.int64)
    hour = (moment_s + utc_offset_s(accounts.market, day)) % DAY_S / 3600
    asleep = (hour >= 1) & (hour < _WAKES_H)
    wait_h = _WAKES_H - hour + rng.exponential(1.5, len(moment_s))
    awake: Array = moment_s + np.where(asleep, wait_h, 0.0) * 3600
    return awake


def _hook(rng: np.random.Generator, stage: Stage) -> int:
    """Draw a track that few knew before."""
    few = stage.contents("track", (0.0005 * stage.n_accounts, 0.02 * stage.n_accounts), known=True)
    return int(rng.choice(few if len(few) else stage.contents("track", known=True)))
