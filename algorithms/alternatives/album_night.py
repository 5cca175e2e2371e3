"""Album night: a new album, most of it within a day of its release, and a few times over.

Fans play it in order in the hours after midnight, then interest decays; others come in the days
after. They have a life of their own, before and besides.
"""

from __future__ import annotations

from cib.algorithms.actions import LISTENING
from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import (
    no_cut_off,
    not_many_times,
    others,
    own_devices,
    own_life,
    reactions,
)
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "album night"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash", "duration_ms", "parent_kind")


def predict(seen: Seen) -> list[Prediction]:
    """One album, one night, people with lives of their own."""
    return [
        Prediction(
            "the share of interactions with targets in the busiest 24 hours",
            seen.busiest_day,
            0.15,
            0.5,
        ),
        Prediction("the number of targets", seen.n_targets, 60.0, 35.0, number),
        own_life(seen, 0.4, 0.8),
        Prediction(
            "the share of listening among interactions with targets",
            seen.targets_by(*LISTENING),
            0.5,
            0.8,
        ),
        others(seen, 0.0, 0.2),
        not_many_times(seen, 12.0, 6.0),
        Prediction(
            "the share of interactions with targets that came through an album",
            seen.through("album"),
            0.2,
            0.6,
            column="parent_kind",
        ),
        reactions(seen),
        no_cut_off(seen),
        own_devices(seen),
    ]
