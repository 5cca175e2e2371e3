"""Instants written as a log writes them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.columns import TIME_UNITS

Array = npt.NDArray[Any]

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:([T ])(\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?)?")
_ZONE = re.compile(r"[+-]\d\d:?\d\d")


def times_like(micros: Array, column: pa.Array, unit: str | None) -> pa.Array:
    """Write instants in the type, unit and form of a column.

    Parameters
    ----------
    micros : (n,) microseconds since 1970
    column : the log's own times
    unit : of numbers: s, ms, us or ns
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        return pa.array(micros).view(pa.timestamp("us")).cast(kind, safe=False)
    if pa.types.is_date(kind):
        return pa.array(micros).view(pa.timestamp("us")).cast(kind, safe=False)
    if pa.types.is_integer(kind):
        return _counted(micros, str(unit)).cast(kind)
    if pa.types.is_floating(kind):
        return pa.array(micros * (TIME_UNITS[str(unit)] / 1e6)).cast(kind)
    sample = next((_text(v) for v in column.to_pylist() if v is not None), "")
    return _texts(micros, sample, unit).cast(kind)


def _counted(micros: Array, unit: str) -> pa.Array:
    per_second = TIME_UNITS[unit]
    if per_second >= 1_000_000:
        return pa.array(micros * (per_second // 1_000_000))
    return pa.array(micros // (1_000_000 // per_second))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _texts(micros: Array, sample: str, unit: str | None) -> pa.Array:
    """Write ISO 8601 with as many places as the sample has, in its offset."""
    form = _ISO.fullmatch(sample.strip())
    if form is None:
        return _counted(micros, unit or "s").cast(pa.string())
    between, minutes, seconds, digits, zone = form.groups()
    offset_us = 0
    if zone and _ZONE.fullmatch(zone):
        hours, rest = int(zone[1:3]), int(zone[-2:])
        offset_us = (hours * 60 + rest) * 60_000_000 * (-1 if zone[0] == "-" else 1)
    stamps = (micros + offset_us).astype("datetime64[us]")
    whole = np.datetime_as_string(stamps, unit="us")
    width = 10 if minutes is None else 16 if seconds is None else 19
    width += 0 if digits is None else 1 + min(len(digits), 6)
    extra = "0" * max(len(digits or "") - 6, 0) + (zone or "")
    cut = np.char.add(whole.astype(f"U{width}"), extra)
    if between == " ":
        cut = np.char.replace(cut, "T", " ", count=1)
    return pa.array(cut.tolist(), pa.string())
