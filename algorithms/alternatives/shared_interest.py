"""Shared interest: fans, followers or neighbours in taste, among many others who act on the same.

A taste fades out: of those who love some of it many love more, some know a few, more know one. So
it predicts that others act on the same, that members have other contents, that some of what they
share is loved and most of it only known, and no edge between those who have it all and the rest.
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
    skips,
)
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "shared interest"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash", "duration_ms")


def predict(seen: Seen) -> list[Prediction]:
    """Tastes fade out, have a heavy tail, and are not all there is to anybody."""
    return [
        others(seen, 0.02, 0.18),
        own_life(seen, 0.2, 0.8),
        favourites(seen, 1.2, 2.0),
        Prediction(
            "the evidence that the audience has an edge, in decades,",
            seen.edge,
            6.0,
            2.0,
            number,
        ),
        skips(seen, 0.04, 0.12),
        reactions(seen),
        no_cut_off(seen),
        own_devices(seen),
    ]
