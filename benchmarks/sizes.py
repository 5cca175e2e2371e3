"""Sizes as people write them: 100k, 1M, 1B."""

from __future__ import annotations

UNITS = {"k": 10**3, "M": 10**6, "B": 10**9}


def parse_size(text: str) -> int:
    """100k is 100,000."""
    number, unit = (text[:-1], UNITS[text[-1]]) if text[-1:] in UNITS else (text, 1)
    return round(float(number) * unit)


def short_size(n: int) -> str:
    """100,000 is 100k."""
    for unit, size in reversed(UNITS.items()):
        if n >= size and n % (size // 10) == 0:
            return f"{n / size:g}{unit}"
    return str(n)
