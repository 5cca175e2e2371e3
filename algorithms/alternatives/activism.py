"""Activism: a campaign's tag, link and text, or a newsroom's story, openly shared by many.

One or two things, most of it in the first day or two, by people with lives, devices and addresses
of their own who post at hours of their own. A farm posts for one client after the other.
"""

from __future__ import annotations

from cib.algorithms.actions import SPEAKING
from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import own_devices, own_life
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "activism"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash", "ip_hash")


def predict(seen: Seen) -> list[Prediction]:
    """One cause, a wave that ebbs, people at home."""
    return [
        Prediction(
            "the share of posts, shares and comments among interactions with targets",
            seen.targets_by(*SPEAKING),
            0.3,
            0.7,
        ),
        Prediction("the number of targets", seen.n_targets, 10.0, 4.0, number),
        Prediction(
            "the share of interactions with targets in the busiest 24 hours",
            seen.busiest_day,
            0.1,
            0.3,
        ),
        own_life(seen, 0.4, 0.8),
        Prediction(
            "the share of members whose address another member uses too",
            seen.shared("ip_hash"),
            1.0,
            0.7,
            column="ip_hash",
        ),
        own_devices(seen),
    ]
