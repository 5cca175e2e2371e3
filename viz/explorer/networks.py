"""Parts of the coordination network: inside a cluster, and around accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from cib.viz.explorer.cache import Cache
from cib.viz.explorer.edges import ensure_cluster_of_edges
from cib.viz.explorer.source import RunSource

MAX_NODES, MAX_EDGES = 5000, 20_000
"""Most that a page shows at a time."""

_NODE = """a.file_row_number AS account_row, a.account_id, a.cluster_id, m.role, m.strength,
    m.place, a.coordination, a.inauthenticity, a.n_interactions, a.n_contents, a.n_unusual,
    a.first_ts, a.last_ts"""
_EDGE = """a.node AS a, b.node AS b, e.layer, e.observed, e.expected, e.log10_p, e.q_value,
    e.weight, e.window_s, e.n_tokens, e.n_events, e.n_shared, e."null", e.statistic"""
_STRONGEST = "e.weight DESC, e.log10_p, e.account_a, e.account_b, e.layer"


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
    ensure_cluster_of_edges(source, cache)
    nodes = source.query(
        f"""WITH m AS (SELECT * FROM {{members:rows}} WHERE cluster_id = $cluster
            ORDER BY file_row_number LIMIT $limit)
        SELECT {_NODE} FROM m JOIN {{accounts:rows}} AS a
            ON a.account_id = m.account_id AND a.cluster_id = $cluster
        ORDER BY m.file_row_number""",
        {"cluster": cluster_id, "limit": max_nodes},
    )
    edges = source.query(
        f"""WITH e AS (SELECT * FROM {{edges}} WHERE cluster_id = $cluster)
        SELECT {_EDGE} FROM e JOIN nodes AS a ON a.account_id = e.account_a
        JOIN nodes AS b ON b.account_id = e.account_b
        ORDER BY {_STRONGEST} LIMIT $limit""",
        {"cluster": cluster_id, "limit": max_edges},
        {"nodes": _numbered(nodes)},
    )
    all_ = source.query(
        """SELECT (SELECT count(*) FROM {members} WHERE cluster_id = $cluster) AS nodes,
            (SELECT count(*) FROM {edges} WHERE cluster_id = $cluster) AS edges""",
        {"cluster": cluster_id},
    ).to_pylist()[0]
    return Subgraph(nodes, edges, all_["nodes"], all_["edges"])


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
    ensure_cluster_of_edges(source, cache)
    rows = list(dict.fromkeys(int(row) for row in account_rows))[:max_nodes]
    seeds = source.query(
        """SELECT account_id, cluster_id, file_row_number AS row FROM {accounts:rows}
        WHERE file_row_number IN (SELECT row FROM asked)""",
        given={"asked": pa.table({"row": pa.array(rows, pa.int64())})},
    )
    around = source.query(
        f"""WITH e AS (SELECT account_a, account_b, weight FROM {{edges}}
            WHERE ({_where(seeds)})
            AND (account_a IN (SELECT account_id FROM seeds)
                OR account_b IN (SELECT account_id FROM seeds))),
        ends AS (SELECT account_a AS account_id, weight FROM e
            UNION ALL SELECT account_b, weight FROM e)
        SELECT account_id, max(weight) AS weight, count(*) OVER () AS n_all,
            (SELECT count(*) FROM e) AS n_edges
        FROM ends WHERE account_id NOT IN (SELECT account_id FROM seeds)
        GROUP BY account_id ORDER BY weight DESC, count(*) DESC, account_id LIMIT $limit""",
        {"limit": max_nodes - len(seeds)},
        {"seeds": seeds},
    )
    asked_for = pa.array(rows, pa.int64())
    first = seeds.take(
        pc.drop_null(pc.index_in(asked_for, value_set=seeds["row"].combine_chunks()))
    )
    ids = pa.chunked_array(
        [*first["account_id"].chunks, *around["account_id"].chunks], source.id_type
    ).combine_chunks()
    order = pa.table({"account_id": ids, "place": pa.array(range(len(ids)), pa.int32())})
    nodes = source.query(
        f"""SELECT {_NODE} FROM asked JOIN {{accounts:rows}} AS a
            ON a.account_id = asked.account_id
        LEFT JOIN {{members}} AS m
            ON m.account_id = asked.account_id AND m.cluster_id = a.cluster_id
        ORDER BY asked.place""",
        given={"asked": order},
    )
    found = source.query(
        f"""WITH e AS (SELECT * FROM {{edges}} WHERE {_where(nodes)})
        SELECT {_EDGE}, count(*) OVER () AS n_all
        FROM e JOIN nodes AS a ON a.account_id = e.account_a
        JOIN nodes AS b ON b.account_id = e.account_b
        ORDER BY {_STRONGEST} LIMIT $limit""",
        {"limit": max_edges},
        {"nodes": _numbered(nodes)},
    )
    n_hidden = 0
    if len(around) and around["n_all"][0].as_py() > len(around):
        n_hidden = around["n_all"][0].as_py() - len(around)
    n_edges = found["n_all"][0].as_py() if len(found) else 0
    return Subgraph(nodes, found.drop_columns(["n_all"]), len(nodes) + n_hidden, n_edges)


def _where(nodes: pa.Table) -> str:
    """Where the edges of accounts are: in their clusters, and among those between clusters."""
    ids = sorted(c for c in pc.unique(nodes["cluster_id"]).to_pylist() if c is not None)
    inside = f"cluster_id IN ({', '.join(str(int(c)) for c in ids)}) OR " if ids else ""
    return f"{inside}cluster_id IS NULL"


def _numbered(nodes: pa.Table) -> pa.Table:
    """Ids and positions."""
    return pa.table(
        {"account_id": nodes["account_id"], "node": pa.array(range(len(nodes)), pa.int32())}
    )
