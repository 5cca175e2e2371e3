"""What became of clusters since the run before: which are new, which were there already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from cib.algorithms.lineage import match
from cib.viz.explorer.library import Library, RunFiles


@dataclass(frozen=True, slots=True)
class Changes:
    """How the clusters of a run compare with those of the run before."""

    previous: RunFiles | None
    """The run before; None for the oldest."""
    of: dict[int, str]
    """Cluster → new, grown, shrunk, known, split or merged."""
    before: dict[int, int]
    """Cluster → the cluster of the run before that it goes on from."""
    counts: Counter[str]
    """Clusters by change, and `gone`: those of the run before that go on in none."""


def changes(library: Library, run: RunFiles) -> Changes:
    """Compare a run with the newest one that is older; the answer is kept."""
    older = [one for one in library.runs() if one.created < run.created]
    if not older:
        return Changes(None, {}, {}, Counter())
    return _compared(older[0], run)


@lru_cache(maxsize=32)
def _compared(previous: RunFiles, current: RunFiles) -> Changes:
    found = match(previous.tables.all_members(), current.tables.all_members())
    of, before = {}, {}
    for row in found.to_pylist():
        of[row["current_cluster"]] = row["change"]
        if row["previous_cluster"] is not None:
            before[row["current_cluster"]] = row["previous_cluster"]
    counts = Counter(change for cluster, change in of.items() if cluster is not None)
    return Changes(previous, of, before, counts)
