"""The list of clusters: filtered, sorted, paged, with what stands beside each row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.viz.explorer.runs.cache import Cache
from cib.viz.explorer.runs.errors import NoSuchCluster
from cib.viz.explorer.runs.source import RunSource

Direction = Literal["asc", "desc"]
SORTABLE = (
    "rank", "cluster_id", "n_accounts", "n_contents", "n_interactions", "n_edges", "first_ts",
    "last_ts", "coordination", "inauthenticity", "log10_p", "kind", "benign_alternative", "layers",
)  # fmt: skip
"""Columns that clusters can be sorted by."""


_WHY = """reason || CASE WHEN coalesce(benign_ruled_out, false) OR benign_alternative IS NULL
    THEN '' ELSE ' But maybe: ' || benign_alternative || '.' END"""
"""SQL: what `why` says of a row of `clusters`."""


def why(row: Mapping[str, Any]) -> str:
    """Say why a cluster is in the list, and what innocent explanation is left.

    >>> why({"reason": "A.", "benign_ruled_out": False, "benign_alternative": "shop"})
    'A. But maybe: shop.'
    """
    ruled_out = row["benign_ruled_out"] or row["benign_alternative"] is None
    maybe = "" if ruled_out else f" But maybe: {row['benign_alternative']}."
    return f"{row['reason']}{maybe}"


@dataclass(frozen=True, slots=True)
class ClusterFilter:
    """Which clusters to list; what is None or empty excludes nothing."""

    kinds: tuple[str, ...] = ()
    """`ring`, `coordinated`, `possibly benign`."""
    markets: tuple[str, ...] = ()
    """The market of most of a cluster's interactions is one of these."""
    coordination: tuple[float, float] | None = None
    """Least and largest score, both included."""
    inauthenticity: tuple[float, float] | None = None
    n_accounts: tuple[int, int] | None = None
    """Smallest and largest size, both included."""
    layer: str | None = None
    """It has evidence in this layer; `block` for blocks."""
    alternatives: tuple[str, ...] = ()
    """The innocent explanation that fits best is one of these."""
    text: str | None = None
    """Stands in what `why` says, in whatever case."""
    only: Collection[int] | None = None
    """Cluster ids to choose from: from verdicts, owners, tags, or what changed between runs."""
    without: Collection[int] = ()
    """Cluster ids to leave out."""


def clusters(
    source: RunSource,
    cache: Cache,
    where: ClusterFilter | None = None,
    sort: Sequence[tuple[str, Direction]] = (("rank", "asc"),),
    offset: int = 0,
    limit: int = 100,
) -> tuple[pa.Table, int]:
    """Return one page of clusters and how many there are on all pages.

    Parameters
    ----------
    where : which ones
    sort : columns and directions; ties in order of rank
    offset, limit : the page

    Returns
    -------
    (pa.Table, int)
        The columns of `clusters`, and `market` (string; null when the log had no markets).

    Raises
    ------
    ValueError
        A column to sort by is none of `SORTABLE`, or a direction is neither asc nor desc.
    """
    order = []
    for column, direction in sort:
        if column not in SORTABLE or direction not in ("asc", "desc"):
            raise ValueError(f"clusters cannot be sorted by {column!r} {direction!r}.")
        order.append(f"{column} {direction} NULLS LAST")
    chosen_by, values, given = condition(source, cache, where or ClusterFilter())
    # which ones first: reasons are long, and only one page of them is read
    ids = source.query(
        f"""SELECT cluster_id, count(*) OVER () AS total FROM {{clusters}} WHERE {chosen_by}
        ORDER BY {", ".join([*order, "rank", "cluster_id"])} LIMIT $limit OFFSET $offset""",
        {**values, "limit": limit, "offset": offset},
        given,
    )
    total = ids["total"][0].as_py() if len(ids) else 0
    if not len(ids) and offset:
        total = source.query(
            f"SELECT count(*) AS n FROM {{clusters}} WHERE {chosen_by}", values, given
        )["n"][0].as_py()
    chosen = ids["cluster_id"].to_pylist()
    rows = source.query(
        "SELECT * FROM {clusters} WHERE cluster_id IN (SELECT unnest($ids::INT[]))",
        {"ids": chosen},
    )
    rows = rows.take(pc.index_in(ids["cluster_id"], value_set=rows["cluster_id"].combine_chunks()))
    of = markets(source, cache, chosen)
    return rows.append_column("market", pa.array([of.get(c) for c in chosen], pa.string())), total


def condition(
    source: RunSource, cache: Cache, where: ClusterFilter
) -> tuple[str, dict[str, Any], dict[str, pa.Table]]:
    """Turn a filter into SQL on `clusters`, the values it names and the tables it names."""
    parts = ["true"]
    values: dict[str, Any] = {}
    given: dict[str, pa.Table] = {}
    for name, words in (("kind", where.kinds), ("benign_alternative", where.alternatives)):
        if words:
            parts.append(f"{name} IN (SELECT unnest(${name}::VARCHAR[]))")
            values[name] = list(words)
    for name, bounds in (
        ("coordination", where.coordination),
        ("inauthenticity", where.inauthenticity),
        ("n_accounts", where.n_accounts),
    ):
        if bounds is not None:
            parts.append(f"{name} BETWEEN $least_{name} AND $most_{name}")
            values[f"least_{name}"], values[f"most_{name}"] = bounds
    if where.layer:
        parts.append("list_contains(string_split(layers, ', '), $layer)")
        values["layer"] = where.layer
    if where.text:
        parts.append(f"contains(lower({_WHY}), lower($text))")
        values["text"] = where.text
    if where.markets:
        found = main_markets(source, cache)
        mine = pc.is_in(found["market"], value_set=pa.array(where.markets, pa.string()))
        given["in_market"] = found.filter(mine).select(["cluster_id"])
        parts.append("cluster_id IN (SELECT cluster_id FROM in_market)")
    for name, ids, word in (
        ("only_these", where.only, "IN"),
        ("not_these", where.without or None, "NOT IN"),
    ):
        if ids is not None:
            given[name] = pa.table({"cluster_id": pa.array(sorted(ids), pa.int32())})
            parts.append(f"cluster_id {word} (SELECT cluster_id FROM {name})")
    return " AND ".join(parts), values, given


