"""Interactions counted in bins of time: of a cluster, of an account, with a target."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.viz.explorer.runs.library import RunFiles

N_BINS = 96
Counts = npt.NDArray[np.int64]


def of_cluster(
    run: RunFiles, cluster_id: int, first: datetime, last: datetime, n_bins: int = N_BINS
) -> Counts:
    """Count what the members of a cluster did with its targets, in bins of equal length."""
    return _binned(run, cluster_id, "", None, first, last, n_bins)


def of_account(
    run: RunFiles, cluster_id: int, row: int, first: datetime, last: datetime, n_bins: int = N_BINS
) -> Counts:
    """Count what an account did with the targets of its cluster, in bins of equal length."""
    mine = "account_id = (SELECT account_id FROM {accounts:rows} WHERE file_row_number = $row)"
    return _binned(run, cluster_id, mine, row, first, last, n_bins)


def of_target(
    run: RunFiles, cluster_id: int, row: int, first: datetime, last: datetime, n_bins: int = N_BINS
) -> Counts:
    """Count what the members of a cluster did with a target, in bins of equal length."""
    its = "content_id = (SELECT content_id FROM {targets:rows} WHERE file_row_number = $row)"
    return _binned(run, cluster_id, its, row, first, last, n_bins)


def _binned(
    run: RunFiles,
    cluster_id: int,
    which: str,
    row: int | None,
    first: datetime,
    last: datetime,
    n_bins: int,
) -> Counts:
    start = micros(first)
    values = {
        "cluster": cluster_id,
        "n": n_bins,
        "first": start,
        "width": max(micros(last) - start + 1, 1),
    }
    place = "(epoch_us(ts) - $first) * $n // $width"
    rows = run.tables.source.query(
        f"""SELECT greatest(0, least($n - 1, {place}))::INT AS bin, count(*) AS n
        FROM {{interactions}} WHERE cluster_id = $cluster {f"AND {which}" if which else ""}
        GROUP BY ALL""",
        values if row is None else {**values, "row": row},
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
