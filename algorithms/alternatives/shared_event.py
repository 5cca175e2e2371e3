"""Shared event: a premiere, a song on the radio, an evening of listening together, a countdown.

Everybody acts on it at once, for minutes or hours, on one day or a few; then life goes on. To be
in lockstep is part of it, so lockstep says nothing here.
"""

from __future__ import annotations

from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import (
    no_cut_off,
    not_many_times,
    others,
    own_devices,
    own_life,
)
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "shared event"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash", "duration_ms")


def predict(seen: Seen) -> list[Prediction]:
    """Moments in common, and lives apart."""
    return [
        Prediction(
            "the share of a middling member's interactions with targets in its busiest hour",
            seen.own_burst,
            0.2,
            0.5,
        ),
        Prediction(
            "the number of days on which a middling member touches a target",
            seen.days,
            6.0,
            3.0,
            number,
        ),
        own_life(seen, 0.5, 0.9),
        others(seen, 0.1, 0.5),
        not_many_times(seen, 10.0, 5.0),
        no_cut_off(seen),
        own_devices(seen),
    ]
