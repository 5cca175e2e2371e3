"""SynchroTrap-like: accounts whose actions match in content and time, by single linkage.

Cao, Q., Yang, X., Yu, J. and Palow, C. (2014), Uncovering large groups of active malicious accounts
in online social networks, CCS. Theirs, and followed here: an action is a triple of account, time
and constraint object; actions match on the same object at about the same time; the similarity of
two accounts is Jaccard's, matched actions over all actions of both, counted by day and then added
up above and below the line; clusters are single linkage at a threshold, which are the components
of the graph of pairs at or above it.

"Like", because the system is not public, the paper was at hand as abstract and project page only
(the formula is as it is commonly given), and these things are simpler here:

- "About the same time" is the same bin of the clock (`bin_width`), so an action is its (object,
  bin), counts once, and two actions d apart on either side of a bin's edge are missed with
  probability d / bin_width. Bins never reach over midnight UTC, so matches and actions added up
  over days are those of the whole log: one exact join (`cib.graphs.overlap`) replaces one a day.
- One object is the content with the action; the paper uses addresses and applications too.
- `bin_width` and `threshold` are ours: the paper sets them for each application. So is
  `min_matches`: without it two accounts with one action each are alike.

An account scores by its most similar partner, the height at which single linkage first joins it.
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from baselines.findings import Findings, components, strongest
from baselines.inputs import joined, objects
from cib.datasets import InteractionLog
from cib.graphs import overlap

Array = npt.NDArray[Any]

DAY = 86_400_000_000
"""Microseconds."""


def run(
    log: InteractionLog,
    *,
    bin_width: int,
    threshold: float,
    min_matches: int,
    threads: int | None = None,
) -> Findings:
    """Cluster accounts; `bin_width` in microseconds, a whole part of a day.

    Raises
    ------
    ValueError
        Bins would reach over midnight.
    """
    if DAY % bin_width:
        raise ValueError(f"bin_width must be a whole part of a day, not {bin_width} µs.")
    token = tokens(objects(log), log.ts, bin_width)
    how = {"measure": "jaccard", "min_shared": min_matches, "threads": threads}
    closest = overlap(log.account, token, threshold=None, top_k=1, **how)
    alike = overlap(log.account, token, threshold=threshold, **how)
    score = strongest(*_edges(closest), log.n_accounts)
    return Findings(score, components(*_edges(alike), log.n_accounts))


def tokens(obj: Array, ts: Array, bin_width: int) -> Array:
    """(n_rows,) a code for each object and bin of the clock."""
    slot = ts // bin_width
    slot -= slot.min() if len(slot) else 0
    return joined(obj, slot, int(slot.max()) + 1 if len(slot) else 1)


def _edges(pairs: Any) -> list[Array]:
    return [pairs[name].to_numpy() for name in ("a", "b", "similarity")]
