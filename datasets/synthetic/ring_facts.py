"""What the truth needs of a ring's events, so that these can leave memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.events import monetised
from cib.datasets.synthetic.hardness import Measured, measured
from cib.datasets.synthetic.rings import Planted
from cib.datasets.synthetic.tables import ROYALTY_MICRO

Array = npt.NDArray[Any]

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Activity:
    """Of each account of a ring, those that it borrowed last; aligned arrays."""

    n_events: Array
    n_inauthentic: Array
    first_us: Array
    """First inauthentic event, microseconds since the start of the log; `NEVER` without one."""
    last_us: Array
    """Last one; -1 without one."""

    @staticmethod
    def of(component: Component) -> Activity:
        """Count a ring's events."""
        e, n = component.events, len(component.accounts) + len(component.borrowed)
        who, when = e.account[e.inauthentic], e.start_us[e.inauthentic]
        first, last = np.full(n, NEVER), np.full(n, -1)
        np.minimum.at(first, who, when)
        np.maximum.at(last, who, when)
        return Activity(
            np.bincount(e.account, minlength=n), np.bincount(who, minlength=n), first, last
        )


@dataclass(frozen=True, slots=True)
class RingFacts:
    """A ring that the truth knows, and what its events say."""

    planted: Planted
    """Without its events."""
    measured: Measured
    start_us: int | None
    """First inauthentic event, microseconds since the start of the log."""
    end_us: int | None
    royalty_micro: int
    """Micro-dollars that counted plays accrued, those on borrowed accounts left out."""
    devices: Array
    """uint64, ascending: behind inauthentic events."""
    ips: Array

    @staticmethod
    def of(planted: Planted, n_days: int) -> RingFacts:
        """Take from a ring's events what its truth needs; `n_days` is the length of the log."""
        e = planted.component.events
        bad = e.inauthentic
        when = e.start_us[bad]
        return RingFacts(
            planted=planted.without_events(),
            measured=measured(planted, n_days),
            start_us=int(when.min()) if len(when) else None,
            end_us=int(when.max()) if len(when) else None,
            royalty_micro=_royalty(planted.component),
            devices=np.unique(e.device[bad & (e.device > 0)]),
            ips=np.unique(e.ip[bad & (e.ip > 0)]),
        )


def _royalty(component: Component) -> int:
    e, a = component.events, component.accounts
    account = e.account[monetised(e) & (e.account < len(a))]
    return int(ROYALTY_MICRO[a.market[account], a.tier[account]].sum())
