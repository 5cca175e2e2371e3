"""Interactions over time, in bins: of a cluster, of an account, with a target; the first ones."""

from __future__ import annotations

from collections.abc import Sequence
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


def first_acts(run: RunFiles, rows: Sequence[int]) -> dict[int, datetime]:
    """Return when accounts first acted on a target of the cluster that they are in.

    Parameters
    ----------
    rows : rows of `accounts`

    Returns
    -------
    dict
        By row; without accounts in no cluster, and those of whom the run keeps no interaction.
    """
    if not rows or not run.tables.has("interactions"):
        return {}
    listed = ", ".join(str(int(row)) for row in rows)
    who = run.tables.source.query(
        f"""SELECT account_id, cluster_id, file_row_number AS row FROM {{accounts:rows}}
        WHERE file_row_number IN ({listed}) AND cluster_id IS NOT NULL"""
    )
    # as literals, by which parts of the file are left out
    clusters = ", ".join(str(one) for one in who["cluster_id"].unique().to_pylist()) or "NULL"
    found = run.tables.source.query(
        f"""SELECT row, min(ts) AS ts FROM {{interactions}} AS i JOIN who
            ON i.cluster_id = who.cluster_id AND i.account_id = who.account_id
        WHERE i.cluster_id IN ({clusters}) GROUP BY row""",
        given={"who": who},
    )
    return dict(zip(found["row"].to_pylist(), found["ts"].to_pylist(), strict=True))


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
