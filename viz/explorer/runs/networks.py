"""Parts of the coordination network: inside a cluster, and around accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from cib.viz.explorer.runs.cache import Cache
from cib.viz.explorer.runs.copies import need_between, need_edges_by_cluster, need_roster
from cib.viz.explorer.runs.source import RunSource

MAX_NODES, MAX_EDGES = 5000, 20_000
"""Most that a page shows at a time."""

_COLUMNS = """account_row, account_id, cluster_id, role, strength, place, coordination,
    inauthenticity, n_interactions, n_contents, n_unusual, first_ts, last_ts"""
_NODE = """a.file_row_number AS account_row, a.account_id, a.cluster_id, m.role, m.strength,
    m.place, a.coordination, a.inauthenticity, a.n_interactions, a.n_contents, a.n_unusual,
    a.first_ts, a.last_ts"""
_MEASURES = """e.layer, e.observed, e.expected, e.log10_p, e.q_value,
    e.weight, e.window_s, e.n_tokens, e.n_events, e.n_shared, e."null", e.statistic"""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Accounts and the significant evidence between them; the strongest, when there are too many.

    Attributes
    ----------
    nodes : account_row, account_id, cluster_id (null when in none), role, strength, place (null
        when in no cluster), coordination, inauthenticity, n_interactions, n_contents, n_unusual,
        first_ts, last_ts
    edges : one row per pair and layer, strongest first. a, b (int32 positions in `nodes`), layer,
        observed, expected, log10_p, q_value, weight, window_s, n_tokens, n_events, n_shared, null,
        statistic
    n_nodes_all, n_edges_all : what there is without limits
    """

    nodes: pa.Table
    edges: pa.Table
    n_nodes_all: int
    n_edges_all: int

    @property
    def left_out(self) -> str:
        """What is not shown, as a sentence; empty when all is."""
        parts = [
            f"{shown:,} of {all_:,} {what}"
            for shown, all_, what in (
                (len(self.nodes), self.n_nodes_all, "accounts"),
                (len(self.edges), self.n_edges_all, "edges"),
            )
            if shown < all_
        ]
        return f"Shown are the strongest: {' and '.join(parts)}." if parts else ""


def edges_within(
    source: RunSource,
    cache: Cache,
    cluster_id: int,
    max_nodes: int = MAX_NODES,
    max_edges: int = MAX_EDGES,
) -> Subgraph:
    """Return a cluster's network: its strongest members and the strongest edges between them."""
    need_edges_by_cluster(source, cache)
    need_roster(source, cache)
    nodes = source.query(
        f"""SELECT {_COLUMNS} FROM {{roster:rows}} WHERE cluster_id = $cluster
        ORDER BY file_row_number LIMIT $limit""",
        {"cluster": cluster_id, "limit": max_nodes},
    )
    all_ = source.query(
        """SELECT (SELECT count(*) FROM {members} WHERE cluster_id = $cluster) AS nodes,
            (SELECT count(*) FROM {edges} WHERE cluster_id = $cluster) AS edges""",
        {"cluster": cluster_id},
    ).to_pylist()[0]
    given = _numbered(nodes)

    def make() -> pa.Table:
        where, values = "cluster_id = $cluster", {"cluster": cluster_id}
        return _strongest(source, where, values, given, max_edges).drop_columns(["n_all"])

    if all_["edges"] <= max_edges:
        edges = make()
    else:  # the strongest of many are looked for once
        limits = {"cluster": cluster_id, "max_nodes": max_nodes, "max_edges": max_edges}
        edges = cache.get("network", limits, make)
    return Subgraph(nodes, edges, all_["nodes"], all_["edges"])


def largest(source: RunSource, n: int) -> list[int]:
    """Return the clusters with the most edges, of those with more than are drawn."""
    found = source.query(
        """SELECT cluster_id FROM {clusters} WHERE n_edges > $drawn
        ORDER BY n_edges DESC, cluster_id LIMIT $n""",
        {"drawn": MAX_EDGES, "n": n},
    )
    return [int(cluster_id) for cluster_id in found["cluster_id"].to_pylist()]


def kept_as(cluster_id: int) -> str:
    """Return the word under which the layout of a cluster's network is kept."""
    return f"cluster-{cluster_id}"


