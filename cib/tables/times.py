"""Times as the tables hold them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.groups import ends_by

TIMESTAMP = pa.timestamp("us", tz="UTC")


def span(
    ts: npt.NDArray[np.int64], group: npt.NDArray[np.integer], n_groups: int
) -> tuple[pa.Array, pa.Array]:
    """First and last time of each group; null for a group without rows."""
    first, last = ends_by(group, ts, n_groups)
    empty = first > last
    return (
        pa.array(first, TIMESTAMP, mask=empty),
        pa.array(last, TIMESTAMP, mask=empty),
    )