def cluster(source: RunSource, cache: Cache, cluster_id: int) -> dict[str, Any]:
    """Return one cluster's row of `clusters`, and its `market`.

    Raises
    ------
    NoSuchCluster
        The run has no such cluster.
    """
    rows = source.query(
        "SELECT * FROM {clusters} WHERE cluster_id = $cluster", {"cluster": cluster_id}
    ).to_pylist()
    if not rows:
        raise NoSuchCluster(cluster_id)
    market = markets(source, cache, [cluster_id]).get(cluster_id)
    return {**rows[0], "market": market}


_MAIN_MARKET = """SELECT cluster_id, arg_max(market, (n, market)) AS market FROM (
    SELECT cluster_id, market::VARCHAR AS market, count(*) AS n FROM {interactions}
    WHERE market IS NOT NULL AND %s GROUP BY ALL) GROUP BY cluster_id"""
"""Of markets with equally many interactions the last by alphabet."""


def markets(source: RunSource, cache: Cache, cluster_ids: Sequence[int]) -> dict[int, str]:
    """Return the market of most interactions of each cluster, where the log has markets."""
    if not cluster_ids or not source.has("interactions", "market"):
        return {}
    if cache.has("markets", {}):
        found = main_markets(source, cache)
        mine = pc.is_in(found["cluster_id"], value_set=pa.array(cluster_ids, pa.int32()))
        found = found.filter(mine)
    else:
        found = source.query(
            _MAIN_MARKET % f"cluster_id IN ({_numbers(cluster_ids)})",
        )
    return dict(zip(found["cluster_id"].to_pylist(), found["market"].to_pylist(), strict=True))


def main_markets(source: RunSource, cache: Cache) -> pa.Table:
    """Return cluster_id and market for every cluster; made once for each run."""
    if not source.has("interactions", "market"):
        return pa.schema({"cluster_id": pa.int32(), "market": pa.string()}).empty_table()
    return cache.get("markets", {}, lambda: source.query(_MAIN_MARKET % "true"))


def facets(source: RunSource, cache: Cache) -> dict[str, list[tuple[str, int]]]:
    """Return what filters can be set to, with how many clusters each has: most frequent first.

    Keys: `kind`, `benign_alternative`, `layer`, `market` (when the log has markets).
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for name, column in (
        ("kind", "kind"),
        ("benign_alternative", "benign_alternative"),
        ("layer", "unnest(string_split(layers, ', '))"),
    ):
        rows = source.query(
            f"SELECT value, count(*) AS n FROM (SELECT {column} AS value FROM {{clusters}}) "
            "GROUP BY value ORDER BY n DESC, value"
        )
        found[name] = [(row["value"], row["n"]) for row in rows.to_pylist() if row["value"]]
    counted = main_markets(source, cache)["market"].value_counts().to_pylist()
    found["market"] = sorted(
        ((row["values"], row["counts"]) for row in counted), key=lambda one: (-one[1], one[0])
    )
    return found


def span(source: RunSource, cache: Cache) -> tuple[int, int]:
    """Return the first and the last moment of any cluster's joint action, microseconds UTC."""
    row = cache.get(
        "span",
        {},
        lambda: source.query(
            "SELECT epoch_us(min(first_ts)) AS a, epoch_us(max(last_ts)) AS b FROM {clusters}"
        ),
    ).to_pylist()[0]
    return int(row["a"] or 0), int(row["b"] or 0)


def sparkline(
    source: RunSource, cache: Cache, cluster_ids: Sequence[int], n_bins: int = 24
) -> dict[int, npt.NDArray[np.int64]]:
    """Count the interactions of clusters over the span of the run's clusters.

    Returns
    -------
    dict of (n_bins,) int64
        By cluster id, bins of equal length; interactions before the first or after the last joint
        action of all clusters count in the outermost bins.
    """
    counts = {int(c): np.zeros(n_bins, np.int64) for c in cluster_ids}
    if not counts:
        return counts
    first, last = span(source, cache)
    rows = source.query(
        f"""SELECT cluster_id, greatest(0, least($n - 1,
            (epoch_us(ts) - $first) * $n // $width))::INT AS bin, count(*) AS n
        FROM {{interactions}} WHERE cluster_id IN ({_numbers(cluster_ids)}) GROUP BY ALL""",
        {"n": n_bins, "first": first, "width": last - first + 1},
    )
    for owner, bin_, n in zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True):
        counts[owner][bin_] = n
    return counts


def _numbers(ids: Sequence[int]) -> str:
    """Whole numbers as a list of literals, by which DuckDB leaves out parts of a file."""
    return ", ".join(str(int(one)) for one in ids) or "NULL"
