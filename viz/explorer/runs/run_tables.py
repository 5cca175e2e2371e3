"""One run's tables, as pages ask for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.viz.explorer.runs import cluster_map, clusters, copies, networks, parts, rhythms, searching
from cib.viz.explorer.runs.cache import Cache
from cib.viz.explorer.runs.cluster_map import ClusterMap, MapLimits
from cib.viz.explorer.runs.clusters import SORTABLE, ClusterFilter, Direction
from cib.viz.explorer.runs.database import Database
from cib.viz.explorer.runs.narrowing import Side
from cib.viz.explorer.runs.networks import Subgraph
from cib.viz.explorer.runs.positions import positions
from cib.viz.explorer.runs.searching import What
from cib.viz.explorer.runs.source import RunSource

__all__ = [
    "SORTABLE",
    "ClusterFilter",
    "ClusterMap",
    "MapLimits",
    "RunTables",
    "Subgraph",
]

_NETWORKS_BEFOREHAND = 3
"""Of the largest clusters; each takes half a second, too long for whoever opens one first."""


class RunTables:
    """Questions to one run; any number of threads may ask.

    Every method reads the run's Parquet files. It raises `RunGone` when they are no longer there,
    `BadDataError` (the file's name in the message) when one is broken, and `TemporaryError` when
    the answer needs more memory than all questions together may take (512 MB).

    Accounts and targets are named by their row in `accounts` and `targets`, counted from 0, so
    that no id needs to leave the server. Rows are fixed for a run and mean nothing beyond it.

    Parameters
    ----------
    path : folder of the run
    run_id : its name
    database : where queries run
    """

    def __init__(self, path: Path, run_id: str, database: Database) -> None:
        self.source = RunSource(path, run_id, database)
        self.cache = Cache(path)

    # what there is

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether the run has a table, or a column of it (older runs and small logs lack some)."""
        return self.source.has(table, column)

    @property
    def n_accounts(self) -> int:
        """Accounts of the log."""
        return self.source.n_accounts

    @property
    def n_clusters(self) -> int:
        """Clusters of the run."""
        return self.source.n_clusters

    def prepare(self, wait: Callable[[], object] = lambda: None) -> None:
        """Make what is made once for each run, so that nobody waits for it later.

        The networks of the largest clusters, the market of each cluster, copies in the order in
        which pages read, and the map: about 10 s for a million accounts and 20 million edges, and
        nothing when it was done before.

        Parameters
        ----------
        wait : called before each part but the first network
        """
        for cluster_id in networks.largest(self.source, _NETWORKS_BEFOREHAND):
            self.positions(self.edges_within(cluster_id), networks.kept_as(cluster_id))
            wait()
        for make in (clusters.main_markets, copies.make_roster, cluster_map.cluster_map,
                     copies.make_between):  # fmt: skip
            wait()
            make(self.source, self.cache)

    # the list of clusters

    def clusters(
        self,
        where: ClusterFilter | None = None,
        sort: Sequence[tuple[str, Direction]] = (("rank", "asc"),),
        offset: int = 0,
        limit: int = 100,
    ) -> tuple[pa.Table, int]:
        """Return one page of clusters, and how many there are; see `clusters.clusters`."""
        return clusters.clusters(self.source, self.cache, where, sort, offset, limit)

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """Return what filters can be set to, with counts; see `clusters.facets`."""
        return clusters.facets(self.source, self.cache)

    def sparkline(
        self, cluster_ids: Sequence[int], n_bins: int = 24
    ) -> dict[int, npt.NDArray[np.int64]]:
        """Count interactions of clusters over the run's span; see `clusters.sparkline`."""
        return clusters.sparkline(self.source, self.cache, cluster_ids, n_bins)

    def span(self) -> tuple[int, int]:
        """Return first and last joint action of any cluster, microseconds since 1970 UTC."""
        return clusters.span(self.source, self.cache)

    # one cluster

    def cluster(self, cluster_id: int) -> dict[str, Any]:
        """Return one cluster; raises `NoSuchCluster`."""
        return clusters.cluster(self.source, self.cache, cluster_id)

    def members(self, cluster_id: int, offset: int = 0, limit: int = 5000) -> tuple[pa.Table, int]:
        """Return members with `account_row`, strongest first; see `parts.members`."""
        return parts.members(self.source, self.cache, cluster_id, offset, limit)

    def targets(self, cluster_id: int, offset: int = 0, limit: int = 1000) -> tuple[pa.Table, int]:
        """Return targets with `target_row`; see `parts.targets`."""
        return parts.targets(self.source, cluster_id, offset, limit)

    def evidence(self, cluster_id: int) -> pa.Table:
        """Return the parts of a cluster's scores, the strongest first."""
        return parts.evidence(self.source, cluster_id)

    def interactions(
        self,
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
        """Return interactions by rows of accounts and targets; see `parts.interactions`."""
        return parts.interactions(
            self.source, self.cache, cluster_id, accounts, contents, since, until, offset, limit,
            of=of,
        )  # fmt: skip

    def lockstep(
        self, cluster_id: int, max_points: int = 20_000, *, of: Side = "interactions"
    ) -> tuple[pa.Table, int]:
        """Return points of the raster, evenly thinned; see `rhythms.lockstep`."""
        return rhythms.lockstep(self.source, self.cache, cluster_id, max_points, of)

    def hours_of_week(self, cluster_id: int, *, of: Side = "interactions") -> npt.NDArray[np.int64]:
        """Count interactions by hour of the week (UTC); see `rhythms.hours_of_week`."""
        return rhythms.hours_of_week(self.source, cluster_id, of)

    def durations(
        self, cluster_id: int, *, of: Side = "interactions", bin_ms: int = 1000
    ) -> pa.Table | None:
        """Count plays by length; see `rhythms.durations`."""
        return rhythms.durations(self.source, cluster_id, of, bin_ms)

    def shared_by(
        self, cluster_id: int, column: str, *, of: Side = "interactions", limit: int = 20
    ) -> tuple[pa.Table, int] | None:
        """Count accounts by device, address or network; see `rhythms.shared_by`."""
        return rhythms.shared_by(self.source, cluster_id, column, of, limit)

    # networks

    def edges_within(
        self,
        cluster_id: int,
        max_nodes: int = networks.MAX_NODES,
        max_edges: int = networks.MAX_EDGES,
    ) -> Subgraph:
        """Return a cluster's network; see `networks.edges_within`."""
        return networks.edges_within(self.source, self.cache, cluster_id, max_nodes, max_edges)

    def neighbours(
        self, account_rows: Sequence[int], max_nodes: int = 200, max_edges: int = 2000
    ) -> Subgraph:
        """Return accounts and those joined to them; see `networks.neighbours`."""
        return networks.neighbours(self.source, self.cache, account_rows, max_nodes, max_edges)

    def positions(self, graph: Subgraph, kept_as: str = "") -> npt.NDArray[np.float64]:
        """Return where to draw the nodes of a network.

        Parameters
        ----------
        graph : from `edges_within` or `neighbours`
        kept_as : a word that tells this network from others of the run (`cluster-7`), to keep the
            layout under; not kept when empty

        Returns
        -------
        (n_nodes, 2) float64
            x and y between 0 and 1.
        """

        def make() -> pa.Table:
            a, b, weight = (graph.edges[name].to_numpy() for name in ("a", "b", "weight"))
            xy = positions(a, b, weight, n_nodes=len(graph.nodes))
            return pa.table({"x": xy[:, 0], "y": xy[:, 1]})

        what = {"graph": kept_as, "nodes": len(graph.nodes), "edges": len(graph.edges)}
        xy = self.cache.get("layout", what, make) if kept_as else make()
        return np.column_stack((xy["x"].to_numpy(), xy["y"].to_numpy()))

    def cluster_map(
        self,
        where: ClusterFilter | None = None,
        group: int | None = None,
        limits: MapLimits = cluster_map.LIMITS,
    ) -> ClusterMap:
        """Return the map of clusters, or of one group of it; see `cluster_map.cluster_map`."""
        return cluster_map.cluster_map(self.source, self.cache, where, group, limits)

    # accounts, targets, search

    def account(self, row: int) -> dict[str, Any]:
        """Return an account by its row; raises `NoSuchRow`."""
        return searching.account(self.source, row)

    def target(self, row: int) -> dict[str, Any]:
        """Return a target by its row, with every cluster that has it; raises `NoSuchRow`."""
        return searching.target(self.source, row)

    def account_rows(self, ids: pa.Array | Sequence[Any]) -> npt.NDArray[np.int64]:
        """Return the row of each account id, −1 for those that are not in the log."""
        return searching.account_rows(self.source, ids)

    def search(self, text: str, what: What = "account", limit: int = 50) -> list[dict[str, Any]]:
        """Find accounts, targets, parents or markets by name; see `searching.search`."""
        return searching.search(self.source, text, what, limit)
