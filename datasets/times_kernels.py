"""Kernel of times.py: ISO 8601 text to microseconds."""

from __future__ import annotations

from typing import Any

from numba import njit

_OK, _NULL, _UNREADABLE = 0, 1, 2


@njit(cache=True, nogil=True)
def _digits(data: Any, start: int, count: int, stop: int) -> int:
    """The number written in `count` digits at `start`; -1 when they are not all digits."""
    if start + count > stop:
        return -1
    value = 0
    for i in range(start, start + count):
        digit = int(data[i]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@njit(cache=True, nogil=True)
def _days_from_civil(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 (Howard Hinnant's algorithm, proleptic Gregorian)."""
    if month <= 2:
        year -= 1
    era = year // 400
    year_of_era = year - era * 400
    shifted = month - 3 if month > 2 else month + 9
    day_of_year = (153 * shifted + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


@njit(cache=True, nogil=True)
def _days_in_month(year: int, month: int) -> int:
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


@njit(cache=True, nogil=True)
def _parse(data: Any, start: int, stop: int) -> tuple[int, bool]:
    """One time: YYYY-MM-DD[(T| )HH:MM[:SS[(.|,)fraction]]][ ][Z|UTC|(+|-)HH[[:]MM]]."""
    year = _digits(data, start, 4, stop)
    month = _digits(data, start + 5, 2, stop)
    day = _digits(data, start + 8, 2, stop)
    if year < 0 or month < 1 or month > 12 or day < 1 or day > _days_in_month(year, month):
        return 0, False
    if data[start + 4] != 45 or data[start + 7] != 45:
        return 0, False
    micros = _days_from_civil(year, month, day) * 86_400_000_000
    i = start + 10
    if i == stop:
        return micros, True
    if data[i] != 84 and data[i] != 116 and data[i] != 32:
        return 0, False
    hour = _digits(data, i + 1, 2, stop)
    minute = _digits(data, i + 4, 2, stop)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or data[i + 3] != 58:
        return 0, False
    micros += (hour * 60 + minute) * 60_000_000
    i += 6
    if i < stop and data[i] == 58:
        second = _digits(data, i + 1, 2, stop)
        if second < 0 or second > 59:
            return 0, False
        micros += second * 1_000_000
        i += 3
        if i < stop and (data[i] == 46 or data[i] == 44):
            i += 1
            first = i
            scale = 100_000
            while i < stop and data[i] >= 48 and data[i] <= 57:
                micros += (int(data[i]) - 48) * scale
                scale //= 10
                i += 1
            if i == first:
                return 0, False
    if i < stop and data[i] == 32:
        i += 1
        if i == stop:
            return 0, False
    if i == stop:
        return micros, True
    if stop - i == 1 and (data[i] == 90 or data[i] == 122):
        return micros, True
    if stop - i == 3 and data[i] == 85 and data[i + 1] == 84 and data[i + 2] == 67:
        return micros, True
    if data[i] != 43 and data[i] != 45:
        return 0, False
    sign = 1 if data[i] == 43 else -1
    hours = _digits(data, i + 1, 2, stop)
    minutes = 0
    rest = stop - i - 3
    if rest == 2:
        minutes = _digits(data, i + 3, 2, stop)
    elif rest == 3 and data[i + 3] == 58:
        minutes = _digits(data, i + 4, 2, stop)
    elif rest != 0:
        return 0, False
    if hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
        return 0, False
    return micros - sign * (hours * 60 + minutes) * 60_000_000, True


@njit(cache=True, nogil=True)
def parse_times(
    offsets: Any, data: Any, numbers: bool, micros: Any, status: Any, digits: Any
) -> None:
    """Parse n texts given as Arrow offsets (n + 1,) and bytes.

    Fills micros (n,) int64, status (n,) (rows whose status is not 0 are skipped) and digits (n,)
    bool: True where, `numbers` allowing, the text was a whole number, left as it is in micros.
    """
    for row in range(len(micros)):
        if status[row] != _OK:
            continue
        start = offsets[row]
        stop = offsets[row + 1]
        while start < stop and data[start] == 32:
            start += 1
        while stop > start and data[stop - 1] == 32:
            stop -= 1
        if start == stop:
            status[row] = _NULL
            continue
        if numbers and stop - start <= 18:
            sign = 1
            first = start
            if data[start] == 45 and stop - start > 1:
                sign = -1
                first = start + 1
            number = _digits(data, first, stop - first, stop)
            if number >= 0:
                micros[row] = sign * number
                digits[row] = True
                continue
        value, good = _parse(data, start, stop)
        if good:
            micros[row] = value
        else:
            status[row] = _UNREADABLE
