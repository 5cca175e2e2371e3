"""Algorithms: null models and error rates, communities, clusters, scores and explanations.

May import `cib.graphs` and `cib.datasets`. The way through: `timing_null.py` (one layer, one
window) → `evidence.py` (all of them, one error rate) → `clusters.py` → `judgement.py`, which adds
`signals/` and `alternatives/`; `roles.py` and `beneficiaries.py` say who is what, `controls.py` who
else acts on the same. Start reading at `timing_null.py`. `blocks.py` finds what has no edges, by
`spectral_blocks.py`. `dense_blocks.py`, and `peeling.py` for entries that keep arriving, stand by
themselves: no scan uses them.
`evaluation/` holds findings against what is true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cib.datasets.lazy import offer

if TYPE_CHECKING:
    from cib.algorithms.communities import leiden
    from cib.algorithms.dense_blocks import DenseBlock, dense_blocks
    from cib.algorithms.peeling import Peeling
    from cib.algorithms.spectral_blocks import SpectralBlock, spectral_blocks
    from cib.algorithms.timing_null import timing_null

__all__ = [
    "DenseBlock",
    "Peeling",
    "SpectralBlock",
    "dense_blocks",
    "leiden",
    "spectral_blocks",
    "timing_null",
]

offer(
    __name__,
    {
        "DenseBlock": "dense_blocks",
        "Peeling": "peeling",
        "SpectralBlock": "spectral_blocks",
        "dense_blocks": "dense_blocks",
        "leiden": "communities",
        "spectral_blocks": "spectral_blocks",
        "timing_null": "timing_null",
    },
)
