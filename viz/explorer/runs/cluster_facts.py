"""What the panels of a cluster ask for beyond its rows: alternatives, signals, counts in a part."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from cib.viz.comparison_figure import FEWEST
from cib.viz.explorer.runs.cache import Cache
from cib.viz.explorer.runs.copies import need_roster
from cib.viz.explorer.runs.narrowing import rows_given, within
from cib.viz.explorer.runs.source import RunSource

MOST_COMPARED = 400
"""Accounts of either side that a comparison draws."""
WIDTHS = (1.0, 2.0, 4.0)
"""How many times busier or less busy than members others may be, when nobody nearer is there."""


def alternatives(source: RunSource, cluster_id: int) -> list[dict[str, Any]] | None:
    """Return every innocent explanation of a cluster, what fits best first.

    Returns
    -------
    list of dict or None
        The rows of the table `alternatives`; None for runs of earlier versions, which lack it.
    """
    if not source.has("alternatives"):
        return None
    return [
        dict(row)
        for row in source.query(
            """SELECT * EXCLUDE (file_row_number) FROM {alternatives:rows}
            WHERE cluster_id = $cluster ORDER BY file_row_number""",
            {"cluster": cluster_id},
        ).to_pylist()
    ]


def neighbours_in_rank(source: RunSource, rank: int) -> tuple[int | None, int | None]:
    """Return the clusters ranked just before and just after."""
    rows = source.query(
        "SELECT rank, cluster_id FROM {clusters} WHERE rank IN ($before, $after)",
        {"before": rank - 1, "after": rank + 1},
    ).to_pylist()
    found = {row["rank"]: row["cluster_id"] for row in rows}
    return found.get(rank - 1), found.get(rank + 1)


def roles(source: RunSource, cluster_id: int) -> list[str]:
    """Return the role of each member, once for each."""
    rows = source.query(
        "SELECT role FROM {members} WHERE cluster_id = $cluster", {"cluster": cluster_id}
    )
    return [str(role) for role in rows["role"].to_pylist()]


def counts_by_target(
    source: RunSource,
    cache: Cache,
    cluster_id: int,
    accounts: Collection[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[int, int]:
    """Count interactions by row of `targets`, of some members and within some time."""
    need_roster(source, cache)
    moments, between = within(since, until, "i.ts")
    where, given = ["i.cluster_id = $cluster", *moments], {}
    values: dict[str, Any] = {"cluster": cluster_id, **between}
    if accounts is not None:
        given["chosen"] = rows_given(accounts)
        where.append(
            "i.account_id IN (SELECT account_id FROM {roster} WHERE cluster_id = $cluster "
            "AND account_row IN (SELECT row FROM chosen))"
        )
    rows = source.query(
        f"""SELECT t.file_row_number AS row, count(*) AS n FROM {{interactions}} AS i
        JOIN {{targets:rows}} AS t ON t.content_id = i.content_id AND t.cluster_id = $cluster
        WHERE {" AND ".join(where)} GROUP BY ALL""",
        values,
        given,
    )
    return dict(zip(rows["row"].to_pylist(), rows["n"].to_pylist(), strict=True))


def joins(source: RunSource, cache: Cache, cluster_id: int, limit: int = 4000) -> pa.Table:
    """Return who acted on which target how often, most often first.

    Returns
    -------
    pa.Table
        account_row, target_row, content_id, n_interactions.
    """
    need_roster(source, cache)
    return source.query(
        """WITH n AS (SELECT account_id, content_id, count(*) AS n_interactions
            FROM {interactions} WHERE cluster_id = $cluster GROUP BY ALL)
        SELECT a.account_row, t.file_row_number AS target_row, n.content_id,
            n.n_interactions
        FROM n JOIN {roster} AS a
            ON a.account_id = n.account_id AND a.cluster_id = $cluster
        JOIN {targets:rows} AS t ON t.content_id = n.content_id AND t.cluster_id = $cluster
        ORDER BY n_interactions DESC, account_row, target_row LIMIT $limit""",
        {"cluster": cluster_id, "limit": limit},
    )


def signals_of(
    source: RunSource, cache: Cache, cluster_id: int, columns: Sequence[str]
) -> tuple[pa.Table, pa.Table, bool]:
    """Return columns of `accounts` for members and for accounts to compare them with.

    Parameters
    ----------
    columns : names of columns of `accounts`

    Returns
    -------
    (pa.Table, pa.Table, bool)
        The same columns of members and of others; and whether the others are the run's controls
        (the same targets), or only as busy, because the run keeps no controls of this cluster.
    """
    need_roster(source, cache)
    schema = source.schema("accounts")
    assert schema is not None
    wanted = ", ".join(f'a."{name}"' for name in columns if name in schema.names)
    limit = {"cluster": cluster_id, "limit": MOST_COMPARED}
    members = source.query(
        f"""SELECT {wanted} FROM {{roster}} AS a WHERE a.cluster_id = $cluster
        ORDER BY hash(a.account_row) LIMIT $limit""",
        limit,
    )
    if source.has("controls"):
        others = source.query(
            f"""SELECT {wanted} FROM {{accounts:rows}} AS a WHERE a.account_id IN
                (SELECT account_id FROM {{controls}} WHERE cluster_id = $cluster)
            ORDER BY hash(a.file_row_number) LIMIT $limit""",
            limit,
        )
        if len(others):
            return members, others, True
    for times in WIDTHS:
        others = source.query(
            f"""WITH busy AS (SELECT quantile_disc(n_interactions, 0.1) AS least,
                quantile_disc(n_interactions, 0.9) AS most
                FROM {{roster}} WHERE cluster_id = $cluster)
            SELECT {wanted} FROM {{accounts:rows}} AS a, busy WHERE a.cluster_id IS NULL
                AND a.n_interactions BETWEEN busy.least / $times AND busy.most * $times
            ORDER BY hash(a.file_row_number) LIMIT $limit""",
            {"cluster": cluster_id, "times": times, "limit": max(len(members), 20)},
        )
        if len(others) >= FEWEST:
            break
    return members, others, False
