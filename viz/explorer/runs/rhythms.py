"""When and how a cluster acts: raster, hours of the week, lengths of plays, shared machines."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.viz.explorer.runs.cache import Cache
from cib.viz.explorer.runs.copies import need_roster
from cib.viz.explorer.runs.narrowing import Side, refuse_other_tables
from cib.viz.explorer.runs.source import RunSource

SHAREABLE = ("device_hash", "ip_hash", "asn", "platform", "market", "ip_market", "parent_id",
             "parent_kind", "tier", "url_hash", "text_hash", "target_account_id")  # fmt: skip
"""Columns that `shared_by` counts."""


def lockstep(
    source: RunSource,
    cache: Cache,
    cluster_id: int,
    max_points: int = 20_000,
    of: Side = "interactions",
) -> tuple[pa.Table, int]:
    """Return the points of the raster: who acted on which target when, in order of time.

    Parameters
    ----------
    max_points : when there are more, every second, third, … one is kept
    of : members, or the matched accounts outside

    Returns
    -------
    (pa.Table, int)
        account_row, target_row, action, ts, account_id, content_id; and the number of points
        without the limit.
    """
    refuse_other_tables(of)
    if not source.has(of):
        empty = {
            "account_row": pa.int64(),
            "target_row": pa.int64(),
            "action": pa.string(),
            "ts": pa.timestamp("us", "UTC"),
            "account_id": source.id_type,
            "content_id": source.id_type,
        }
        return pa.schema(empty).empty_table(), 0
    need_roster(source, cache)
    who = "SELECT account_id, account_row FROM {roster} WHERE cluster_id = $cluster"
    if of == "controls":
        who = "SELECT account_id, file_row_number AS account_row FROM {accounts:rows}"
    points = source.query(
        f"""WITH p AS (SELECT account_id, content_id, action, ts, file_row_number AS place,
            row_number() OVER (ORDER BY file_row_number) - 1 AS i, count(*) OVER () AS n
            FROM {{{of}:rows}} WHERE cluster_id = $cluster),
        who AS ({who}),
        what AS (SELECT content_id, file_row_number AS target_row FROM {{targets:rows}}
            WHERE cluster_id = $cluster)
        SELECT account_row, target_row, action, ts, account_id, content_id, n FROM p
        LEFT JOIN who USING (account_id) LEFT JOIN what USING (content_id)
        WHERE i % greatest(1, (n + $most - 1) // $most) = 0 ORDER BY place""",
        {"cluster": cluster_id, "most": max_points},
    )
    total = int(points["n"][0].as_py()) if len(points) else 0
    return points.drop_columns(["n"]), total


def hours_of_week(
    source: RunSource, cluster_id: int, of: Side = "interactions"
) -> npt.NDArray[np.int64]:
    """Count interactions by hour of the week, UTC.

    Returns
    -------
    (7, 24) int64
        Monday first.
    """
    refuse_other_tables(of)
    counts = np.zeros(7 * 24, np.int64)
    if source.has(of):
        # 1970-01-01 was a Thursday; the day begins the hour's number at 3 × 24
        rows = source.query(
            f"""SELECT (epoch_us(ts) // 3600000000 + 72) % 168 AS hour, count(*) AS n
            FROM {{{of}}} WHERE cluster_id = $cluster GROUP BY ALL""",
            {"cluster": cluster_id},
        )
        counts[rows["hour"].to_numpy()] = rows["n"].to_numpy()
    return counts.reshape(7, 24)


def durations(
    source: RunSource, cluster_id: int, of: Side = "interactions", bin_ms: int = 1000
) -> pa.Table | None:
    """Count plays by length.

    Returns
    -------
    pa.Table or None
        ms (start of the bin), n; None when the run does not know how long plays were.
    """
    refuse_other_tables(of)
    if not source.has(of, "duration_ms"):
        return None
    return source.query(
        f"""SELECT duration_ms // $bin * $bin AS ms, count(*) AS n FROM {{{of}}}
        WHERE cluster_id = $cluster AND duration_ms >= 0 GROUP BY ALL ORDER BY ms""",
        {"cluster": cluster_id, "bin": bin_ms},
    )


def shared_by(
    source: RunSource,
    cluster_id: int,
    column: str,
    of: Side = "interactions",
    limit: int = 20,
) -> tuple[pa.Table, int] | None:
    """Count accounts and interactions by a value such as a device.

    Parameters
    ----------
    column : one of `SHAREABLE`
    limit : values returned, those of most accounts

    Returns
    -------
    (pa.Table, int) or None
        value, n_accounts, n_interactions, and the number of distinct values; None when the run
        does not have the column.

    Raises
    ------
    ValueError
        The column is none of `SHAREABLE`.
    """
    refuse_other_tables(of)
    if column not in SHAREABLE:
        raise ValueError(f"nothing is counted by {column!r}.")
    if not source.has(of, column):
        return None
    values: dict[str, Any] = {"cluster": cluster_id, "limit": limit}
    rows = source.query(
        f"""SELECT {column} AS value, count(DISTINCT account_id) AS n_accounts,
            count(*) AS n_interactions, count(*) OVER () AS n_values
        FROM {{{of}}} WHERE cluster_id = $cluster AND {column} IS NOT NULL GROUP BY {column}
        ORDER BY n_accounts DESC, n_interactions DESC, value LIMIT $limit""",
        values,
    )
    total = int(rows["n_values"][0].as_py()) if len(rows) else 0
    return rows.drop_columns(["n_values"]), total
