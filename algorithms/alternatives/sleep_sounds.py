"""Sleep sounds: hours of short tracks without a skip, by night, at work, or without an end.

Everybody has a few sounds of their own, or the platform's list of them, and lets them run on their
own machine. That goes on for weeks. A farm has the same targets for all; sleepers have not.
"""

from __future__ import annotations

import numpy as np

from cib.algorithms.alternatives.alternative import Prediction, seconds, times
from cib.algorithms.alternatives.people import no_cut_off, own_devices, reactions, skips
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "sleep sounds"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash", "duration_ms", "parent_kind")


def predict(seen: Seen) -> list[Prediction]:
    """Short tracks, many hours, few skips, and to each their own."""
    return [
        Prediction(
            "the share of the targets that a middling member leaves out, or of interactions with "
            "them through a list of the platform, if that is more,",
            np.fmax(1 - seen.reach, seen.through("playlist_editorial", "playlist_algo")),
            0.15,
            0.4,
        ),
        Prediction(
            "the number of interactions with targets on a middling day",
            seen.rounds,
            30.0,
            120.0,
            number,
        ),
        Prediction("the number of hours with one on that day", seen.hours_a_day, 4.0, 8.0, number),
        Prediction(
            "how often a member comes to a target it touches, on average,",
            seen.times_each,
            8.0,
            30.0,
            times,
        ),
        Prediction(
            "the middling play of a target", seen.heard_s, 200.0, 150.0, seconds, "duration_ms"
        ),
        skips(seen, 0.2, 0.05),
        reactions(seen),
        no_cut_off(seen),
        own_devices(seen),
    ]
