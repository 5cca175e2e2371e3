"""Durations as people write them (60s, 5m, 1h, 30d) and as the code counts them (microseconds)."""

from __future__ import annotations

import re

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable

US_PER_SECOND = 1_000_000
US_PER_HOUR = 3600 * US_PER_SECOND
US_PER_DAY = 24 * US_PER_HOUR

UNITS = {
    "us": 1,
    "ms": 1000,
    "s": US_PER_SECOND,
    "m": 60 * US_PER_SECOND,
    "h": US_PER_HOUR,
    "d": US_PER_DAY,
}


def parse_duration(text: str) -> int:
    """Read a duration such as 60s, 1.5m or 250ms; returns microseconds.

    Raises
    ------
    UsageError
        Not a number followed by one of us, ms, s, m, h, d, or no whole number of microseconds.

    Examples
    --------
    >>> parse_duration("5m")
    300000000
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|m|h|d)\s*", text)
    if not match:
        raise UsageError(
            f"“{printable(text)}” is not a duration: write a number and a unit, such as 60s, 5m, "
            f"1h or 30d (units: {', '.join(UNITS)})."
        )
    us = float(match[1]) * UNITS[match[2]]
    if us != int(us) or us >= 2**62:
        raise UsageError(
            f"“{printable(text)}” is not a duration that can be counted in microseconds."
        )
    return int(us)


def format_duration(us: int) -> str:
    """Write a duration in the largest unit that leaves a whole number.

    Examples
    --------
    >>> format_duration(300_000_000), format_duration(90_000_000), format_duration(0)
    ('5m', '90s', '0s')
    """
    for unit in ("d", "h", "m", "s", "ms"):
        if us and us % UNITS[unit] == 0:
            return f"{us // UNITS[unit]}{unit}"
    return f"{us}us" if us else "0s"
