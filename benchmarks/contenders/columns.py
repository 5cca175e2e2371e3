"""Columns of a log, as several contenders need them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

MICROSECONDS = 1_000_000
"""In a second."""


def load(task: dict[str, Any], *names: str) -> tuple[npt.NDArray[Any], ...]:
    """The columns of these names, in memory."""
    return tuple(np.load(task[name]) for name in names)


def numbers(ids: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Ids as numbers; those of logs with text ids are a letter and a number."""
    if not pa.types.is_integer(ids.type):
        ids = pc.utf8_slice_codeunits(ids.cast(pa.string()), start=1)
    return np.asarray(ids.cast(pa.int64()))
