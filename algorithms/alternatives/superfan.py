"""Superfan: one artist for weeks, single tracks on repeat, everyone on their own.

Most of what they play is their idol's, whom many others play; each in an order and at hours of
their own, with a favourite that comes again and again.
"""

from __future__ import annotations

from cib.algorithms.actions import LISTENING
from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import (
    favourites,
    no_cut_off,
    others,
    own_devices,
    reactions,
    skips,
)
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "superfan"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash", "duration_ms", "parent_kind")


def predict(seen: Seen) -> list[Prediction]:
    """Known songs, favourites, and nobody in step."""
    return [
        others(seen, 0.3, 0.7),
        favourites(seen, 1.1, 1.4),
        Prediction(
            "the share of listening among interactions with targets",
            seen.targets_by(*LISTENING),
            0.4,
            0.8,
        ),
        Prediction(
            "the number of interactions with targets on a middling day",
            seen.rounds,
            4.0,
            10.0,
            number,
        ),
        Prediction(
            "the share of interactions with targets within 10 s of another member's on the same",
            seen.in_step,
            0.5,
            0.1,
        ),
        Prediction(
            "the share of interactions with targets through a list or radio of the platform",
            seen.through("playlist_editorial", "playlist_algo", "radio", "autoplay"),
            0.7,
            0.3,
            column="parent_kind",
        ),
        skips(seen, 0.02, 0.06),
        reactions(seen),
        no_cut_off(seen),
        own_devices(seen),
    ]
