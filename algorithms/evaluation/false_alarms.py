"""Honest accounts that are flagged: by confounder group and market, the worst cell named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.algorithms.evaluation.trial import Bools
from cib.algorithms.evaluation.uncertainty import wilson_interval


@dataclass(frozen=True, slots=True)
class Cell:
    """A group of honest or grey accounts in a market; an empty name stands for all."""

    group: str
    market: str
    n_flagged: int
    n_accounts: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """Share of the accounts that are flagged."""
        return self.n_flagged / self.n_accounts


def false_alarm_cells(
    group: Sequence[str], market: Sequence[str], flagged: Bools
) -> tuple[list[Cell], list[Cell], list[Cell]]:
    """Count the accounts flagged per group × market, per group and per market.

    Parameters
    ----------
    group, market : (n,) of each honest or grey account
    flagged : (n,) whether it is in a reported cluster

    Returns
    -------
    (cells, groups, markets)
        By name, each with Wilson's 95% interval.

    Examples
    --------
    >>> cells, groups, _ = false_alarm_cells(["fans", "fans", "none"], ["SE", "BR", "SE"],
    ...                                      np.array([True, False, False]))
    >>> [(c.group, c.market, c.n_flagged, c.n_accounts) for c in cells]
    [('fans', 'BR', 0, 1), ('fans', 'SE', 1, 1), ('none', 'SE', 0, 1)]
    >>> groups[0].rate
    0.5
    """
    groups, g = np.unique(np.asarray(group, str), return_inverse=True)
    markets, m = np.unique(np.asarray(market, str), return_inverse=True)
    shape = (len(groups), len(markets))
    hits = np.zeros(shape, np.int64)
    total = np.zeros(shape, np.int64)
    np.add.at(hits, (g, m), flagged)
    np.add.at(total, (g, m), 1)
    names = [(str(a), str(b)) for a in groups for b in markets]
    return (
        tabulated(names, hits.ravel(), total.ravel()),
        tabulated([(str(a), "") for a in groups], hits.sum(axis=1), total.sum(axis=1)),
        tabulated([("", str(b)) for b in markets], hits.sum(axis=0), total.sum(axis=0)),
    )


def tabulated(
    names: Sequence[tuple[str, str]],
    hits: npt.NDArray[np.int64],
    total: npt.NDArray[np.int64],
) -> list[Cell]:
    """Put names, counts and intervals together; cells without accounts are left out."""
    low, high = wilson_interval(hits, total)
    return [
        Cell(group, market, int(hits[i]), int(total[i]), float(low[i]), float(high[i]))
        for i, (group, market) in enumerate(names)
        if total[i]
    ]


SMALLEST_CELL = 10
"""Accounts that a cell must have to be named the worst, unless only smaller ones have anybody."""


def worst_cell(cells: Sequence[Cell]) -> Cell | None:
    """Return the cell whose rate is surely highest: by the lower end of its interval, then rate.

    By the rate itself, the worst cell would nearly always be one of very few accounts. None when
    nobody is flagged.
    """
    hit = [cell for cell in cells if cell.n_flagged]
    hit = [cell for cell in hit if cell.n_accounts >= SMALLEST_CELL] or hit
    return max(hit, key=lambda c: (c.low, c.rate, c.group, c.market), default=None)
