"""Clusters: communities of the coordination network, and which interactions made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms import clusters_kernels as kernels
from cib.algorithms.blocks import Block, join_clusters
from cib.algorithms.communities import leiden
from cib.algorithms.evidence import Evidence, joint_log10_p
from cib.algorithms.groups import numbered, ordered
from cib.algorithms.timelines import Timelines
from cib.algorithms.timelines_kernels import count
from cib.datasets.log import InteractionLog
from cib.datasets.slices import let_go, rows_where
from cib.graphs.layers.layer import Layer
from cib.graphs.network import Network
from cib.graphs.threads import map_ordered, n_threads

Thing = TypeVar("Thing")
Result = TypeVar("Result")

ROW_BYTES, MEMBER_ROW_BYTES, ACCOUNT_BYTES = 16, 128, 160
"""What measuring one thing takes, about: for each row of the log, of a member, and account."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Which account belongs to which cluster, and the interactions behind it.

    What is said of single interactions is said of the members' only, which are few in a log.
    """

    log: InteractionLog
    timelines: Timelines
    n_clusters: int
    of_account: npt.NDArray[np.int32]
    """(n_accounts,) cluster of each account, -1 when in none."""
    row: npt.NDArray[np.int64]
    """(n_member_rows,) position in the log of each interaction of a member, ascending."""
    of_row: npt.NDArray[np.int32]
    """(n_member_rows,) cluster of its account."""
    gap: npt.NDArray[np.int64]
    """(n_member_rows,) microseconds to the nearest interaction of another member of the same
    cluster on the same token, where that is within the widest window; -1 elsewhere."""
    on_target: npt.NDArray[np.bool_]
    """(n_member_rows,) interactions with one of the cluster's targets: the contents that members
    act on mostly together."""
    target_cluster: npt.NDArray[np.int32]
    """(n_targets,) cluster of each (cluster, content) target, ascending."""
    target_content: npt.NDArray[np.int32]
    """(n_targets,) content code of each target, ascending within a cluster."""
    target_total: npt.NDArray[np.int64]
    """(n_targets,) interactions of all accounts with each target."""
    blocks: Sequence[tuple[int, Block]] = ()
    """Blocks that are part of clusters, each after the cluster it is part of."""
    threads: int | None = None
    """None for every core; the result is the same for any number."""

    def side_by_side(
        self, work: Callable[[Thing], Result], things: Iterable[Thing]
    ) -> list[Result]:
        """Do what looks through the interactions for several things at once, results in order.

        As many at a time as there are threads and as memory has room for.
        """
        workers = n_threads(self.threads)
        if (room := self.log.scratch.room()) is not None:
            each = ROW_BYTES * self.log.n_rows + MEMBER_ROW_BYTES * len(self.row)
            each += ACCOUNT_BYTES * self.log.n_accounts
            workers = max(1, min(workers, room // max(each, 1)))

        def one(thing: Thing) -> Result:
            result = work(thing)
            self.let_go()
            return result

        return map_ordered(one, [(thing,) for thing in things], workers)

    def let_go(self) -> None:
        """Let go of what is on disk of the log; whoever reads it next has it fetched again."""
        log, lines = self.log, self.timelines
        let_go(log.account, log.content, log.action, log.ts, *log.extras.values())
        let_go(lines.ts, lines.content)

    @property
    def coacted(self) -> npt.NDArray[np.bool_]:
        """(n_member_rows,) interactions that another member repeated within the window."""
        return self.gap >= 0

    @property
    def joint(self) -> npt.NDArray[np.bool_]:
        """(n_member_rows,) the co-acted ones; where a block holds the cluster, the targets' too."""
        by_block = np.isin(self.of_row, [cluster for cluster, _ in self.blocks])
        return self.coacted | (self.on_target & by_block)

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(n_clusters,) number of accounts."""
        return np.bincount(self.of_account[self.of_account >= 0], minlength=self.n_clusters)


def find_clusters(
    log: InteractionLog,
    layers: Sequence[Layer],
    evidence: Evidence,
    *,
    window: Sequence[int],
    blocks: Sequence[Block] = (),
    q: float = 0.05,
    min_cluster_size: int = 3,
    resolution: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
) -> Clusters:
    """Group accounts that significant edges or blocks hold together.

    Parameters
    ----------
    log, layers : the interactions and the layers that the evidence was found in
    evidence : the edges; the weights of one pair's layers add up
    window : microseconds; an interaction counts as co-acted within the widest
    blocks : from `find_blocks`
    q : a community whose edges are jointly no better evidence than this forms no cluster
    min_cluster_size : nor does one with fewer accounts
    resolution, seed : as in `leiden`
    threads : None for every core; the result is the same for any number
    """
    edges = evidence.edges
    a, b = edges["a"].to_numpy(), edges["b"].to_numpy()
    accounts, ends = np.unique(np.concatenate([a, b]), return_inverse=True)
    network = Network.from_edges(
        ends[: len(a)], ends[len(a) :], edges["weight"].to_numpy(), len(accounts), threads=threads
    )
    communities = leiden(network, resolution=resolution, seed=seed, threads=threads)
    n = communities.n_communities
    community = np.full(log.n_accounts, -1, np.int32)
    community[accounts] = communities.membership
    log10_p = cluster_log10_p(evidence, community, n)
    sizes = np.bincount(communities.membership, minlength=n)
    keep = (sizes >= min_cluster_size) & (log10_p <= np.log10(q))
    number = np.append(np.where(keep, np.cumsum(keep) - 1, -1), -1).astype(np.int32)
    of_account = number[community]
    n_clusters, joined = join_clusters(of_account, int(keep.sum()), blocks, min_cluster_size)
    row = rows_of_members(log.account, of_account)
    gap = gap_to_member(row, layers, of_account, max(window))
    return with_targets(log, n_clusters, of_account, row, gap, joined, threads=threads)


def rows_of_members(
    account: npt.NDArray[np.int32], of_account: npt.NDArray[np.int32]
) -> npt.NDArray[np.int64]:
    """Positions of the interactions whose account is in a cluster, ascending."""
    member = of_account >= 0
    return rows_where(lambda account: member[account], account)


def inside_edges(edges: pa.Table, of_account: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """(n_edges,) cluster that both ends of each edge belong to, -1 when there is none."""
    a, b = of_account[edges["a"].to_numpy()], of_account[edges["b"].to_numpy()]
    return np.where(a == b, a, np.int32(-1))


def cluster_log10_p(
    evidence: Evidence, of_account: npt.NDArray[np.int32], n_clusters: int
) -> npt.NDArray[np.float64]:
    """(n_clusters,) joint p-value of the edges inside each cluster, as log10."""
    owner = inside_edges(evidence.edges, of_account)
    chance = evidence.edges["log10_chance"].to_numpy()[owner >= 0]
    return joint_log10_p(chance, owner[owner >= 0], n_clusters, evidence.total_tests)


def gap_to_member(
    row: npt.NDArray[np.int64],
    layers: Sequence[Layer],
    of_account: npt.NDArray[np.int32],
    window: int,
) -> npt.NDArray[np.int64]:
    """Time from each of the members' rows to the nearest by a fellow member, over all layers."""
    nearest = np.full(len(row), -1, np.int64)
    for layer in layers:
        rows = rows_of_members(layer.account, of_account)
        place = np.searchsorted(row, layer.in_log(rows))
        account, token, ts = layer.account[rows], layer.token[rows], layer.ts[rows]
        order = ordered(of_account[account].astype(np.int64) << 32 | token, ts)
        account = account[order]
        gap = kernels.nearest_gap(of_account[account], token[order], ts[order], account)
        close = (gap >= 0) & (gap <= window)
        place, gap = place[order[close]], gap[close]
        known = nearest[place]
        nearest[place] = np.where(known < 0, gap, np.minimum(known, gap))
        let_go(layer.account, layer.token, layer.ts, *([] if layer.row is None else [layer.row]))
    return nearest


