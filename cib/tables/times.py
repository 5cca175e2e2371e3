"""Times as the tables hold them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")


def span(
    ts: npt.NDArray[np.int64], group: npt.NDArray[np.integer], n_groups: int
) -> tuple[pa.Array, pa.Array]:
    """First and last time of each group; null for a group without rows."""
    first = np.full(n_groups, np.iinfo(np.int64).max)
    last = np.full(n_groups, np.iinfo(np.int64).min)
    np.minimum.at(first, group, ts)
    np.maximum.at(last, group, ts)
    empty = first > last
    return (
        pa.array(first, TIMESTAMP, mask=empty),
        pa.array(last, TIMESTAMP, mask=empty),
    )
