"""One column of one batch: plain arrays, whole numbers, and examples that may be shown."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.columns import TIME_UNITS
from cib.datasets.encoding import NULL, SKIPPED, IntegerEncoder, TextEncoder
from cib.datasets.times import iso, valid_mask

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")


def same_for_all(value: str | None, n_rows: int) -> pa.Array:
    """(n_rows,) copies of the value of a Hive folder."""
    if value is None:
        return pa.nulls(n_rows)
    return pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(n_rows, np.int32)), pa.array([value], pa.string())
    )


def plain(values: pa.Array) -> pa.Array:
    """The values without dictionary encoding or extension wrapping."""
    while True:
        if isinstance(values, pa.ExtensionArray):
            values = values.storage
        elif pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        else:
            return values


def encode(
    encoder: IntegerEncoder | TextEncoder,
    values: pa.Array,
    skip: npt.NDArray[np.bool_] | None,
    *,
    as_text: bool = False,
) -> npt.NDArray[np.int32]:
    """Encode a column of any layout; dictionaries no longer than the batch only once per entry.

    A dictionary that comes again with the next batch is not encoded again. `as_text` writes
    integers as decimal text first.
    """
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_dictionary(values.type) and len(values.dictionary) <= len(values):
        entries, per_entry = encoder.last_dictionary or (None, None)
        if per_entry is None or not values.dictionary.equals(entries):
            per_entry = encode(encoder, values.dictionary, None, as_text=as_text)
            encoder.last_dictionary = (values.dictionary, per_entry)
        codes = np.full(len(values), NULL, np.int32)
        indices = values.indices
        chosen = np.asarray(indices.fill_null(0))
        if len(per_entry):
            codes = per_entry[chosen]
            if indices.null_count:
                codes[~valid_mask(indices)] = NULL
        if skip is not None:
            codes[skip] = SKIPPED
        return codes
    values = plain(values)
    if as_text and pa.types.is_integer(values.type):
        values = values.cast(pa.string())
    return encoder.encode(values, skip)


def whole_numbers(
    values: pa.Array, dtype: np.dtype[Any]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Read integers, floats or text as whole numbers.

    Parameters
    ----------
    values
        (n,) plain array.
    dtype
        int32 or int64.

    Returns
    -------
    numbers, valid, unreadable
        (n,) each: the number (0 where there is none), whether there is one, and whether there was
        a value that is no whole number of this width. NaN and empty text count as null.
    """
    kind = values.type
    bounds = np.iinfo(dtype)
    valid = valid_mask(values)
    if pa.types.is_null(kind):
        return np.zeros(len(values), dtype), np.zeros(len(values), np.bool_), ~valid
    if pa.types.is_integer(kind):
        raw = np.asarray(values.fill_null(0))
        fits = (raw >= max(bounds.min, np.iinfo(raw.dtype).min)) & (
            raw <= min(bounds.max, np.iinfo(raw.dtype).max)
        )
    elif pa.types.is_floating(kind):
        raw = np.array(values.cast(pa.float64()).fill_null(0.0))
        valid &= ~np.isnan(raw)
        fits = (raw >= float(bounds.min)) & (raw < -float(bounds.min)) & (raw == np.floor(raw))
    else:
        texts = values.cast(pa.large_binary()).to_pylist()
        numbers = [_whole(text) for text in texts]
        valid &= np.array([text is not None and bool(text.strip()) for text in texts], np.bool_)
        fits = np.array(
            [n is not None and bounds.min <= n <= bounds.max for n in numbers], np.bool_
        )
        raw = np.array([n if good else 0 for n, good in zip(numbers, fits, strict=True)], np.int64)
    good = valid & fits
    return np.where(good, raw, 0).astype(dtype), good, valid & ~fits


def _whole(text: bytes | None) -> int | None:
    """The whole number that a text writes, or None."""
    try:
        written = (text or b"").decode("ascii").strip()
    except UnicodeDecodeError:
        return None
    return int(written) if _WHOLE.fullmatch(written) else None


def example(values: pa.Array, row: int) -> object:
    """One value for a message; works for what Python cannot represent (bad UTF-8, year 292278)."""
    one = plain(values.slice(row, 1))
    kind = one.type
    if not one[0].is_valid:
        return None
    if pa.types.is_timestamp(kind):
        raw = int(one.view(pa.int64())[0].as_py())
        micros = raw * 1_000_000 // TIME_UNITS[kind.unit]
        return iso(micros) if abs(micros) < 62_000_000_000_000_000 else f"{raw} ({kind})"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return one.cast(pa.large_binary())[0].as_py()
    try:
        return one[0].as_py()
    except (OverflowError, ValueError):
        return str(one.cast(pa.string())[0].as_py())
