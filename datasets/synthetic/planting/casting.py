"""From what an attack does on the stage to rows of the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable
from cib.datasets.synthetic.events import (
    ACTIONS,
    AD_CLICK,
    AD_IMPRESSION,
    DOWNLOAD,
    FOLLOW,
    PLAY,
    REPORT,
    Events,
)
from cib.datasets.synthetic.planting.cover import log_cover
from cib.datasets.synthetic.planting.survey import Log
from cib.datasets.synthetic.rings import Planted, RingSpec

Array = npt.NDArray[Any]

_DAY_US = 86_400_000_000
_SPECIAL = (AD_CLICK, AD_IMPRESSION, DOWNLOAD, FOLLOW, REPORT)
"""Actions that nothing else can stand for."""
_NEEDED = {
    "A01": (("ts",),),
    "A02": (("ts",),),
    "A10": (("device_hash",), ("ip_hash",)),
    "A12": (("ts", "ip_market"),),
    "A16": (("ts",),),
}
"""Columns without which a scenario is not itself: any one of these sets is enough."""


@dataclass(frozen=True, slots=True)
class Cast:
    """A ring and its rows; aligned arrays."""

    planted: Planted
    """With the events that became rows."""
    account: Array
    """Index into the log's accounts; new ones follow after them."""
    content: Array
    action: Array
    """Index into the log's actions; 0 without any."""
    ts_us: Array
    """Microseconds since 1970, as the log's clock counts; 0 in a log without times."""

    @property
    def market(self) -> Array:
        """Index into `MARKETS` of the ring's own accounts, -1 for those of the log."""
        c = self.planted.component
        markets = np.append(c.accounts.market, np.full(len(c.borrowed), -1))
        found: Array = markets[c.events.account]
        return found

    @property
    def inauthentic(self) -> Array:
        """Mask of the rows that serve the ring."""
        return self.planted.component.events.inauthentic

    def __len__(self) -> int:
        return len(self.account)


def check_scenario(log: Log, spec: RingSpec) -> None:
    """Refuse a scenario that cannot work on the log.

    Raises
    ------
    UsageError
        Naming the columns that it takes.
    """
    options = _NEEDED.get(spec.scenario, ())
    refs = log.schema.refs
    if options and not any(all(name in refs for name in names) for names in options):
        wanted = " or ".join(" and ".join(names) for names in options)
        raise UsageError(
            f"Scenario {spec.scenario} needs {wanted}, which this log lacks; name the column by "
            "--map if it is called otherwise, or choose another scenario."
        )


def fitted(log: Log, spec: RingSpec, given: Sequence[str]) -> RingSpec:
    """Fit what nobody asked for to the log.

    Parameters
    ----------
    log : the log
    spec : the ring
    given : names of the fields that were asked for

    Notes
    -----
    Ring accounts, cover included, have no more rows a day than the busiest hundredth of
    account-days in the log, and the ring starts with a log that is over before it would start.
    """
    if "plays_per_day" not in given:
        busiest = max(log.sample.per_day(0.99, log.n_days), 1 / log.n_days)
        spec = replace(spec, plays_per_day=min(spec.plays_per_day, busiest * spec.target_share))
    if "start_day" not in given and spec.start_day >= log.n_days:
        spec = replace(spec, start_day=0)
    return spec


