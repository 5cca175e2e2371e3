"""Evaluation: what a method found, held against what is true.

Pure functions on arrays, no files. The way through: `trial.py` (findings and truth as codes) →
`matching.py` (which cluster is which ring) → `measures.py`, which puts together `ranking.py`
(accounts), `partitions.py` (clusters) and `uncertainty.py` (intervals) for one stratum of
`strata.py`. `false_alarms.py` looks at honest accounts, `reliability.py` at predictions of
clusters, `time_to_detect.py` at several scans of one log. Start reading at `measures.py`;
docs/evaluation.md has the formulas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cib.datasets.lazy import offer

if TYPE_CHECKING:
    from cib.algorithms.evaluation.matching import match_rings
    from cib.algorithms.evaluation.partitions import homogeneity, purity, weighted_precision
    from cib.algorithms.evaluation.ranking import average_precision, recall_at_fpr
    from cib.algorithms.evaluation.strata import hardness_tier, size_bin
    from cib.algorithms.evaluation.trial import Trial
    from cib.algorithms.evaluation.uncertainty import ring_draws, wilson_interval

__all__ = [
    "Trial",
    "average_precision",
    "hardness_tier",
    "homogeneity",
    "match_rings",
    "purity",
    "recall_at_fpr",
    "ring_draws",
    "size_bin",
    "weighted_precision",
    "wilson_interval",
]

offer(
    __name__,
    {
        "Trial": "trial",
        "average_precision": "ranking",
        "hardness_tier": "strata",
        "homogeneity": "partitions",
        "match_rings": "matching",
        "purity": "partitions",
        "recall_at_fpr": "ranking",
        "ring_draws": "uncertainty",
        "size_bin": "strata",
        "weighted_precision": "partitions",
        "wilson_interval": "uncertainty",
    },
)
