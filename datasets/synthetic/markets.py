"""Markets, the period of the log and the clock people live by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

DAY_S = 86_400
START_US = 1_769_990_400_000_000
"""Monday 2026-02-02 00:00 UTC."""
_FIRST_DAY, _LAST_DAY = -40, 800
"""Days around the start of the log for which clocks are known; before it, accounts sign up."""


@dataclass(frozen=True, slots=True)
class Market:
    """One market: who lives there and when."""

    code: str
    """ISO 3166-1 alpha-2."""
    zone: str
    """IANA time zone that stands for the market."""
    weight: float
    """Share of the honest accounts."""
    cgnat_share: float
    """Share of the accounts whose mobile traffic leaves through carrier-grade NAT."""
    skip: float
    """Mean share of plays that end within 30 s."""
    paid: float
    """Share of the accounts that pay."""


# An assumption, but for the mean skip rate (28% within 30 s): big and small markets, two of them
# below 1% of the accounts, where a false positive rate is hardest to keep.
MARKETS = (
    Market("US", "America/New_York", 0.265, 0.05, 0.30, 0.62),
    Market("BR", "America/Sao_Paulo", 0.16, 0.25, 0.29, 0.38),
    Market("IN", "Asia/Kolkata", 0.135, 0.40, 0.31, 0.22),
    Market("DE", "Europe/Berlin", 0.105, 0.10, 0.26, 0.66),
    Market("GB", "Europe/London", 0.09, 0.06, 0.28, 0.66),
    Market("MX", "America/Mexico_City", 0.085, 0.25, 0.28, 0.42),
    Market("FR", "Europe/Paris", 0.06, 0.08, 0.27, 0.62),
    Market("JP", "Asia/Tokyo", 0.045, 0.12, 0.24, 0.60),
    Market("SE", "Europe/Stockholm", 0.025, 0.06, 0.27, 0.78),
    Market("PH", "Asia/Manila", 0.017, 0.45, 0.30, 0.20),
    Market("BG", "Europe/Sofia", 0.008, 0.15, 0.28, 0.45),
    Market("EE", "Europe/Tallinn", 0.005, 0.08, 0.27, 0.60),
)
MARKET_CODES = tuple(market.code for market in MARKETS)
WEIGHT = np.array([market.weight for market in MARKETS])
WEIGHT = WEIGHT / WEIGHT.sum()

# Local hour weights, an assumption shaped after published daily curves: a trough before dawn, a
# morning shoulder and an evening peak. The floor keeps every hour possible.
_WEEKDAY = [2, 1, 1, 1, 1, 2, 5, 8, 9, 8, 8, 8, 9, 9, 9, 10, 11, 12, 12, 11, 10, 9, 7, 4]
_WEEKEND = [4, 3, 2, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11, 11, 11, 11, 11, 11, 12, 12, 11, 10, 8, 6]
_FLOOR = 0.05
_CONTRAST = 1.6
"""The curves are of many people, whose nights differ; one person's are quieter."""

CHRONOTYPE_H = np.array([-2.0, 0.0, 1.5, 4.0])
"""Early risers, office hours, evening people, night people: shift of the personal clock."""


def market_index(code: str) -> int:
    """Return the index of a market in `MARKETS`."""
    return MARKET_CODES.index(code)


@cache
def _offsets() -> Array:
    """Seconds that local noon is ahead of UTC, (n_markets, n_days): summer time included."""
    start = datetime.fromtimestamp(START_US / 1e6, UTC)
    days = [
        (start + timedelta(days=day)).replace(hour=12, tzinfo=None)
        for day in range(_FIRST_DAY, _LAST_DAY)
    ]
    table = []
    for market in MARKETS:
        zone = ZoneInfo(market.zone)
        table.append([_seconds(zone.utcoffset(day)) for day in days])
    return np.array(table, np.float64)


def _seconds(offset: timedelta | None) -> float:
    return offset.total_seconds() if offset is not None else 0.0


def utc_offset_s(market: Array | int, day: Array | int) -> Array:
    """Return how many seconds local time is ahead of UTC on a day of the log."""
    offsets: Array = _offsets()[market, np.clip(day, _FIRST_DAY, _LAST_DAY - 1) - _FIRST_DAY]
    return offsets


def local_midnight(market: Array | int, day: Array | int) -> Array:
    """Return local midnight in seconds since the start of the log."""
    return np.asarray(day) * float(DAY_S) - utc_offset_s(market, day)


def hour_cdf() -> Array:
    """Cumulative share of session starts by local hour, (7 weekdays from Monday, 24 hours)."""
    week = np.array([_WEEKDAY] * 5 + [_WEEKEND] * 2, np.float64)
    week = np.maximum(week / week.max(), _FLOOR) ** _CONTRAST
    cdf: Array = np.cumsum(week, axis=1) / week.sum(axis=1, keepdims=True)
    cdf[:, -1] = 1.0
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
    # One search in the seven curves, laid end to end.
    curve = (np.arange(7)[:, None] + hour_cdf()).ravel()
    hour = np.searchsorted(curve, day % 7 + rng.random(len(day)), side="right") % 24
    local_h = (hour + rng.random(len(day)) + shift_h) % 24.0
    start: Array = local_midnight(market, day) + local_h * 3600.0
    return start
