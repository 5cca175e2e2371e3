"""Benign alternatives: the innocent explanations of a cluster, each held against what is seen.

Coordination is not inauthenticity. Each file here is one explanation: `NEEDS` are the optional
columns without which it cannot be told at all, `USES` those that say more of it, and
`predict(seen)` returns what it predicts (`alternative.py`). A new file in this folder is a new
alternative; nothing else has to change. What can be measured is in `seen.py` and `conduct.py`.
Start reading at `alternative.py`, then `sleep_sounds.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Sequence
from types import ModuleType

import numpy as np

from cib.algorithms.alternatives.alternative import RULED_OUT_BELOW, Alternative, Weighed
from cib.algorithms.alternatives.seen import Seen
from cib.algorithms.clusters import Clusters
from cib.datasets.needs import lacking, wanted

__all__ = [
    "RULED_OUT_BELOW",
    "Alternative",
    "Weighed",
    "absent_columns",
    "alternative_columns",
    "alternatives",
    "best_alternatives",
    "weigh",
]

_HELPERS = ("alternative", "conduct", "people", "seen")


def alternatives() -> dict[str, ModuleType]:
    """Every module of this folder that is an innocent explanation, by name."""
    found = (m.name for m in pkgutil.iter_modules(__path__))
    names = sorted(n for n in found if n not in _HELPERS and not n.endswith("_kernels"))
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}


def alternative_columns() -> set[str]:
    """Optional columns that some alternative can use."""
    found = alternatives().values()
    return set().union(*(wanted(one.NEEDS) | set(one.USES) for one in found))


def weigh(clusters: Clusters) -> tuple[list[Weighed], dict[str, str]]:
    """Hold every innocent explanation that the log's columns allow against every cluster.

    Returns
    -------
    weighed, untested
        The explanations, in order of name; and the names of those that cannot be told without a
        column that the log lacks, each with what is lacking.
    """
    seen = Seen(clusters)
    told, untested = [], {}
    for module in alternatives().values():
        if why := lacking(module.NEEDS, clusters.log.extras):
            untested[module.NAME] = why
        else:
            told.append(module)
    weighed = clusters.side_by_side(lambda one: Weighed.of(one.NAME, one.predict(seen)), told)
    return weighed, untested


def absent_columns(clusters: Clusters) -> list[str]:
    """Optional columns that some alternative could use and the log lacks."""
    return sorted(alternative_columns() - set(clusters.log.extras))


def best_alternatives(
    clusters: Clusters,
    weighed: Sequence[Weighed] | None = None,
    untested: Collection[str] = (),
) -> list[Alternative]:
    """Return the innocent explanation that fits best, one per cluster, in order of cluster.

    Parameters
    ----------
    weighed, untested : from `weigh`, which is asked when None
    """
    if not clusters.n_clusters:
        return []
    if weighed is None:
        weighed, untested = weigh(clusters)
    fit = np.array([one.fit for one in weighed])
    likeness = np.array([one.likeness for one in weighed])
    best = np.lexsort((-likeness, -fit), axis=0)[0]
    absent = absent_columns(clusters)
    found: list[Alternative | None] = [None] * clusters.n_clusters
    for place, one in enumerate(weighed):
        mine = np.flatnonzero(best == place)
        for cluster, said in zip(mine.tolist(), one.of_clusters(mine, absent), strict=True):
            if untested and said.ruled_out:
                text = f"{said.statement} Not tested for want of columns: {', '.join(untested)}."
                said = Alternative(said.name, cluster, said.fit, text)
            found[cluster] = said
    return [one for one in found if one is not None]
