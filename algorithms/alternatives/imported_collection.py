"""Import: a collection brought from another service, hundreds of items within minutes.

Popular lists come over whole, once; then their owners listen to them. A farm follows for one
client after the other and never listens.
"""

from __future__ import annotations

from cib.algorithms.actions import FOLLOWING
from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import own_life
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import REQUIRED_ONLY, Needs
from cib.datasets.wording import number

NAME = "import"
NEEDS: Needs = REQUIRED_ONLY
USES: tuple[str, ...] = ("duration_ms",)


def predict(seen: Seen) -> list[Prediction]:
    """One burst of saves and follows, then listening."""
    return [
        Prediction(
            "the share of saves, follows and playlist entries among interactions with targets",
            seen.targets_by(*FOLLOWING),
            0.1,
            0.4,
        ),
        Prediction(
            "the share of a middling member's interactions with targets in its busiest hour",
            seen.own_burst,
            0.15,
            0.45,
        ),
        Prediction("the share of members who listen", seen.listens, 0.5, 0.8),
        own_life(seen, 0.3, 0.7),
        Prediction("the number of targets", seen.n_targets, 4.0, 20.0, number),
    ]
