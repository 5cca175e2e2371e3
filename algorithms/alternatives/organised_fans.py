"""Organised fans: a fandom loops a guideline playlist of one artist, muted, for hours.

They are coordinated and say so: the single comes far more often than the other songs. But they are
people: the artist has an audience beyond them, they have devices, addresses and a life of their
own, and they save, follow and share what they love. Policies differ: grey.
"""

from __future__ import annotations

from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import (
    favourites,
    no_cut_off,
    others,
    own_devices,
    own_life,
    reactions,
)
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "organised fans"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash", "duration_ms")


def predict(seen: Seen) -> list[Prediction]:
    """One single above all, on own devices, loved as well as looped."""
    return [
        favourites(seen, 1.4, 2.2),
        others(seen, 0.15, 0.45),
        Prediction(
            "the number of interactions with targets on a middling day",
            seen.rounds,
            6.0,
            20.0,
            number,
        ),
        own_life(seen, 0.0, 0.1),
        reactions(seen),
        no_cut_off(seen),
        own_devices(seen),
    ]
