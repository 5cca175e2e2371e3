"""Blocks of a log: accounts with content in common, over all of it or within slots of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cib.algorithms.spectra import memory_needed
from cib.algorithms.spectral_blocks import n_at_once, spectral_blocks
from cib.datasets.budget import memory_size
from cib.datasets.errors import TemporaryError
from cib.datasets.log import InteractionLog
from cib.datasets.wording import duration
from cib.graphs.incidence import time_slots

WHOLE_LOG = 0
"""Slot that holds the whole log."""

BLOCK, AUDIENCE, RARE, LOOPED, ODD_HOURS = "block", "audience", "rare", "looped", "odd_hours"
"""What a block was found by: the signal in the evidence table."""


@dataclass(frozen=True, slots=True)
class Block:
    """Accounts that divide their attention between the same contents as no taste does."""

    account: npt.NDArray[np.int32]
    """(n,) account codes, ascending."""
    content: npt.NDArray[np.int32]
    """Content codes, ascending."""
    slot: int
    """Microseconds of the slots of time it was found in; WHOLE_LOG for all of it."""
    observed: npt.NDArray[np.int64]
    """(n,) contents, or contents and slots, of the block that each account touches; what counts as
    touching is its signal's to say."""
    expected: npt.NDArray[np.float64]
    """(n,) the same for one of the crowd with as many of them."""
    posterior: npt.NDArray[np.float64]
    """(n,) probability of each account belonging to it."""
    log10_p: float
    """log10 of the p-value of its edge."""
    q_value: float
    """The same, times the cuts tried and the lengths of slots, as a probability."""
    layer: str = ""
    """Layer whose audiences it was found in; empty when it was found in all interactions."""
    least: int = 1
    """Actions on a content from which on it counts."""
    n_elsewhere: int = 0
    """Accounts of the block that other clusters have."""
    signal: str = BLOCK
    """What it was found by."""

    @property
    def log10_q(self) -> float:
        """log10 of the q-value, which may be too small to be written otherwise."""
        return float(np.log10(max(self.q_value, np.finfo(np.float64).tiny)))

    def within(self, inside: npt.NDArray[np.bool_]) -> Block:
        """The part of a block that one cluster has."""
        return replace(
            self,
            account=self.account[inside],
            observed=self.observed[inside],
            expected=self.expected[inside],
            posterior=self.posterior[inside],
            n_elsewhere=int(np.count_nonzero(~inside)),
        )


def check_memory(
    log: InteractionLog, slots: Sequence[int], memory: int | None, threads: int | None = None
) -> None:
    """Refuse a search that would take more than there is, before anything else is done.

    Parameters
    ----------
    slots : microseconds; WHOLE_LOG for no slots
    memory : bytes that it may take; None does not limit
    threads : that look for blocks; None for all cores

    Raises
    ------
    TemporaryError
        It would take more.
    """
    if memory is None:
        return
    for slot in slots:
        n_columns, where, remedy = log.n_contents, "over the whole log", ""
        if slot != WHOLE_LOG:
            n_columns = len(time_slots(log.content, log.ts, slot).column)
            where, remedy = f"within slots of {duration(slot / 1e6)}", "take longer slots, or "
        needed = memory_needed(
            len(log.account), log.n_accounts, n_columns, threads=n_at_once(threads)
        )
        if needed > memory:
            raise TemporaryError(
                f"looking for blocks {where} takes about {memory_size(needed)} and --memory allows "
                f"{memory_size(memory)}; {remedy}raise --memory"
            )


def find_blocks(
    log: InteractionLog,
    slots: Sequence[int],
    *,
    q: float = 0.05,
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Block]:
    """Find the blocks of a log, strongest first.

    Parameters
    ----------
    slots : microseconds; WHOLE_LOG for no slots
    q : chance of finding any where there is none, over all slots
    threads : None for all cores; the result is the same for any number
    progress : called as progress(steps done, steps)
    """
    found = []
    for i, slot in enumerate(slots):
        code, content = log.content, None
        if slot != WHOLE_LOG:
            in_slots = time_slots(log.content, log.ts, slot)
            code, content = in_slots.code, in_slots.column

        def step(done: int, steps: int, before: int = i) -> None:
            if progress is not None:
                progress(before * steps + done, len(slots) * steps)

        for block in spectral_blocks(
            log.account, code, q=q / len(slots), seed=seed, threads=threads, progress=step
        ):
            columns = block.columns if content is None else np.unique(content[block.columns])
            found.append(
                Block(
                    block.rows,
                    columns,
                    slot,
                    block.observed,
                    block.expected,
                    block.posterior,
                    block.log10_p,
                    min(block.q_value * len(slots), 1.0),
                )
            )
    return sorted(found, key=lambda block: (block.q_value, block.log10_p, int(block.account[0])))


def join_clusters(
    of_account: npt.NDArray[np.int32], n_clusters: int, blocks: Sequence[Block], min_size: int
) -> tuple[int, list[tuple[int, Block]]]:
    """Give each block a cluster: one with all the clusters that lie in it mostly, or a new one.

    Clusters that have most of their accounts in a block become one. When there are none, the block
    goes to the cluster that has most of the block's accounts. Accounts of no cluster join their
    block's; those of another stay. A block with fewer than `min_size` of the former, and most
    others in no single cluster, forms none.

    Parameters
    ----------
    of_account : (n_accounts,) cluster of each account, -1 when in none; changed

    Returns
    -------
    n_clusters, joined
        Clusters by now; the blocks that have one, each after it and cut down to its accounts.
    """
    placed: list[tuple[int, Block]] = []
    into = np.arange(n_clusters + len(blocks), dtype=np.int32)
    sizes = np.bincount(of_account[of_account >= 0], minlength=len(into))
    for block in blocks:
        known = of_account[block.account]
        n_in = np.bincount(known[known >= 0], minlength=len(into))
        inside = np.flatnonzero((n_in > 0) & (2 * n_in >= sizes))
        if len(inside):
            cluster = int(inside[0])
        elif 2 * n_in.max(initial=0) >= len(known):
            cluster = int(n_in.argmax())
        elif np.count_nonzero(known < 0) >= min_size:
            cluster, n_clusters = n_clusters, n_clusters + 1
        else:
            continue
        if len(inside) > 1:
            of_account[np.isin(of_account, inside)] = cluster
            into[np.isin(into, inside)] = cluster
        of_account[block.account[known < 0]] = cluster
        sizes = np.bincount(of_account[of_account >= 0], minlength=len(into))
        placed.append((cluster, block))
    kept = np.flatnonzero(into[:n_clusters] == np.arange(n_clusters))
    number = np.full(len(into), -1, np.int32)
    number[kept] = np.arange(len(kept))
    member = of_account >= 0
    of_account[member] = number[of_account[member]]
    joined = []
    for cluster, block in placed:
        home = int(number[into[cluster]])
        joined.append((home, block.within(of_account[block.account] == home)))
    return len(kept), joined
