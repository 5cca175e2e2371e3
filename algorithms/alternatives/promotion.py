"""Promotion: an advertisement brings listeners to one thing, who come once or twice.

It is shown for days to people who do not know the song; most of those who click come within
minutes, few come again.
"""

from __future__ import annotations

from cib.algorithms.actions import ADVERTISING
from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import no_cut_off, not_many_times, own_devices, own_life
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "promotion"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("device_hash", "duration_ms")


def predict(seen: Seen) -> list[Prediction]:
    """Few targets, an advertisement among them, next to nobody comes back."""
    clicks = seen.targets_by(*ADVERTISING)
    return [
        Prediction("the number of targets", seen.n_targets, 8.0, 4.0, number),
        Prediction("the share of advertising among their interactions", clicks, 0.02, 0.1),
        not_many_times(seen, 6.0, 3.0),
        own_life(seen, 0.5, 0.9),
        Prediction(
            "the number of days on which a middling member touches a target",
            seen.days,
            5.0,
            2.0,
            number,
        ),
        no_cut_off(seen),
        own_devices(seen),
    ]
