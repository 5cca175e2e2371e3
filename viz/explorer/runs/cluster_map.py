"""The map of clusters: all of a run, singly or in groups, and what joins them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.wording import count, plural
from cib.viz.explorer.runs.cache import Cache
from cib.viz.explorer.runs.cluster_groups import Ints, grouped
from cib.viz.explorer.runs.clusters import ClusterFilter, condition
from cib.viz.explorer.runs.copies import need_edges_by_cluster
from cib.viz.explorer.runs.errors import NoSuchGroup
from cib.viz.explorer.runs.source import RunSource

MOST_SHARED = 50
"""A target of more clusters than this joins none of them: all the world acts on it."""


@dataclass(frozen=True, slots=True)
class MapLimits:
    """How much a map shows at a time."""

    clusters: int = 5000
    """Most clusters drawn singly. Of more, the first are, and the others are put in groups."""
    links: int = 20_000
    """Most links between clusters drawn singly."""
    first: int = 500
    """Clusters drawn singly, by rank, beside groups."""
    group_links: int = 1000
    """Most links in a picture with groups."""


LIMITS = MapLimits()


@dataclass(frozen=True, slots=True)
class ClusterMap:
    """Clusters, groups of clusters, and what joins them.

    Attributes
    ----------
    nodes : clusters drawn singly, in order of rank. cluster_id, rank, kind, n_accounts,
        coordination, inauthenticity
    groups : those that all other clusters are in; empty when there are none. See `grouped`
    links : strongest first. a, b (int32 positions in `nodes` and then `groups`), n_targets (targets
        of both), n_edges (edges between members of both; 0 when there are groups)
    n_clusters_all : clusters, singly and in groups
    n_links_all : links, drawn or not
    n_targets_skipped : targets of more than 50 of the clusters, which join none
    """

    nodes: pa.Table
    groups: pa.Table
    links: pa.Table
    n_clusters_all: int
    n_links_all: int
    n_targets_skipped: int

    @property
    def left_out(self) -> str:
        """What is not drawn, or not singly, in sentences; empty when all is drawn."""
        parts = []
        if len(self.groups):
            n = self.n_clusters_all - len(self.nodes)
            parts.append(
                f"All {plural(self.n_clusters_all, 'cluster')} are here: the first "
                f"{count(len(self.nodes))} by rank singly, the other {count(n)} in "
                f"{plural(len(self.groups), 'group')}."
            )
        if len(self.links) < self.n_links_all:
            parts.append(
                f"Left out: {count(self.n_links_all - len(self.links))} of "
                f"{plural(self.n_links_all, 'link')}, the weakest."
            )
        if self.n_targets_skipped:
            n = self.n_targets_skipped
            parts.append(
                f"{plural(n, 'target')} of more than {MOST_SHARED} clusters each "
                f"{'joins' if n == 1 else 'join'} none."
            )
        return " ".join(parts)


def cluster_map(
    source: RunSource,
    cache: Cache,
    where: ClusterFilter | None = None,
    group: int | None = None,
    limits: MapLimits = LIMITS,
) -> ClusterMap:
    """Return the map of a run, or of one group of it.

    Parameters
    ----------
    where : which clusters; all when None
    group : number of a group of the same map without `group`
    limits : how much at a time

    Raises
    ------
    NoSuchGroup
        The map has no such group.
    """
    nodes, groups, place = _drawn(source, cache, where, limits)
    n_all = len(place)
    if group is not None:
        if not 1 <= group <= len(groups):
            raise NoSuchGroup(group)
        nodes = nodes.filter(pa.array(place == limits.first + group - 1))
        groups, n_all = groups.slice(0, 0), len(nodes)
        place = np.arange(n_all)
    numbered = pa.table({"cluster_id": nodes["cluster_id"], "node": pa.array(place, pa.int32())})
    most = limits.group_links if len(groups) else limits.links

    def make() -> pa.Table:
        return _links(source, cache, numbered, most, evidence=not len(groups))

    # what filters leave is not kept on the disk: there is no end of them
    kept = {**asdict(limits), "group": group}
    links = cache.get("links", kept, make) if where in (None, ClusterFilter()) else make()
    counts = links.schema.metadata
    if len(groups):
        nodes = nodes.slice(0, limits.first)
    return ClusterMap(
        nodes, groups, links, n_all, int(counts[b"n_links"]), int(counts[b"n_targets_skipped"])
    )


def _drawn(
    source: RunSource, cache: Cache, where: ClusterFilter | None, limits: MapLimits
) -> tuple[pa.Table, pa.Table, Ints]:
    """Return clusters by rank, groups of them, and the place of each in singles and then groups."""
    chosen_by, values, given = condition(source, cache, where or ClusterFilter())
    nodes = source.query(
        f"""SELECT cluster_id, rank, kind, n_accounts, coordination, inauthenticity
        FROM {{clusters}} WHERE {chosen_by} ORDER BY rank, cluster_id""",
        values,
        given,
    )
    place = np.arange(len(nodes))
    if len(nodes) <= limits.clusters:
        return nodes, grouped(nodes.slice(0, 0), limits.clusters)[0], place
    groups, of = grouped(nodes.slice(limits.first), limits.clusters)
    place[limits.first :] = limits.first + of
    return nodes, groups, place


def _links(
    source: RunSource, cache: Cache, numbered: pa.Table, most: int, *, evidence: bool
) -> pa.Table:
    """Return links between nodes, the strongest first; counts of what is left out as metadata.

    Parameters
    ----------
    numbered : cluster_id, and in `node` what it is drawn as
    most : how many
    evidence : whether to count edges between members as well
    """
    given = {"chosen": numbered}
    shared = source.query(
        """WITH t AS (SELECT content_id, node FROM {targets} JOIN chosen USING (cluster_id)),
        n AS (SELECT content_id, count(*) AS n FROM t GROUP BY content_id),
        few AS (SELECT DISTINCT content_id, node FROM t
            SEMI JOIN (FROM n WHERE n BETWEEN 2 AND $most) USING (content_id)),
        pairs AS (SELECT x.node AS a, y.node AS b, count(*) AS n
            FROM few AS x JOIN few AS y USING (content_id) WHERE x.node < y.node GROUP BY ALL)
        SELECT a, b, n FROM pairs
        UNION ALL SELECT NULL, NULL, count(*) FROM n WHERE n > $most""",
        {"most": MOST_SHARED},
        given,
    )
    skipped = pc.sum(shared.filter(pc.is_null(shared["a"]))["n"]).as_py()
    both = [_counted(shared.drop_null(), "n_targets", "n_edges")]
    if evidence:
        need_edges_by_cluster(source, cache)
        joined = source.query(
            """WITH who AS (SELECT account_id, node FROM {accounts} JOIN chosen USING (cluster_id))
            SELECT least(a.node, b.node) AS a, greatest(a.node, b.node) AS b, count(*) AS n
            FROM {edges} AS e JOIN who AS a ON a.account_id = e.account_a
            JOIN who AS b ON b.account_id = e.account_b
            WHERE e.cluster_id IS NULL AND a.node <> b.node GROUP BY ALL""",
            given=given,
        )
        both.append(_counted(joined, "n_edges", "n_targets"))
    links = pa.concat_tables(both).group_by(["a", "b"])
    found = links.aggregate([("n_targets", "sum"), ("n_edges", "sum")])
    found = found.rename_columns(["a", "b", "n_targets", "n_edges"])
    found = found.append_column("n", pc.add(found["n_targets"], found["n_edges"]))
    found = found.sort_by([("n", "descending"), ("a", "ascending"), ("b", "ascending")])
    counts = {"n_links": str(len(found)), "n_targets_skipped": str(skipped)}
    return found.drop_columns(["n"]).slice(0, most).replace_schema_metadata(counts)


def _counted(pairs: pa.Table, as_: str, other: str) -> pa.Table:
    """Return pairs with their number as one of the two counts, and none of the other."""
    return pa.table(
        {
            "a": pairs["a"].cast(pa.int32()),
            "b": pairs["b"].cast(pa.int32()),
            as_: pairs["n"],
            other: pa.array(np.zeros(len(pairs), np.int64)),
        }
    ).select(["a", "b", "n_targets", "n_edges"])
