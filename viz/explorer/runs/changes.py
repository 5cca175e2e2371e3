"""What became of clusters since the run before: which are new, which were there already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from cib.viz.explorer.runs.library import Library, RunFiles


@dataclass(frozen=True, slots=True)
class Changes:
    """How the clusters of a run compare with those of the run before."""

    previous: RunFiles | None = None
    """The run before; None for the oldest."""
    of: dict[int, str] = field(default_factory=dict)
    """Cluster → new, known, grown, shrunk, split or merged."""
    before: dict[int, int] = field(default_factory=dict)
    """Cluster → the cluster of the run before that it goes on from, the nearest when several."""
    counts: Counter[str] = field(default_factory=Counter)
    """Clusters by change, and `gone`: those of the run before that go on in none."""


def changes(library: Library, run: RunFiles) -> Changes:
    """Compare a run with the newest one that is older."""
    previous = library.previous(run.id)
    found = library.lineage(run.id)
    if previous is None or found is None:
        return Changes()
    of: dict[int, str] = {}
    before: dict[int, int] = {}
    n_gone = 0
    for row in found.to_pylist():
        if row["current_cluster"] is None:
            n_gone += 1
            continue
        of[row["current_cluster"]] = row["change"]
        if row["previous_cluster"] is not None:
            before.setdefault(row["current_cluster"], row["previous_cluster"])
    return Changes(previous, of, before, Counter(of.values()) + Counter(gone=n_gone))