def neighbours(
    source: RunSource,
    cache: Cache,
    account_rows: Sequence[int],
    max_nodes: int = 200,
    max_edges: int = 2000,
) -> Subgraph:
    """Return accounts, those joined to them, and the edges among all of these.

    Parameters
    ----------
    account_rows : rows of `accounts`; they come first in `nodes`, in this order
    max_nodes : the accounts themselves included
    max_edges : over all layers

    Returns
    -------
    Subgraph
        `n_edges_all` counts the edges of the given accounts, and those among the nodes shown.
    """
    need_between(source, cache)
    rows = list(dict.fromkeys(int(row) for row in account_rows))[:max_nodes]
    asked = pa.table({"row": pa.array(rows, pa.int32()), "place": range(len(rows))})
    seeds = source.query(
        """SELECT a.account_id, a.cluster_id, row FROM {accounts:rows} AS a
        JOIN asked ON a.file_row_number = asked.row ORDER BY asked.place""",
        given={"asked": asked},
    )
    around = source.query(
        f"""WITH e AS (SELECT account_a, account_b, weight FROM {{edges}}
            WHERE {_inside(seeds)} AND (account_a IN (SELECT account_id FROM seeds)
                OR account_b IN (SELECT account_id FROM seeds))),
        f AS (SELECT a_row, b_row, weight FROM {{between}}
            WHERE a_row IN (SELECT row FROM seeds) OR b_row IN (SELECT row FROM seeds)),
        ends AS (SELECT a.file_row_number::INT AS row, weight FROM {{accounts:rows}} AS a JOIN
                (SELECT account_a AS id, weight FROM e UNION ALL SELECT account_b, weight FROM e)
                ON a.account_id = id WHERE a.{_inside(seeds)}
            UNION ALL SELECT a_row, weight FROM f UNION ALL SELECT b_row, weight FROM f)
        SELECT row, count(*) OVER () AS n_all FROM ends
        WHERE row NOT IN (SELECT row FROM seeds) GROUP BY row
        ORDER BY max(weight) DESC, count(*) DESC, row LIMIT $limit""",
        {"limit": max_nodes - len(seeds)},
        {"seeds": seeds, "near": seeds},
    )
    shown = [*seeds["row"].to_pylist(), *around["row"].to_pylist()]
    nodes = source.query(
        f"""WITH a AS (SELECT a.*, asked.place FROM {{accounts:rows}} AS a
            JOIN asked ON a.file_row_number = asked.row)
        SELECT {_NODE} FROM a LEFT JOIN {{members}} AS m
            ON m.account_id = a.account_id AND m.cluster_id = a.cluster_id
        ORDER BY a.place""",
        given={"asked": pa.table({"row": pa.array(shown, pa.int32()), "place": range(len(shown))})},
    )
    numbered = _numbered(nodes)
    pieces = [
        _strongest(source, _inside(nodes, 2), {}, numbered, max_edges),
        source.query(
            f"""SELECT a.node AS a, b.node AS b, {_MEASURES}, count(*) OVER () AS n_all
            FROM {{between}} AS e JOIN nodes AS a ON a.account_row = e.a_row
            JOIN nodes AS b ON b.account_row = e.b_row
            ORDER BY e.weight DESC, e.log10_p, a, b, e.layer LIMIT $limit""",
            {"limit": max_edges},
            {"nodes": numbered, "near": numbered},
        ),
    ]
    n_edges = sum(piece["n_all"][0].as_py() for piece in pieces if len(piece))
    found = pa.concat_tables(pieces).drop_columns(["n_all"])
    by = [("weight", "descending"), ("log10_p", "ascending")]
    found = found.sort_by([*by, *((name, "ascending") for name in ("a", "b", "layer"))])
    n_hidden = around["n_all"][0].as_py() - len(around) if len(around) else 0
    return Subgraph(nodes, found.slice(0, max_edges), len(nodes) + n_hidden, n_edges)


def _strongest(
    source: RunSource, where: str, values: dict[str, int], nodes: pa.Table, limit: int
) -> pa.Table:
    """Return the strongest edges between nodes, and in `n_all` how many there are."""
    # which ones first: of the others no more than the evidence is read
    chosen = source.query(
        f"""SELECT a.node AS a, b.node AS b, e.file_row_number AS place, count(*) OVER () AS n_all
        FROM {{edges:rows}} AS e JOIN nodes AS a ON a.account_id = e.account_a
        JOIN nodes AS b ON b.account_id = e.account_b
        WHERE {where} ORDER BY weight DESC, log10_p, place LIMIT $limit""",
        {**values, "limit": limit},
        {"nodes": nodes},
    )
    return source.query(
        f"""SELECT c.a, c.b, {_MEASURES}, c.n_all
        FROM {{edges:rows}} AS e JOIN chosen AS c ON e.file_row_number = c.place
        WHERE {where} ORDER BY e.weight DESC, e.log10_p, c.place""",
        values,
        {"chosen": chosen},
    )


def _inside(nodes: pa.Table, at_least: int = 1) -> str:
    """Say that a row is of a cluster that at least so many of some accounts are in."""
    counts = pc.value_counts(nodes["cluster_id"].drop_null()).to_pylist()
    ids = sorted(one["values"] for one in counts if one["counts"] >= at_least)
    return f"cluster_id IN ({', '.join(str(int(c)) for c in ids) or 'NULL'})"


def _numbered(nodes: pa.Table) -> pa.Table:
    """Ids, rows and positions."""
    place = pa.array(range(len(nodes)), pa.int32())
    return nodes.select(["account_id", "account_row"]).append_column("node", place)
