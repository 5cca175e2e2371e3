"""Justified reports: many report what is truly abusive, after they have met it.

Each reports it once or twice, minutes to hours after having seen it. A brigade reports what it
never met, over and over.
"""

from __future__ import annotations

from cib.algorithms.actions import REPORTING
from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import not_many_times, own_devices, own_life
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs

NAME = "justified reports"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash",)


def predict(seen: Seen) -> list[Prediction]:
    """Met first, reported once, by people who do other things."""
    return [
        Prediction(
            "the share of reports among interactions with targets",
            seen.targets_by(*REPORTING),
            0.1,
            0.4,
        ),
        Prediction(
            "the share of reported contents that the member had met before",
            seen.met_before,
            0.2,
            0.6,
        ),
        not_many_times(seen, 8.0, 4.0),
        own_life(seen, 0.5, 0.9),
        own_devices(seen),
    ]
