"""Copies of tables in the order in which pages read them, made once for each run."""

from __future__ import annotations

import os

from cib.viz.explorer.runs.cache import Cache
from cib.viz.explorer.runs.source import RunSource

ROWS_PER_GROUP = 16_384
"""Rows that are read together: what belongs to a cluster is found without reading the rest."""

_EDGES = """SELECT e.*, CASE WHEN a.cluster_id = b.cluster_id THEN a.cluster_id END AS cluster_id
    FROM {edges} AS e
    JOIN (SELECT account_id, cluster_id FROM {accounts}) AS a ON a.account_id = e.account_a
    JOIN (SELECT account_id, cluster_id FROM {accounts}) AS b ON b.account_id = e.account_b
    ORDER BY cluster_id NULLS LAST, account_a, account_b, layer"""
_ROSTER = """SELECT m.* EXCLUDE (file_row_number), a.file_row_number AS account_row,
        a.* EXCLUDE (account_id, cluster_id, file_row_number)
    FROM {members:rows} AS m LEFT JOIN {accounts:rows} AS a ON a.account_id = m.account_id
    ORDER BY m.file_row_number"""
_ROSTER_OF_ONE = """(SELECT m.*, a.file_row_number AS account_row,
        a.* EXCLUDE (account_id, cluster_id, file_row_number)
    FROM (SELECT * FROM {members:rows} WHERE cluster_id = $cluster) AS m
    LEFT JOIN (SELECT * FROM {accounts:rows} WHERE cluster_id = $cluster) AS a
        ON a.account_id = m.account_id)"""
_ENDS = """SELECT a.row AS a_row, b.row AS b_row, e.* EXCLUDE (account_a, account_b, cluster_id)
    FROM (SELECT * FROM {edges} WHERE cluster_id IS NULL%s) AS e
    JOIN (SELECT account_id, file_row_number::INT AS row FROM {accounts:rows}) AS a
        ON a.account_id = e.account_a
    JOIN (SELECT account_id, file_row_number::INT AS row FROM {accounts:rows}) AS b
        ON b.account_id = e.account_b"""
_BETWEEN = _ENDS % ""
_BETWEEN_NEAR = (
    f"""({_ENDS})"""
    % """ AND (account_a IN (SELECT account_id FROM near)
        OR account_b IN (SELECT account_id FROM near))"""
)


def need_edges_by_cluster(source: RunSource, cache: Cache) -> None:
    """Have queries find the edges of a cluster together, with their `cluster_id`.

    Runs of earlier versions have edges without it, in no order of use: these get a sorted copy.
    """
    if not source.has("edges", "cluster_id"):
        _make(source, cache, "edges", _EDGES)


def need_roster(source: RunSource, cache: Cache) -> None:
    """Have queries of one cluster, `$cluster`, know the table `roster`.

    It is the members, in their order, with what `accounts` says; `account_row` is the row in
    `accounts`. Accounts lie in order of their ids, so that the members of a cluster are
    everywhere: until `make_roster` has put them together, they are looked for in each query.
    """
    if not source.has("roster") and not _taken(source, cache, "roster"):
        source.stand_in("roster", _ROSTER_OF_ONE)


def make_roster(source: RunSource, cache: Cache) -> None:
    """Make the copy that `need_roster` reads when there is one."""
    if not source.has("roster"):
        _make(source, cache, "roster", _ROSTER)


def need_between(source: RunSource, cache: Cache) -> None:
    """Have queries that are given the accounts `near` know the table `between`.

    It is the edges in no cluster that have one of these accounts for an end, and maybe others;
    their ends are rows of `accounts`. They may be millions, and whole numbers are looked through
    much faster than ids: `make_between` makes a copy with these.
    """
    if not source.has("between"):
        need_edges_by_cluster(source, cache)
        if not _taken(source, cache, "between"):
            source.stand_in("between", _BETWEEN_NEAR)


def make_between(source: RunSource, cache: Cache) -> None:
    """Make the copy that `need_between` reads when there is one."""
    if not source.has("between"):
        need_edges_by_cluster(source, cache)
        _make(source, cache, "between", _BETWEEN)


def _taken(source: RunSource, cache: Cache, table: str) -> bool:
    """Read a table from its copy from now on, if there is one that is whole."""
    place = cache.file(cache.key(table, {}))
    if not source.whole(place):
        return False
    source.take_from(table, place)
    return True


def _make(source: RunSource, cache: Cache, table: str, sql: str) -> None:
    """Make a copy, unless there is one that is whole, and read the table from it from now on.

    It is kept in the run's folder; where that cannot be written, for as long as this process lives.
    """
    with source.building(table):
        if source.placed(table) or _taken(source, cache, table):
            return
        key = cache.key(table, {})
        place = cache.file(key)
        try:
            with cache.writing(key) as aside:
                source.copy(sql, aside, ROWS_PER_GROUP)
        except OSError:
            place = source.scratch / f"{source.run_id}-{os.urandom(4).hex()}.parquet"
            source.copy(sql, place, ROWS_PER_GROUP)
        source.take_from(table, place)