def with_targets(
    log: InteractionLog,
    n_clusters: int,
    of_account: npt.NDArray[np.int32],
    row: npt.NDArray[np.int64],
    gap: npt.NDArray[np.int64],
    blocks: Sequence[tuple[int, Block]] = (),
    *,
    threads: int | None = None,
) -> Clusters:
    """Name the contents of co-acted interactions and of blocks, and what members did with them."""
    of_row = of_account[log.account[row]]
    key = of_row.astype(np.int64) * log.n_contents + log.content[row]
    # A target is acted on mostly together; content that members meet on now and then, as
    # everybody does, is cover or chance.
    touched, inverse, n_rows = numbered(key)
    n_together = np.bincount(inverse, gap >= 0, len(touched))
    is_target = 2 * n_together >= n_rows
    for cluster, block in blocks:
        is_target |= np.isin(touched, cluster * np.int64(log.n_contents) + block.content)
    targets = touched[is_target]
    content = targets % max(log.n_contents, 1)
    return Clusters(
        log=log,
        timelines=Timelines.of(log, threads=threads),
        n_clusters=n_clusters,
        of_account=of_account,
        row=row,
        of_row=of_row,
        gap=gap,
        on_target=is_target[inverse],
        target_cluster=(targets // max(log.n_contents, 1)).astype(np.int32),
        target_content=content.astype(np.int32),
        target_total=count(log.content, log.n_contents)[content],
        blocks=blocks,
        threads=threads,
    )
