"""Distinct ids in ascending order, and texts laid out in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def integer_order(numbers: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """Positions of (n,) int64 or uint64 numbers, the smallest first; equal ones keep their order.

    Examples
    --------
    >>> integer_order(np.array([3, -1, 2])).tolist()
    [1, 2, 0]
    """
    from cib.datasets.ordering_kernels import sort_keys

    keys = numbers.view(np.uint64).copy()
    if numbers.dtype.kind == "i":
        keys ^= np.uint64(1 << 63)
    order = np.arange(len(keys), dtype=np.int32)
    if len(keys):
        sort_keys(keys, order, np.empty_like(keys), np.empty_like(order), 0, len(keys))
    return order


def text_order(
    words: npt.NDArray[np.uint64], count: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Sort the distinct texts of an arena by their bytes.

    Parameters
    ----------
    words
        Records of texts, as `encoding_kernels` describes them.
    count
        Number of texts.

    Returns
    -------
    order, places
        (count,) texts, the smallest first; (count,) where the bytes of each start.
    """
    from cib.datasets import ordering_kernels as kernels

    places = np.empty(count, np.int64)
    kernels.find_records(words, places)
    order = np.arange(count, dtype=np.int32)
    kernels.sort_texts(
        words,
        words.view(np.uint8),
        places,
        order,
        np.empty(count, np.uint64),
        np.empty(count, np.uint64),
        np.empty_like(order),
        np.empty((count // 16 + 2, 3), np.int64),
    )
    return order, places


def lay_out(
    words: npt.NDArray[np.uint64],
    places: npt.NDArray[np.int64],
    order: npt.NDArray[np.int32],
    kind: pa.DataType,
) -> pa.Array:
    """Copy texts of an arena, in this order, into an Arrow array.

    Parameters
    ----------
    words, places, order
        From `text_order`; `order` may be any part of it.
    kind
        Text or binary type of the result; becomes its large twin when 2 GiB do not hold it.
    """
    from cib.datasets import ordering_kernels as kernels

    offsets = np.empty(len(order) + 1, np.int64)
    kernels.measure_texts(words, places, order, offsets)
    data = np.empty(int(offsets[-1]), np.uint8)
    kernels.copy_texts(words.view(np.uint8), places, order, offsets, data)
    if pa.types.is_fixed_size_binary(kind):
        return pa.Array.from_buffers(kind, len(order), [None, pa.py_buffer(data)])
    if len(data) >= 2**31 - 1:
        kind = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}.get(kind, kind)
    wide = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
    ends = offsets if wide else offsets.astype(np.int32)
    return pa.Array.from_buffers(kind, len(order), [None, pa.py_buffer(ends), pa.py_buffer(data)])
