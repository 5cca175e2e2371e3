"""Blocks of a log: accounts with content in common, over all of it or within slots of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.algorithms.spectral_blocks import spectral_blocks
from cib.datasets.log import InteractionLog
from cib.graphs.incidence import time_slots

WHOLE_LOG = 0
"""Slot that holds the whole log."""


@dataclass(frozen=True, slots=True)
class Block:
    """Accounts that divide their attention between the same contents as no taste does."""

    account: npt.NDArray[np.int32]
    """(n,) account codes, ascending."""
    content: npt.NDArray[np.int32]
    """Content codes, ascending."""
    slot: int
    """Microseconds of the slots of time it was found in; WHOLE_LOG for all of it."""
    observed: int
    """Contents, or contents and slots, of the block that its accounts touch, added up."""
    expected: float
    """The same for as many of the crowd with as many contents each."""
    posterior: npt.NDArray[np.float64]
    """(n,) probability of each account belonging to it."""
    log10_p: float
    """log10 of the p-value of its edge."""
    q_value: float
    """The same, times the cuts tested and the lengths of slots tried, as a probability."""


def find_blocks(
    log: InteractionLog,
    slots: Sequence[int],
    *,
    q: float = 0.05,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[Block]:
    """Find the blocks of a log, strongest first.

    Parameters
    ----------
    slots : microseconds; WHOLE_LOG for no slots
    q : chance of finding any where there is none, over all slots
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

        for block in spectral_blocks(log.account, code, q=q / len(slots), seed=seed, progress=step):
            columns = block.columns if content is None else np.unique(content[block.columns])
            found.append(
                Block(
                    block.rows,
                    columns,
                    slot,
                    int(block.observed.sum()),
                    float(block.expected.sum()),
                    block.posterior,
                    block.log10_p,
                    min(block.q_value * len(slots), 1.0),
                )
            )
    return sorted(found, key=lambda block: (block.q_value, block.log10_p, int(block.account[0])))


def join_clusters(
    of_account: npt.NDArray[np.int32], n_clusters: int, blocks: Sequence[Block], min_size: int
) -> tuple[int, list[tuple[int, Block]]]:
    """Give each block a cluster: the one that most of its accounts are in already, or a new one.

    Accounts of no cluster join their block's. A block with fewer than `min_size` of them, and most
    others in no single cluster, forms none.

    Parameters
    ----------
    of_account : (n_accounts,) cluster of each account, -1 when in none; changed

    Returns
    -------
    n_clusters, joined
        Clusters by now; the blocks that have one, each after it.
    """
    joined = []
    for block in blocks:
        known = of_account[block.account]
        n_in = np.bincount(known[known >= 0], minlength=n_clusters)
        if len(n_in) and 2 * n_in.max() >= len(known):
            cluster = int(n_in.argmax())
        elif np.count_nonzero(known < 0) >= min_size:
            cluster, n_clusters = n_clusters, n_clusters + 1
        else:
            continue
        of_account[block.account[known < 0]] = cluster
        joined.append((cluster, block))
    return n_clusters, joined
