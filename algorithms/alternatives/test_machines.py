"""Test machines: quality assurance, monitoring and research, that act by the clock and say so.

A small fleet in one network acts on a few contents from the catalogue at exact intervals. Nothing
of it counts: plays end before 30 s and earn nothing. Platforms keep such accounts on an allow-list.
"""

from __future__ import annotations

from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import others, skips
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "test machines"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("asn", "duration_ms", "royalty_micro")


def predict(seen: Seen) -> list[Prediction]:
    """Clockwork, a small fleet, one network, and nothing earned."""
    network = seen.commonest("asn")
    return [
        Prediction(
            "the share of a middling member's gaps within 2% of its middling one",
            seen.clockwork,
            0.6,
            0.9,
        ),
        Prediction("the number of accounts", seen.sizes, 120.0, 60.0, number),
        others(seen, 0.0, 0.12),
        Prediction(
            "the share of a middling member's interactions on contents that most members touch",
            seen.common[0],
            0.6,
            0.9,
        ),
        Prediction(
            "the share of members in the commonest network", network, 0.5, 0.9, column="asn"
        ),
        skips(seen, 0.7, 0.95),
        Prediction(
            "the share of interactions with targets that earn royalties",
            seen.paid,
            0.2,
            0.0,
            column="royalty_micro",
        ),
    ]
