"""Any way of writing an instant becomes microseconds since 1970-01-01 UTC, or a reason why not."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.columns import TIME_UNITS

EARLIEST = 631_152_000_000_000
"""1990-01-01 UTC, microseconds: nothing was streamed or posted before; a zero is excluded."""

LATEST = 4_102_444_800_000_000
"""2100-01-01 UTC, microseconds: from here on a time is a wrong unit or a sentinel."""

OK, NULL, UNREADABLE, ABSURD = 0, 1, 2, 3
"""What `to_micros` says of each value; from `ABSURD + 1` on: absurd, but plausible in the unit
`UNITS[status - ABSURD - 1]`."""

UNITS = tuple(TIME_UNITS)
_WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def guess_unit(low: float | None, high: float | None) -> tuple[str, str] | None:
    """The unit in which both numbers are plausible times, and its name; None when there is none.

    Examples
    --------
    >>> guess_unit(1_341_100_972, 1_341_705_593)
    ('s', 'seconds')
    """
    if low is None or high is None:
        return None
    for unit, per_second in TIME_UNITS.items():
        earliest, latest = _bounds(per_second)
        if earliest <= high < latest and (earliest <= low or low <= 0):
            return unit, _WORDS[unit]
    return None


def iso(micros: int) -> str:
    """An instant as ISO 8601 text in UTC."""
    return (
        datetime.fromtimestamp(micros // 1_000_000, UTC)
        .replace(microsecond=micros % 1_000_000, tzinfo=None)
        .isoformat()
        + "Z"
    )


def describe_status(status: int, kind: pa.DataType, unit: str | None) -> str:
    """The quarantine reason for a status of `to_micros`."""
    if status == NULL:
        return "null"
    if status == UNREADABLE:
        return "not an ISO 8601 time"
    read_as = kind.unit if pa.types.is_timestamp(kind) else unit
    reason = "time outside 1990 to 2100"
    if read_as in TIME_UNITS:
        reason += f" when read as {_WORDS[read_as]}"
    if status > ABSURD:
        reason += f"; it would be plausible as {_WORDS[UNITS[status - ABSURD - 1]]}"
    return reason


def to_micros(
    values: pa.Array, unit: str | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Convert a batch of times.

    Parameters
    ----------
    values
        (n,) timestamps (with a zone: instants; without: UTC), dates (midnight UTC), integers or
        floats in `unit`, or text or UTF-8 bytes in ISO 8601, each with or without its own offset
        (without: UTC; digits alone: a number in `unit`). Digits below a microsecond are cut.
    unit
        Unit of numbers: s, ms, us, ns, or None when there are none.

    Returns
    -------
    micros, status
        (n,) microseconds since 1970-01-01 UTC, 0 where there is none; (n,) `OK`, `NULL`,
        `UNREADABLE`, or `ABSURD` and above for instants outside [1990, 2100).
    """
    kind = values.type
    status = np.zeros(len(values), np.uint8)
    if values.null_count:
        status[~valid_mask(values)] = NULL
    if pa.types.is_null(kind):
        status[:] = NULL
        return np.zeros(len(values), np.int64), status
    if pa.types.is_timestamp(kind):
        micros = _scale(_raw(values, np.dtype(np.int64)), TIME_UNITS[kind.unit], status)
    elif pa.types.is_date32(kind):
        days = _raw(values, np.dtype(np.int32)).astype(np.int64)
        micros = _scale(days * 86_400, 1, status)
    elif pa.types.is_date64(kind):
        micros = _scale(_raw(values, np.dtype(np.int64)), 1_000, status)
    elif pa.types.is_integer(kind):
        assert unit is not None, "schema.py lets no number without unit through"
        raw = _raw(values, np.dtype(kind.to_pandas_dtype()))
        micros = _scale(raw.astype(np.int64), TIME_UNITS[unit], status)
    elif pa.types.is_floating(kind):
        assert unit is not None, "schema.py lets no number without unit through"
        micros = _from_floats(values, TIME_UNITS[unit], status)
    else:
        micros = _from_text(values, unit, status)
    micros[status != OK] = 0
    return micros, status


