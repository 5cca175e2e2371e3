"""Numbers, durations, dates and probabilities as a tired person reads them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def count(value: float | None) -> str:
    """Return a whole number with thousands separators.

    >>> count(1204331)
    '1,204,331'
    """
    return "–" if value is None else f"{round(value):,}"


def number(value: float | None) -> str:
    """Return a number with three significant digits, whole numbers whole.

    >>> number(0.012345), number(1234.5), number(3.0)
    ('0.0123', '1,234', '3')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == round(value) or abs(value) >= 100:
        return f"{round(value):,}"
    if abs(value) < 0.001:
        return power_of_ten(math.log10(abs(value)), "−" if value < 0 else "")
    return f"{value:.3g}"


def power_of_ten(exponent: float, sign: str = "") -> str:
    """Return 10 to the given exponent, rounded to a whole one.

    >>> power_of_ten(-23.4)
    '10⁻²³'
    """
    return f"{sign}10{str(round(exponent)).translate(_SUPERSCRIPTS)}"


def probability(log10_p: float | None) -> str:
    """Return a probability from its decimal logarithm.

    >>> probability(-1.7), probability(-231.2)
    ('0.02', '10⁻²³¹')
    """
    if log10_p is None or math.isnan(log10_p):
        return "–"
    if math.isinf(log10_p):
        return "below 10⁻³⁰⁰"
    return f"{10**log10_p:.2g}" if log10_p > -3 else power_of_ten(log10_p)


def percent(share: float | None) -> str:
    """Return a share of one as a percentage that never rounds to a false 0 or 100.

    >>> percent(0.934), percent(0.0004), percent(0.9999)
    ('93%', 'under 1%', 'over 99%')
    """
    if share is None or math.isnan(share):
        return "–"
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    return f"{share:.0%}"


def seen(observed: float | None, expected: float | None) -> str:
    """Return what was seen and what was expected: shares as percentages, else as they are.

    >>> seen(1.0, 1e-4), seen(1156, 3.5)
    ('seen 100%, expected under 1%', 'seen 1,156, expected 3.5')
    """
    if expected is None:
        return f"seen {number(observed)}"
    shares = (observed or 0) <= 1 and expected <= 1
    said = percent if shares else number
    return f"seen {said(observed)}, expected {said(expected)}"


def duration(seconds: float | None) -> str:
    """Return a duration in its largest fitting unit.

    >>> duration(60), duration(90), duration(86400 * 16), duration(86400 * 2131)
    ('60 s', '90 s', '16 days', '2,131 days')
    """
    if seconds is None or math.isnan(seconds):
        return "–"
    if seconds <= 120:
        return f"{number(seconds)} s"
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size or seconds == size:
            n = seconds / size
            text = f"{n:.3g}" if n < 999.5 else f"{n:,.0f}"
            return f"{text} {unit if seconds != size or unit != 'days' else 'day'}"
    return f"{number(seconds)} s"


def size(n_bytes: float | None) -> str:
    """Return a number of bytes in its largest fitting unit.

    >>> size(3_400_000)
    '3.4 MB'
    """
    if n_bytes is None:
        return "–"
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= factor:
            return f"{n_bytes / factor:.3g} {unit}"
    return f"{n_bytes:.0f} B"


def moment(ts: datetime | None) -> str:
    """Return a time in UTC to the minute.

    >>> moment(datetime(2024, 3, 1, 21, 4, tzinfo=UTC))
    '1 Mar 2024 21:04'
    """
    if ts is None:
        return "–"
    ts = ts.replace(tzinfo=UTC) if ts.tzinfo is None else ts.astimezone(UTC)
    return f"{ts.day} {ts:%b %Y %H:%M}"


def span(first: datetime | None, last: datetime | None) -> str:
    """Return two times and the duration between them.

    >>> span(datetime(2024, 3, 1), datetime(2024, 3, 17))
    '1 Mar 2024 00:00 to 17 Mar 2024 00:00 UTC (16 days)'
    """
    if first is None or last is None:
        return "–"
    length = duration((last - first).total_seconds())
    return f"{moment(first)} to {moment(last)} UTC ({length})"


def plural(n: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    >>> plural(1, "cluster"), plural(3, "cluster"), plural(2, "entry", "entries")
    ('1 cluster', '3 clusters', '2 entries')
    """
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def score(value: float | None) -> str:
    """Return a score between 0 and 1 with two digits, never as a false 0 or 1.

    Nor as a false 0.50, which is where a ring begins.

    >>> score(0.6449), score(0.998), score(0.0004), score(1.0), score(0.497)
    ('0.64', 'over 0.99', 'under 0.01', '1', 'under 0.50')
    """
    if value is None or math.isnan(value):
        return "–"
    if value in (0, 1):
        return f"{value:.0f}"
    if 0.495 <= value < 0.5:
        return "under 0.50"
    return "over 0.99" if value >= 0.995 else "under 0.01" if value < 0.005 else f"{value:.2f}"
