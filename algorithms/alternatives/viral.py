"""Viral trend: one thing spreads from person to person, each coming to it a few times.

It doubles every few hours or days, reaches people with lives of their own and people who have just
come, and gets passed on. Streams per listener stay few.
"""

from __future__ import annotations

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

NAME = "viral trend"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash", "duration_ms")


def predict(seen: Seen) -> list[Prediction]:
    """One content, many people, few times each, spread over days."""
    return [
        Prediction("the number of targets", seen.n_targets, 6.0, 2.0, number),
        others(seen, 0.1, 0.5),
        own_life(seen, 0.5, 0.9),
        not_many_times(seen, 8.0, 4.0),
        Prediction(
            "the share of interactions with targets in the busiest 24 hours",
            seen.busiest_day,
            0.02,
            0.1,
        ),
        reactions(seen),
        no_cut_off(seen),
        own_devices(seen),
    ]
