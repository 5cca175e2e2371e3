"""Followed list: listeners of one editorial or algorithmic list, whom the platform leads alike.

They hear the same in the same order, right after a refresh. But they skip, they have other
contents, and what is on the list others play too. A user's own playlist is not such a list: it is
how hub playlists feed targets.
"""

from __future__ import annotations

from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import (
    no_cut_off,
    others,
    own_devices,
    own_life,
    reactions,
    skips,
)
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import Needs

NAME = "followed list"
NEEDS: Needs = (("parent_kind",),)
USES: tuple[str, ...] = ("device_hash", "duration_ms")


def predict(seen: Seen) -> list[Prediction]:
    """The platform chose, people listened."""
    return [
        Prediction(
            "the share of interactions with targets through a list or radio of the platform",
            seen.through("playlist_editorial", "playlist_algo", "radio", "autoplay"),
            0.2,
            0.6,
        ),
        others(seen, 0.02, 0.18),
        own_life(seen, 0.05, 0.35),
        skips(seen, 0.02, 0.08),
        reactions(seen),
        no_cut_off(seen),
        own_devices(seen),
    ]
