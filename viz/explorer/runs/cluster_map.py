"""The map of clusters: which ones share targets or are joined by evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cib.viz.explorer.runs.cache import Cache
from cib.viz.explorer.runs.copies import need_between
from cib.viz.explorer.runs.positions import positions
from cib.viz.explorer.runs.source import RunSource

MAX_CLUSTERS, MAX_LINKS = 5000, 20_000
MOST_SHARED = 50
"""A target of more clusters than this joins none of them: all the world acts on it."""


@dataclass(frozen=True, slots=True)
class ClusterMap:
    """Clusters and what joins them; the first by rank, when there are too many.

    Attributes
    ----------
    nodes : in order of rank. cluster_id, rank, n_accounts, n_contents, n_edges, coordination,
        inauthenticity, kind, benign_alternative, x, y (float32, see `positions`)
    links : strongest first. a, b (int32 positions in `nodes`), n_targets (targets of both),
        n_edges (edges between their members)
    n_clusters_all : clusters of the run
    n_links_all : links between the clusters shown
    n_targets_skipped : targets of more than 50 of the clusters shown, which join none
    """

    nodes: pa.Table
    links: pa.Table
    n_clusters_all: int
    n_links_all: int
    n_targets_skipped: int

    @property
    def left_out(self) -> str:
        """What is not shown, as a sentence; empty when all is."""
        parts = []
        if len(self.nodes) < self.n_clusters_all:
            parts.append(f"the first {len(self.nodes):,} of {self.n_clusters_all:,} clusters")
        if len(self.links) < self.n_links_all:
            parts.append(f"the strongest {len(self.links):,} of {self.n_links_all:,} links")
        said = f"Shown are {' and '.join(parts)}." if parts else ""
        if self.n_targets_skipped:
            n = self.n_targets_skipped
            said += f" Targets of more than {MOST_SHARED} clusters join none: {n:,}."
        return said.strip()


def cluster_map(
    source: RunSource, cache: Cache, max_clusters: int = MAX_CLUSTERS, max_links: int = MAX_LINKS
) -> ClusterMap:
    """Return the map; made once for each run and kept."""
    limits = {"max_clusters": max_clusters, "max_links": max_links}
    nodes = source.query(
        """SELECT cluster_id, rank, n_accounts, n_contents, n_edges, coordination, inauthenticity,
            kind, benign_alternative
        FROM {clusters} ORDER BY rank, cluster_id LIMIT $limit""",
        {"limit": max_clusters},
    )
    numbered = pa.table(
        {"cluster_id": nodes["cluster_id"], "node": pa.array(range(len(nodes)), pa.int32())}
    )
    links = cache.get("links", limits, lambda: _links(source, cache, numbered, max_links))
    counts = {
        key: int(value) for key, value in (links.schema.metadata or {}).items() if key != b"pandas"
    }

    def place() -> pa.Table:
        weight = links["n_targets"].to_numpy() + links["n_edges"].to_numpy()
        xy = positions(
            links["a"].to_numpy(),
            links["b"].to_numpy(),
            np.log1p(weight),
            size=np.sqrt(nodes["n_accounts"].to_numpy()),
        )
        return pa.table({"x": xy[:, 0].astype(np.float32), "y": xy[:, 1].astype(np.float32)})

    xy = cache.get("map", limits, place)
    for name in ("x", "y"):
        nodes = nodes.append_column(name, xy[name])
    return ClusterMap(
        nodes, links, source.n_clusters, counts[b"n_links"], counts[b"n_targets_skipped"]
    )


def _links(source: RunSource, cache: Cache, numbered: pa.Table, max_links: int) -> pa.Table:
    """Links between clusters, the strongest first; counts of what is left out as metadata."""
    given = {"chosen": numbered}
    shared = source.query(
        """WITH t AS (SELECT content_id, node FROM {targets} JOIN chosen USING (cluster_id)),
        few AS (SELECT content_id FROM t GROUP BY content_id HAVING count(*) BETWEEN 2 AND $most)
        SELECT x.node AS a, y.node AS b, count(*) AS n
        FROM (SELECT t.* FROM t SEMI JOIN few USING (content_id)) AS x
        JOIN (SELECT t.* FROM t SEMI JOIN few USING (content_id)) AS y USING (content_id)
        WHERE x.node < y.node GROUP BY ALL""",
        {"most": MOST_SHARED},
        given,
    )
    skipped = source.query(
        """SELECT count(*) AS n FROM (SELECT content_id FROM {targets}
        JOIN chosen USING (cluster_id) GROUP BY content_id HAVING count(*) > $most)""",
        {"most": MOST_SHARED},
        given,
    )["n"][0].as_py()
    need_between(source, cache)
    joined = source.query(
        """WITH who AS (SELECT file_row_number::INT AS row, node
            FROM {accounts:rows} JOIN chosen USING (cluster_id))
        SELECT least(a.node, b.node) AS a, greatest(a.node, b.node) AS b, count(*) AS n
        FROM {between} AS e JOIN who AS a ON a.row = e.a_row JOIN who AS b ON b.row = e.b_row
        WHERE a.node <> b.node GROUP BY ALL""",
        given=given,
    )
    none = pa.array([0], pa.int64())
    both = pa.concat_tables(
        [
            pa.table(
                {
                    "a": rows["a"].cast(pa.int32()),
                    "b": rows["b"].cast(pa.int32()),
                    "n_targets": rows["n"] if i == 0 else pc.multiply(rows["n"], none[0]),
                    "n_edges": rows["n"] if i == 1 else pc.multiply(rows["n"], none[0]),
                }
            )
            for i, rows in enumerate((shared, joined))
        ]
    )
    links = both.group_by(["a", "b"]).aggregate([("n_targets", "sum"), ("n_edges", "sum")])
    links = links.rename_columns(["a", "b", "n_targets", "n_edges"])
    links = links.append_column("n", pc.add(links["n_targets"], links["n_edges"]))
    links = links.sort_by([("n", "descending"), ("a", "ascending"), ("b", "ascending")])
    counts = {"n_links": str(len(links)), "n_targets_skipped": str(skipped)}
    return links.drop_columns(["n"]).slice(0, max_links).replace_schema_metadata(counts)
