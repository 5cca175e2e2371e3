"""Interactions counted in bins of time: of an account, and with a target."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.viz.explorer.library import RunFiles

N_BINS = 96
Of = Literal["account_id", "content_id"]
_TABLE: dict[Of, str] = {"account_id": "accounts", "content_id": "targets"}


def of_account(
    run: RunFiles, cluster_id: int, row: int, first: datetime, last: datetime, n_bins: int = N_BINS
) -> npt.NDArray[np.int64]:
    """Count what an account did with the targets of its cluster, in bins of equal length."""
    return _binned(run, cluster_id, "account_id", row, first, last, n_bins)


def of_target(
    run: RunFiles, cluster_id: int, row: int, first: datetime, last: datetime, n_bins: int = N_BINS
) -> npt.NDArray[np.int64]:
    """Count what the members of a cluster did with a target, in bins of equal length."""
    return _binned(run, cluster_id, "content_id", row, first, last, n_bins)


def _binned(
    run: RunFiles, cluster_id: int, of: Of, row: int, first: datetime, last: datetime, n_bins: int
) -> npt.NDArray[np.int64]:
    start = micros(first)
    rows = run.tables.source.query(
        f"""SELECT greatest(0, least($n - 1, (epoch_us(ts) - $first) * $n // $width))::INT AS bin,
            count(*) AS n
        FROM {{interactions}} WHERE cluster_id = $cluster AND {of} =
            (SELECT {of} FROM {{{_TABLE[of]}:rows}} WHERE file_row_number = $row)
        GROUP BY ALL""",
        {
            "cluster": cluster_id,
            "n": n_bins,
            "first": start,
            "width": max(micros(last) - start + 1, 1),
            "row": row,
        },
    )
    counts = np.zeros(n_bins, np.int64)
    counts[rows["bin"].to_numpy()] = rows["n"].to_numpy()
    return counts


def micros(at: datetime) -> int:
    """Return a moment as microseconds since 1970-01-01 UTC.

    Examples
    --------
    >>> from datetime import UTC
    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return int(pa.scalar(at, pa.timestamp("us", "UTC")).value)