def cast(
    rng: np.random.Generator, log: Log, planted: Planted, first_new: int, action: str | None
) -> Cast:
    """Turn a ring's events into rows.

    Parameters
    ----------
    rng : the ring's stream
    log : the log
    planted : what the attack made
    first_new : index of the ring's first account
    action : the log's name for what serves the ring; None takes the one of that name, or the
        commonest

    Raises
    ------
    UsageError
        The log has no such action, or nothing of the ring falls into the log's period.
    """
    spec, component = planted.spec, planted.component
    n_own = len(component.accounts)
    events = component.events
    known = {name.lower(): i for i, name in reversed(list(enumerate(log.actions)))}
    code = np.array([known.get(name, -1) for name in ACTIONS])
    said = _target_actions(log, planted, code, action)
    # Reactions that come with listening are only there where the log has such rows.
    events = events.take(events.inauthentic | (events.action == PLAY) | (code[events.action] >= 0))
    ts_us = np.zeros(len(events), np.int64)
    if log.timed:
        ts_us = events.start_us + log.first_us // _DAY_US * _DAY_US
        within = (ts_us >= log.first_us) & (ts_us <= log.last_us)
        events, ts_us = events.take(np.flatnonzero(within)), ts_us[within]
        ts_us = np.maximum(ts_us - (ts_us - log.phase_us) % log.clock_us, log.first_us)
    act = np.where(events.inauthentic, said[events.action], code[events.action])
    act = np.where(act >= 0, act, 0)
    content = events.content.astype(np.int64)
    # What fills up the ring's own playlists stays; listening beside it comes from the log.
    listed = np.isin(events.parent_id, [context.parent_id for context in component.contexts])
    own_cover = ~events.inauthentic & (events.action == PLAY) & (events.account < n_own) & ~listed
    cover = np.flatnonzero(own_cover)
    if len(cover) and spec.cover != "organised":
        cover = cover[np.lexsort((events.start_us[cover], events.account[cover]))]
        content[cover], copied = log_cover(
            rng, spec, log.audience, log.sample, events.account[cover]
        )
        act[cover] = np.where(copied >= 0, copied, act[cover])
        parent_id, parent_kind = events.parent_id.copy(), events.parent_kind.copy()
        parent_id[cover], parent_kind[cover] = 0, -1
        events = events.replace(parent_id=parent_id, parent_kind=parent_kind)
    own = events.account < n_own
    account = np.where(own, first_new + events.account, 0)
    account[~own] = component.borrowed[events.account[~own] - n_own]
    kept = _distinct(log, events, account, content, act, ts_us)
    events = events.take(kept).replace(content=content[kept])
    if not events.inauthentic.any():
        raise UsageError(
            f"Ring {spec.ring_id}: nothing of it falls into the period of the log "
            f"({log.n_days} days); change start_day, n_days, plays_per_day or n_accounts."
        )
    return Cast(
        replace(planted, component=replace(component, events=events)),
        account[kept],
        content[kept],
        act[kept],
        ts_us[kept],
    )


def _target_actions(log: Log, planted: Planted, code: Array, action: str | None) -> Array:
    """Return the log's action for each of ours, as far as the ring's own events go."""
    spec, events = planted.spec, planted.component.events
    if action is not None:
        if action not in log.actions:
            raise UsageError(
                f"--action {printable(action)}: the log has no such action; it has "
                f"{_listed(log.actions)}."
            )
        return np.full(len(ACTIONS), log.actions.index(action))
    for used in np.unique(events.action[events.inauthentic]).tolist():
        absent = log.actions or used == REPORT
        if used in _SPECIAL and code[used] < 0 and absent:
            raise UsageError(
                f"Scenario {spec.scenario} makes rows of the action {ACTIONS[used]}, which this "
                f"log does not have (it has {_listed(log.actions)}); name the log's word for it by "
                "--action, or choose another scenario."
            )
    return np.where(code >= 0, code, 0)


def _listed(actions: Sequence[str]) -> str:
    shown = ", ".join(printable(name, 40) for name in actions[:10])
    return shown or "no column of actions"


def _distinct(
    log: Log, events: Events, account: Array, content: Array, action: Array, ts_us: Array
) -> Array:
    """Rows that are left when none is there twice, and no pair where the log has each pair once."""
    keys: tuple[Array, ...] = (content, account)
    if log.sample.n_pairs < len(log.sample):
        if not log.timed:
            return np.arange(len(events))
        keys = (ts_us, action, *keys)
    order = np.lexsort((events.start_us, ~events.inauthentic, *keys))
    new = np.ones(len(order), np.bool_)
    new[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    return np.sort(order[new])