def valid_mask(values: pa.Array) -> npt.NDArray[np.bool_]:
    """(n,) True where a value is not null."""
    buffer = values.buffers()[0]
    if buffer is None or values.null_count == 0:
        return np.ones(len(values), np.bool_)
    bits = np.frombuffer(buffer, np.uint8)
    start, stop = values.offset, values.offset + len(values)
    mask = np.unpackbits(bits[start // 8 : (stop + 7) // 8], bitorder="little")
    return mask[start % 8 : start % 8 + len(values)].view(np.bool_)


def _raw(values: pa.Array, dtype: np.dtype[np.generic]) -> npt.NDArray[np.generic]:
    """(n,) the stored numbers, without a copy; what lies under a null is anything."""
    buffer = values.buffers()[1]
    if buffer is None:
        return np.zeros(len(values), dtype)
    return np.frombuffer(buffer, dtype, values.offset + len(values))[values.offset :]


def _bounds(per_second: int) -> tuple[int, int]:
    """Earliest and latest time in a unit; the four units' ranges do not overlap."""
    return EARLIEST // 1_000_000 * per_second, LATEST // 1_000_000 * per_second


def _scale(
    raw: npt.NDArray[np.generic], per_second: int, status: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """Integers in a unit to microseconds; marks what is absurd."""
    numbers: npt.NDArray[np.int64] = raw.view(np.int64)
    earliest, latest = _bounds(per_second)
    absurd = (numbers < earliest) | (numbers >= latest)
    absurd &= status == OK
    if absurd.any():
        status[absurd] = ABSURD
        for index, other in enumerate(TIME_UNITS.values()):
            low, high = _bounds(other)
            status[absurd & (numbers >= low) & (numbers < high)] = ABSURD + 1 + index
    if per_second > 1_000_000:
        whole: npt.NDArray[np.int64] = numbers // (per_second // 1_000_000)
        return whole
    micros = numbers.copy()
    micros[status != OK] = 0
    if per_second < 1_000_000:
        micros *= 1_000_000 // per_second
    return micros


def _from_floats(
    values: pa.Array, per_second: int, status: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """Floats in a unit to microseconds; NaN is null, infinity is absurd."""
    numbers = np.array(values.cast(pa.float64(), safe=False).fill_null(0.0))
    status[np.isnan(numbers)] = NULL
    lost = (np.abs(numbers) >= 2.0**62) & (status == OK)
    status[lost] = ABSURD
    numbers[status != OK] = 0
    if per_second < 1_000_000:
        whole = np.floor(numbers)
        scale = 1_000_000 // per_second
        part = np.rint((numbers - whole) * scale).astype(np.int64)
        _scale(whole.astype(np.int64), per_second, status)
        whole[status != OK] = 0
        micros: npt.NDArray[np.int64] = whole.astype(np.int64) * scale + part
        return micros
    return _scale(numbers.astype(np.int64), per_second, status)


def _from_text(
    values: pa.Array, unit: str | None, status: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """ISO 8601 text to microseconds, digits alone to a number in `unit`."""
    from cib.datasets.times_kernels import parse_times

    values = values.cast(pa.large_binary())
    micros = np.zeros(len(values), np.int64)
    if not len(values):
        return micros
    offsets = np.frombuffer(values.buffers()[1], np.int64)[values.offset :]
    buffer = values.buffers()[2]
    data = (
        np.frombuffer(buffer, np.uint8)
        if buffer is not None and buffer.size
        else np.zeros(1, np.uint8)
    )
    digits = np.zeros(len(values), np.bool_)
    parse_times(offsets, data, unit is not None, micros, status, digits)
    if unit is not None and digits.any():
        plain = np.where(digits, np.uint8(OK), np.uint8(NULL))
        scaled = _scale(micros.copy(), TIME_UNITS[unit], plain)
        micros[digits] = scaled[digits]
        status[digits] = plain[digits]
    read = (status == OK) & ~digits
    status[read & ((micros < EARLIEST) | (micros >= LATEST))] = ABSURD
    return micros
