"""Confounder groups and everyday people drawn alike, and what may be counted in either."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import make_accounts
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders import GROUPS
from cib.datasets.synthetic.events import PLAY, Events, finish
from cib.datasets.synthetic.markets import DAY_S, utc_offset_s
from cib.datasets.synthetic.playing import play
from cib.datasets.synthetic.sessions import everyday
from cib.datasets.synthetic.social import with_reactions
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import CONFOUNDERS, stream

Array = npt.NDArray[Any]

_DRAWN: dict[tuple[str, int, int, int], Component] = {}


def group(stage: Stage, code: str, n: int, seed: int = 0) -> Component:
    """Draw a group of `n` once per test run; another `seed`, another draw."""
    key = (code, n, stage.n_days, seed)
    if key not in _DRAWN:
        number = int(code[1:])
        rng = stream(stage.seed + seed, CONFOUNDERS, number)
        _DRAWN[key] = GROUPS[code].make(rng, stage, n, number)
    return _DRAWN[key]


def plain(stage: Stage, n: int) -> Component:
    """Draw `n` everyday listeners: what a group must not be mistaken for."""
    key = ("", n, stage.n_days, 0)
    if key not in _DRAWN:
        rng = stream(stage.seed, CONFOUNDERS, 900)
        accounts = make_accounts(rng, stage.catalogue, n, first_number=900 * NUMBERS)
        plays = play(rng, stage.catalogue, accounts, everyday(rng, accounts, stage.n_days))
        events = finish(with_reactions(rng, stage, accounts, plays), stage.n_days)
        _DRAWN[key] = honest_component(900, accounts, events, "")
    return _DRAWN[key]


def plays_of(component: Component) -> Events:
    """Plays alone, by account and time, each once."""
    e = component.events
    e = e.take(e.action == PLAY)
    e = e.take(np.lexsort((e.start_us, e.account)))
    return e.take(np.append(True, (np.diff(e.start_us) != 0) | (np.diff(e.account) != 0)))


def local_time(component: Component, events: Events) -> tuple[Array, Array]:
    """Return the local day and the local hour of events, by the account's own market."""
    market = component.accounts.market[events.account]
    day = np.floor(events.start_s / DAY_S).astype(np.int64)
    local_s = events.start_s + utc_offset_s(market, day)
    return np.floor(local_s / DAY_S).astype(np.int64), local_s % DAY_S / 3600


def run_holders(plays: Events, k: int = 5) -> float:
    """Largest share of the accounts that played the same `k` different tracks in a row."""
    window = np.lib.stride_tricks.sliding_window_view
    runs = window(plays.content, k)
    one_account = plays.account[: len(runs)] == plays.account[k - 1 :]
    ordered = np.sort(runs, axis=1)
    different = (np.diff(ordered, axis=1) > 0).all(axis=1)
    use = one_account & different
    odd = np.random.default_rng(0).integers(0, 2**62, k, dtype=np.uint64) * np.uint64(2)
    run = (runs[use].astype(np.uint64) * (odd + np.uint64(1))).sum(axis=1, dtype=np.uint64)
    account = plays.account[: len(runs)][use]
    order = np.lexsort((account, run))
    run, account = run[order], account[order]
    new = np.append(True, (np.diff(run) != 0) | (np.diff(account) != 0))
    _, holders = np.unique(run[new], return_counts=True)
    return float(holders.max() / len(np.unique(plays.account)))


def in_company(plays: Events, within_s: float, least: int) -> float:
    """Share of the accounts that once started a track with `least` - 1 others at a moment."""
    order = np.lexsort((plays.start_us, plays.content))
    content, start, account = plays.content[order], plays.start_s[order], plays.account[order]
    last = len(content) - least + 1
    together = content[:last] == content[least - 1 :]
    together &= start[least - 1 :] - start[:last] <= within_s
    first = np.flatnonzero(together)
    rows = first[:, None] + np.arange(least)
    people = np.sort(account[rows], axis=1)
    rows = rows[(np.diff(people, axis=1) > 0).all(axis=1)]
    return len(np.unique(account[rows])) / len(np.unique(account))


def active_hours(plays: Events) -> tuple[Array, Array]:
    """Return account and clock hours with a play, for every account-day that has one."""
    hour = plays.start_us // 3_600_000_000
    cells = np.unique(np.column_stack([plays.account, hour]), axis=0)
    days, count = np.unique(
        np.column_stack([cells[:, 0], cells[:, 1] // 24]), axis=0, return_counts=True
    )
    return days[:, 0], count
