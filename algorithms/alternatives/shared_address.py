"""Shared address: an office, a school, a dormitory or a carrier's NAT, with many others behind it.

The address joins people who have nothing else in common: most accounts behind it are not in the
cluster, and members live lives of their own. It explains a common address, not common targets, so
these must be what a taste would leave.
"""

from __future__ import annotations

from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import no_cut_off, not_many_times, others, own_life, skips
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import Needs
from cib.datasets.wording import number

NAME = "shared address"
NEEDS: Needs = (("ip_hash",),)
USES: tuple[str, ...] = ("duration_ms",)


def predict(seen: Seen) -> list[Prediction]:
    """Most accounts behind the address are others, and what is shared fades out like a taste."""
    share, outside = seen.commonest("ip_hash"), seen.neighbours
    return [
        Prediction("the share of members whose main address is the same", share, 0.2, 0.6),
        Prediction(
            "the number of other accounts behind that address, per member,",
            outside,
            1.0,
            3.0,
            number,
        ),
        others(seen, 0.2, 0.6),
        own_life(seen, 0.5, 0.9),
        not_many_times(seen, 12.0, 6.0),
        skips(seen, 0.02, 0.08),
        no_cut_off(seen),
    ]
