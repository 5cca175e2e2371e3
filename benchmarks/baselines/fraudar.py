"""FRAUDAR: blocks of accounts and contents that are denser than popularity explains.

Hooi, B., Song, H. A., Beutel, A., Shah, N., Shin, K. and Faloutsos, C. (2016), FRAUDAR: bounding
graph fraud in the face of camouflage, KDD. Theirs, and followed here: the graph of accounts and
contents without repetitions, column weights 1 / log(degree + 5), greedy peeling, and, for more than
one block, the entries of a block taken out before the next is looked for. `cib.algorithms.
dense_blocks` does it; its tests hold it against a slow twin, the bound, and camouflage.

The paper leaves the number of blocks to the user; 10 is ours. An account scores by the densest
block that it is in, 0 when in none; all blocks are reported, the densest first.
"""

from __future__ import annotations

import numpy as np

from baselines.findings import Cluster, Findings
from baselines.inputs import objects
from cib.algorithms import dense_blocks
from cib.datasets import InteractionLog


def run(log: InteractionLog, *, n_blocks: int, threads: int | None = None) -> Findings:
    """Find so many blocks, one after the other."""
    obj = objects(log)
    width = int(obj.max()) + 1 if len(obj) else 1
    entries = np.unique(log.account.astype(np.int64) * width + obj)
    blocks = dense_blocks(
        entries // width, entries % width, n_blocks=n_blocks, column_weights="log", threads=threads
    )
    score = np.zeros(log.n_accounts)
    for block in blocks:
        score[block.rows] = np.maximum(score[block.rows], block.density)
    return Findings(score, [Cluster(block.rows, block.density) for block in blocks])
