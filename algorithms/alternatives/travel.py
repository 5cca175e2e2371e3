"""Travel: people abroad, a diaspora, or a VPN for privacy.

It explains why accounts come from another market than their own. It explains no common targets:
these must be what a taste would leave.
"""

from __future__ import annotations

from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import (
    favourites,
    no_cut_off,
    not_many_times,
    others,
    own_devices,
    own_life,
    reactions,
    skips,
)
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import Needs

NAME = "travel"
NEEDS: Needs = (("market", "ip_market"),)
USES: tuple[str, ...] = ("device_hash", "duration_ms")


def predict(seen: Seen) -> list[Prediction]:
    """Abroad, and otherwise like anybody."""
    return [
        Prediction(
            "the share of a middling member's interactions from another market than its own",
            seen.abroad,
            0.05,
            0.25,
        ),
        others(seen, 0.2, 0.6),
        own_life(seen, 0.5, 0.9),
        favourites(seen, 1.2, 2.0),
        not_many_times(seen, 12.0, 6.0),
        skips(seen, 0.02, 0.08),
        reactions(seen),
        no_cut_off(seen),
        own_devices(seen),
    ]
