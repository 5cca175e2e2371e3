"""What a cluster is made of: members, targets, evidence, interactions, controls."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pyarrow as pa

from cib.viz.explorer.runs.cache import Cache
from cib.viz.explorer.runs.copies import need_roster
from cib.viz.explorer.runs.narrowing import Side, refuse_other_tables, rows_given, within
from cib.viz.explorer.runs.source import RunSource


def members(
    source: RunSource, cache: Cache, cluster_id: int, offset: int = 0, limit: int = 5000
) -> tuple[pa.Table, int]:
    """Return members, strongest first, with what is known of each account, and their number.

    Returns
    -------
    (pa.Table, int)
        The columns of `members`, `account_row`, and the columns of `accounts`.
    """
    need_roster(source, cache)
    rows = source.query(
        """SELECT * EXCLUDE (file_row_number) FROM {roster:rows} WHERE cluster_id = $cluster
        ORDER BY file_row_number LIMIT $limit OFFSET $offset""",
        {"cluster": cluster_id, "limit": limit, "offset": offset},
    )
    return rows, _count(source, "members", cluster_id)


def targets(
    source: RunSource, cluster_id: int, offset: int = 0, limit: int = 1000
) -> tuple[pa.Table, int]:
    """Return targets, most interactions of members first, with `target_row`, and their number."""
    rows = source.query(
        """SELECT * RENAME (file_row_number AS target_row) FROM {targets:rows}
        WHERE cluster_id = $cluster ORDER BY target_row LIMIT $limit OFFSET $offset""",
        {"cluster": cluster_id, "limit": limit, "offset": offset},
    )
    return rows, _count(source, "targets", cluster_id)


def evidence(source: RunSource, cluster_id: int) -> pa.Table:
    """Return the parts of a cluster's scores, the strongest first."""
    return source.query(
        """SELECT * EXCLUDE (file_row_number) FROM {evidence:rows} WHERE cluster_id = $cluster
        ORDER BY file_row_number""",
        {"cluster": cluster_id},
    )


def interactions(
    source: RunSource,
    cache: Cache,
    cluster_id: int,
    accounts: Collection[int] | None = None,
    contents: Collection[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    offset: int = 0,
    limit: int = 200,
    *,
    of: Side = "interactions",
) -> tuple[pa.Table, int]:
    """Return interactions of members with targets, in order of time, and their number.

    Parameters
    ----------
    accounts : rows of `accounts` (`account_row`); None for all members
    contents : rows of `targets` (`target_row`); None for all targets
    since, until : from this moment on, and before that one; UTC when without zone
    offset, limit : the page
    of : members, or accounts outside all clusters that act on the same targets; nothing of these
        when the run has no table `controls`, as runs of earlier versions

    Returns
    -------
    (pa.Table, int)
        The columns of `interactions`, `account_row` and `target_row`.
    """
    refuse_other_tables(of)
    if of == "controls" and not source.has(of):
        return interactions(source, cache, cluster_id, limit=0)[0], 0
    moments, between = within(since, until)
    where = ["cluster_id = $cluster", *moments]
    values: dict[str, Any] = {"cluster": cluster_id, **between}
    given: dict[str, pa.Table] = {}
    need_roster(source, cache)
    # members lie together in the roster, others anywhere among the accounts
    who = "SELECT account_id, account_row FROM {roster} WHERE cluster_id = $cluster"
    if of == "controls":
        who = "SELECT account_id, file_row_number AS account_row FROM {accounts:rows}"
    what = """SELECT content_id, file_row_number AS target_row FROM {targets:rows}
        WHERE cluster_id = $cluster"""
    for column, row, all_, rows in (
        ("account_id", "account_row", who, accounts),
        ("content_id", "target_row", what, contents),
    ):
        if rows is not None:
            given[f"chosen_{row}"] = rows_given(rows, row)
            where.append(
                f"{column} IN (SELECT {column} FROM ({all_}) SEMI JOIN chosen_{row} USING ({row}))"
            )
    condition = " AND ".join(where)
    total = source.query(f"SELECT count(*) AS n FROM {{{of}}} WHERE {condition}", values, given)[
        "n"
    ][0].as_py()
    found = source.query(
        f"""WITH page AS (
            SELECT * FROM {{{of}:rows}} WHERE {condition}
            ORDER BY file_row_number LIMIT $limit OFFSET $offset)
        SELECT page.* EXCLUDE (file_row_number), account_row, target_row
        FROM page LEFT JOIN ({who}) AS who USING (account_id)
        LEFT JOIN ({what}) AS what USING (content_id)
        ORDER BY page.file_row_number""",
        {**values, "limit": limit, "offset": offset},
        given,
    )
    return found, total


def _count(source: RunSource, table: str, cluster_id: int) -> int:
    """Count a cluster's rows of a table."""
    return int(
        source.query(
            f"SELECT count(*) AS n FROM {{{table}}} WHERE cluster_id = $cluster",
            {"cluster": cluster_id},
        )["n"][0].as_py()
    )
