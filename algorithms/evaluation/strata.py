"""Strata: recall is told by tier, size and camouflage, never only pooled."""

from __future__ import annotations

import math
from itertools import pairwise

SMALL_RING = 20
"""Rings of at most so many accounts are a stratum of their own: few accounts weaken any evidence
so much that H, which knows only the strength of the block, does not describe them."""

SMALL_TIER = f"n ≤ {SMALL_RING}"

TIERS = ("easy", "transition", "hard", "not expected", SMALL_TIER, "unknown")
"""Hardness tiers in the order in which they are listed."""

SIZES = ((SMALL_RING, f"2–{SMALL_RING}"), (50, "21–50"), (150, "51–150"), (500, "151–500"))
"""Upper bounds of size bins, made so that 10, 30, 100, 300 and 1,000 fall into one each."""

SIZE_BINS = (*(name for _, name in SIZES), "over 500")

CAMOUFLAGES = (0.15, 0.4, 0.6, 0.75, 0.85, 0.925)
"""Bounds of camouflage bins, around 0, 0.3, 0.5, 0.7, 0.8, 0.9 and 0.95."""

CAMOUFLAGE_BINS = (
    "0–0.15",
    *(f"{low:g}–{high:g}" for low, high in pairwise(CAMOUFLAGES)),
    "0.925–1",
)


def hardness_tier(hardness: float | None, n_accounts: int) -> str:
    """Name the tier of a ring by its hardness index H, the strength of its block of content.

    Parameters
    ----------
    hardness : H, smaller for harder rings; None or NaN when unknown
    n_accounts : accounts of the ring

    Examples
    --------
    >>> [hardness_tier(h, 100) for h in (1.0, 0.5, 0.2, 0.19, None)]
    ['easy', 'transition', 'hard', 'not expected', 'unknown']
    >>> hardness_tier(3.0, 20)
    'n ≤ 20'
    """
    if n_accounts <= SMALL_RING:
        return SMALL_TIER
    if hardness is None or math.isnan(hardness):
        return "unknown"
    for bound, name in zip((1.0, 0.5, 0.2), TIERS, strict=False):
        if hardness >= bound:
            return name
    return "not expected"


def size_bin(n_accounts: int) -> str:
    """Name the bin of a ring's size.

    Examples
    --------
    >>> [size_bin(n) for n in (10, 30, 100, 300, 1000)]
    ['2–20', '21–50', '51–150', '151–500', 'over 500']
    """
    return next((name for bound, name in SIZES if n_accounts <= bound), SIZE_BINS[-1])


def camouflage_bin(camouflage: float | None) -> str | None:
    """Name the bin of a ring's camouflage, the share of its plays that are a cover.

    Examples
    --------
    >>> [camouflage_bin(c) for c in (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)]
    ['0–0.15', '0.15–0.4', '0.4–0.6', '0.6–0.75', '0.75–0.85', '0.85–0.925', '0.925–1']
    """
    if camouflage is None or math.isnan(camouflage):
        return None
    return CAMOUFLAGE_BINS[sum(camouflage >= bound for bound in CAMOUFLAGES)]
