"""What confounders and rings may know of the world that they are put into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.catalogue import MORNING_LIST, SLEEP_LIST, Catalogue, kind_code
from cib.datasets.synthetic.markets import START_US

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """The world before anybody is planted in it."""

    seed: int
    catalogue: Catalogue
    n_days: int
    n_accounts: int
    """Everyday listeners."""
    audience: Array
    """(n_contents,) everyday listeners that are expected to touch a content, float64."""
    honest: Callable[[Array], Accounts]
    """Gives the everyday listeners of these numbers, for those who take over accounts."""

    def contents(
        self, kind: str, audience: tuple[float, float] = (0.0, np.inf), *, known: bool = False
    ) -> Array:
        """Return contents of a kind whose expected audience lies in a band, ends included.

        Parameters
        ----------
        kind : a name in `CONTENT_KINDS`
        audience : least and most everyday listeners
        known : leave out what came out inside the period
        """
        low, high = audience
        usable = (self.catalogue.kind == kind_code(kind)) & (self.audience >= low)
        usable &= (self.audience <= high) & ~self._reserved()
        if known:
            usable &= self.catalogue.release_us < START_US
        return np.flatnonzero(usable)

    def _reserved(self) -> Array:
        """The drop album, the morning and the sleep list belong to confounder groups."""
        c = self.catalogue
        reserved: Array = c.album == c.drop_album
        for script in (MORNING_LIST, SLEEP_LIST):
            start, end = c.lists.start[script : script + 2]
            reserved[c.lists.track[start:end]] = True
        return reserved


def expected_audience(catalogue: Catalogue, n_accounts: int, n_days: int) -> Array:
    """Return how many everyday listeners are expected to touch each content.

    Parameters
    ----------
    catalogue : what can be played
    n_accounts : everyday listeners
    n_days : length of the log

    Notes
    -----
    From the weight w of a content: N (1 - exp(-w k)), with k what an account finds of that kind in
    the period. Tastes and lists move single contents up or down; the truth records what came out.
    """
    finds = np.full(len(catalogue), 1.0)
    finds[catalogue.kind == kind_code("track")] = 30.0 + 2.5 * n_days
    finds[catalogue.kind == kind_code("post")] = 0.5 * n_days
    audience: Array = n_accounts * -np.expm1(-catalogue.weight * finds)
    return audience
