"""Shop: one list for the whole day in a shop or café, every day at the same hours.

A chain's shops play the head office's list from its beginning when they open, each from a speaker
of its own. They live for nothing else. Shops of several chains may meet in one cluster; each then
has its like there. A private account in a shop breaks its licence: grey.
"""

from __future__ import annotations

from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import no_cut_off, others, own_devices
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "shop"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash", "duration_ms", "parent_id")


def predict(seen: Seen) -> list[Prediction]:
    """Opening hours, one fixed list of what others play too, one speaker each."""
    share = seen.main_parent
    in_common, n_common = seen.closest
    return [
        Prediction(
            "the share of a middling member's interactions on contents of its closest fellow",
            in_common,
            0.6,
            0.9,
        ),
        Prediction(
            "the share of days that begin within half an hour of the usual time",
            seen.same_hours,
            0.5,
            0.8,
        ),
        Prediction(
            "the number of hours with a target on a day", seen.hours_a_day, 6.0, 10.0, number
        ),
        Prediction("that number of hours", seen.hours_a_day, 24.0, 19.0, number),
        Prediction(
            "the number of contents that a middling member has in common with its closest fellow",
            n_common,
            12.0,
            30.0,
            number,
        ),
        others(seen, 0.05, 0.2),
        Prediction(
            "the share of interactions with targets through the commonest parent",
            share,
            0.4,
            0.8,
            column="parent_id",
        ),
        Prediction(
            "the number of devices of a middling member",
            seen.devices,
            4.0,
            2.0,
            number,
            "device_hash",
        ),
        own_devices(seen),
        no_cut_off(seen),
    ]
