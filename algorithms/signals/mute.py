"""Mute: members who never like, save, share or follow what they play again and again.

People react to some of what they love: a heart here, a playlist there. Machines and people who
work off a list have no reason to.
"""

from __future__ import annotations

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.comparison import main_action
from cib.algorithms.signals.never import FAVOURITE, count_never
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.datasets.needs import REQUIRED_ONLY

NEEDS = REQUIRED_ONLY


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Members whose favourites among the targets got the log's main action and no other."""
    log = clusters.log
    if len(log.action_names) < 2:
        return Unavailable("mute", "the log has one action only")
    code = main_action(log)
    name = log.action_names[code]
    return count_never(
        "mute",
        clusters,
        lambda rows: log.action[rows] == code,
        lambda rows: log.action[rows] != code,
        lambda k, n, mean: (
            f"{k:,} of {n:,} accounts did nothing but {name} with the targets that they came back "
            f"to {FAVOURITE} times or more: no reaction of any kind ({mean:.1f} expected of people "
            "with their favourites)."
        ),
    )
