"""Markets, the period of the log and the clock people live by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

DAY_S = 86_400
START_US = 1_769_990_400_000_000
"""Monday 2026-02-02 00:00 UTC. No market below moves its clocks in February, so fixed offsets are
exact and the log does not depend on the machine's time zone tables."""


@dataclass(frozen=True, slots=True)
class Market:
    """One market: who lives there and when."""

    code: str
    """ISO 3166-1 alpha-2."""
    utc_offset_s: int
    weight: float
    """Share of the honest accounts."""
    cgnat_share: float = 0.0
    """Share of the accounts whose mobile traffic leaves through the market's one CGNAT address."""


MARKETS = (
    Market("US", -5 * 3600, 0.38),
    Market("BR", -3 * 3600, 0.26),
    Market("SE", 1 * 3600, 0.19),
    Market("IN", 5 * 3600 + 1800, 0.13, cgnat_share=0.4),
    Market("BG", 2 * 3600, 0.04),
)
MARKET_CODES = tuple(market.code for market in MARKETS)
UTC_OFFSET_S = np.array([market.utc_offset_s for market in MARKETS], np.float64)

# Local hour weights, an assumption shaped after published daily curves: a trough before dawn, a
# morning shoulder and an evening peak. The floor keeps every hour possible.
_WEEKDAY = [2, 1, 1, 1, 1, 2, 5, 8, 9, 8, 8, 8, 9, 9, 9, 10, 11, 12, 12, 11, 10, 9, 7, 4]
_WEEKEND = [4, 3, 2, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11, 11, 11, 11, 11, 11, 12, 12, 11, 10, 8, 6]
_FLOOR = 0.05

CHRONOTYPE_H = np.array([-2.0, 0.0, 1.5, 4.0])
"""Early risers, office hours, evening people, night people: shift of the personal clock."""


def hour_cdf() -> Array:
    """Cumulative share of session starts by local hour, (7 weekdays from Monday, 24 hours)."""
    week = np.array([_WEEKDAY] * 5 + [_WEEKEND] * 2, np.float64)
    week = np.maximum(week, _FLOOR * week.max())
    cdf: Array = np.cumsum(week, axis=1) / week.sum(axis=1, keepdims=True)
    return cdf


def local_start(
    rng: np.random.Generator, day: Array, market: Array, shift_h: Array | float = 0.0
) -> Array:
    """Draw when sessions start.

    Parameters
    ----------
    rng : the component's stream
    day : (n,) local day, counted from the first day of the log
    market : (n,) index into `MARKETS`
    shift_h : personal clock shift in hours

    Returns
    -------
    (n,) seconds since the start of the log, UTC
    """
    cdf = hour_cdf()[day % 7]
    hour = (cdf < rng.random(len(day))[:, None]).sum(axis=1)
    local_h = (hour + rng.random(len(day)) + shift_h) % 24.0
    start: Array = day * DAY_S + local_h * 3600.0 - UTC_OFFSET_S[market]
    return start
