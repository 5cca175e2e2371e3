"""What an innocent explanation predicts, and how far what is seen lies from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cib.algorithms.groups import Floats
from cib.datasets.wording import duration, number, percent

RULED_OUT_BELOW = 0.5


@dataclass(frozen=True, slots=True)
class Alternative:
    """One innocent explanation of one cluster."""

    name: str
    cluster: int
    fit: float
    """0 ruled out … 1 fits everything that was measured."""
    statement: str

    @property
    def ruled_out(self) -> bool:
        """Whether what was measured speaks against the explanation."""
        return self.fit < RULED_OUT_BELOW


def share(value: float) -> str:
    """Return a share of one as a percentage, small ones with a decimal.

    >>> share(0.5), share(0.005), share(0.9999)
    ('50%', '0.5%', 'over 99%')
    """
    return f"{value:.1%}" if 0.0005 <= value < 0.01 else percent(value)


@dataclass(frozen=True, slots=True)
class Prediction:
    """One measurable thing that an innocent explanation predicts."""

    what: str
    """The figure in words; stands before "is …"."""
    seen: Floats
    """(n_clusters,) the figure; NaN where it could not be measured."""
    against: float
    """The figure at which, or beyond which, nothing is left of the explanation."""
    fits: float
    """The figure from which on it is just as the explanation would have it."""
    show: Callable[[float], str] = share
    column: str = ""
    """Optional column that it takes; empty when every log allows it."""

    @property
    def agreement(self) -> Floats:
        """(n_clusters,) from 0 (`against`) in a straight line to 1 (`fits`); NaN if not measured.

        Examples
        --------
        >>> Prediction("x", np.array([0.0, 0.5, 0.9]), against=0.2, fits=0.8).agreement.round(3)
        array([0. , 0.5, 1. ])
        """
        way = (self.seen - self.against) / (self.fits - self.against)
        return np.asarray(np.clip(way, 0.0, 1.0))

    @property
    def bound(self) -> str:
        """The figure at which the explanation is ruled out, in words."""
        limit = self.show((self.against + self.fits) / 2)
        return f"at least {limit}" if self.fits > self.against else f"at most {limit}"

    def words(self, cluster: int) -> str:
        """Say what was seen, and what is predicted."""
        return f"{self.what} is {self.show(float(self.seen[cluster]))} (predicted: {self.bound})"


def seconds(value: float) -> str:
    """Return a duration in seconds in its largest fitting unit."""
    return duration(round(value, 1))


@dataclass(frozen=True, slots=True)
class Weighed:
    """One innocent explanation held against every cluster."""

    name: str
    predictions: Sequence[Prediction]
    agreement: Floats
    """(n_predictions, n_clusters)"""

    @classmethod
    def of(cls, name: str, predictions: Sequence[Prediction]) -> Weighed:
        """Hold an explanation against every cluster.

        It must be right about everything that could be measured: the fit is the smallest
        agreement, so that no number of lesser likenesses outweighs what it cannot explain.
        """
        return cls(name, predictions, np.array([one.agreement for one in predictions]))

    @property
    def fit(self) -> Floats:
        """(n_clusters,) the smallest agreement; 0 where nothing could be measured."""
        known = np.where(np.isnan(self.agreement), np.inf, self.agreement)
        least = known.min(axis=0, initial=np.inf)
        return np.where(np.isinf(least), 0.0, least)

    @property
    def likeness(self) -> Floats:
        """(n_clusters,) mean agreement, which orders explanations that fit equally badly."""
        known = ~np.isnan(self.agreement)
        total = np.where(known, self.agreement, 0.0).sum(axis=0)
        return np.asarray(total / np.maximum(known.sum(axis=0), 1))

    def unchecked(self, cluster: int) -> list[str]:
        """Optional columns for want of which something could not be held against a cluster."""
        missing = np.isnan(self.agreement[:, cluster])
        columns = [p.column for p, gone in zip(self.predictions, missing, strict=True) if gone]
        return sorted({column for column in columns if column})

    def of_cluster(self, cluster: int, absent: Sequence[str] = ()) -> Alternative:
        """Say how well it fits one cluster, and why.

        Parameters
        ----------
        absent : optional columns that the log lacks
        """
        agreement = self.agreement[:, cluster]
        order = np.argsort(np.where(np.isnan(agreement), np.inf, agreement), kind="stable")
        known = [int(i) for i in order if not np.isnan(agreement[i])]
        fit = float(self.fit[cluster])
        if fit < RULED_OUT_BELOW:
            against = [i for i in known if agreement[i] < RULED_OUT_BELOW][:3]
            verdict = "is ruled out"
        else:
            against, verdict = known[:4], "cannot be ruled out"
        why = "; ".join(self.predictions[i].words(cluster) for i in against)
        text = f"{self.name[0].upper()}{self.name[1:]} {verdict}: {why}."
        gone = [column for column in self.unchecked(cluster) if column in absent]
        if gone and fit >= RULED_OUT_BELOW:
            text += f" More could be checked with {', '.join(gone)}, which the log lacks."
        return Alternative(self.name, cluster, fit, text)


def times(value: float) -> str:
    """Return a number of times."""
    return f"{number(round(value, 1))} times"
