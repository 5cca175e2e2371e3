"""Household: a family, or one person with several accounts, behind one address of their own.

Up to six accounts, the largest family plan, share an address that nobody else uses, and have other
contents besides what they share.
"""

from __future__ import annotations

from cib.algorithms.alternatives.alternative import Prediction
from cib.algorithms.alternatives.people import no_cut_off, others, own_life, skips
from cib.algorithms.alternatives.seen import Seen
from cib.datasets.needs import Needs
from cib.datasets.wording import number

NAME = "household"
NEEDS: Needs = (("ip_hash",),)
USES: tuple[str, ...] = ("duration_ms",)


def predict(seen: Seen) -> list[Prediction]:
    """Few accounts, one address, nobody else behind it."""
    share, outside = seen.commonest("ip_hash"), seen.neighbours
    return [
        Prediction("the number of accounts", seen.sizes, 8.0, 6.0, number),
        Prediction("the share of members whose main address is the same", share, 0.4, 0.8),
        Prediction(
            "the number of accounts behind that address",
            share * seen.sizes * (1 + outside),
            10.0,
            7.0,
            number,
        ),
        own_life(seen, 0.2, 0.5),
        others(seen, 0.1, 0.4),
        skips(seen, 0.02, 0.08),
        no_cut_off(seen),
    ]
