"""Algorithms: null models and error rates, communities, clusters, scores and explanations.

May import `cib.graphs` and `cib.datasets`. The way through: `timing_null.py` (one layer, one
window) → `evidence.py` (all of them, one error rate) → `clusters.py` → `judgement.py`, which adds
`signals/` and `alternatives.py`. Start reading at `timing_null.py`.
"""

from cib.algorithms.communities import leiden
from cib.algorithms.timing_null import timing_null

__all__ = ["leiden", "timing_null"]
