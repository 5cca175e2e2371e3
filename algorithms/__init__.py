"""Algorithms: null models and error rates, communities, clusters, scores and explanations.

May import `cib.graphs` and `cib.datasets`. The way through: `timing_null.py` (one layer, one
window) → `evidence.py` (all of them, one error rate) → `clusters.py` → `judgement.py`, which adds
`signals/` and `alternatives.py`. Start reading at `timing_null.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cib.datasets.lazy import offer

if TYPE_CHECKING:
    from cib.algorithms.communities import leiden
    from cib.algorithms.timing_null import timing_null

__all__ = ["leiden", "timing_null"]

offer(__name__, {"leiden": "communities", "timing_null": "timing_null"})
