"""What an innocent explanation predicts, and how far what is seen lies from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.algorithms.groups import Floats
from cib.datasets.wording import duration, number, percent

Ints = npt.NDArray[np.integer]

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

    def words_of(self, clusters: Ints) -> npt.NDArray[np.object_]:
        """Say of each of some clusters what was seen, and what is predicted.

        Examples
        --------
        >>> one = Prediction("the share of nights", np.array([0.1, 0.9]), against=0.2, fits=0.8)
        >>> one.words_of(np.array([1])).tolist()
        ['the share of nights is 90% (predicted: at least 50%)']
        """
        # the same figures come again and again, as small groups have few different shares
        values, which = np.unique(self.seen[clusters], return_inverse=True)
        end = f" (predicted: {self.bound})"
        said = [f"{self.what} is {self.show(value)}{end}" for value in values.tolist()]
        return np.array([*said, ""], object)[which]


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

    @property
    def measured(self) -> npt.NDArray[np.bool_]:
        """(n_clusters,) whether anything that it predicts could be measured."""
        return np.asarray(~np.isnan(self.agreement).all(axis=0))

    def of_cluster(self, cluster: int, absent: Collection[str] = ()) -> Alternative:
        """Say how well it fits one cluster, and why; see `of_clusters`."""
        return self.of_clusters(np.array([cluster]), absent)[0]

    def of_clusters(self, clusters: Ints, absent: Collection[str] = ()) -> list[Alternative]:
        """Say how well it fits each of some clusters, and why.

        Parameters
        ----------
        clusters : (n,) places of clusters
        absent : optional columns that the log lacks
        """
        agreement = self.agreement[:, clusters]
        known = ~np.isnan(agreement)
        fit = self.fit[clusters]
        out = fit < RULED_OUT_BELOW
        against = (agreement < RULED_OUT_BELOW).sum(axis=0)
        n_said = np.where(out, np.minimum(against, 3), np.minimum(known.sum(axis=0), 4))
        # where each prediction stands when the worst comes first, those not measured last
        worst_first = np.argsort(np.where(known, agreement, np.inf), axis=0, kind="stable")
        stands = np.argsort(worst_first, axis=0, kind="stable")
        parts = np.full((5, len(clusters)), "", object)
        for i, prediction in enumerate(self.predictions):
            mine = np.flatnonzero(stands[i] < n_said)
            parts[stands[i, mine], mine] = prediction.words_of(clusters[mine])
        lacks = [
            (i, p.column) for i, p in enumerate(self.predictions) if p.column and p.column in absent
        ]
        name = f"{self.name[0].upper()}{self.name[1:]}"
        found = []
        for c, (cluster, n, ruled_out) in enumerate(
            zip(clusters.tolist(), n_said.tolist(), out.tolist(), strict=True)
        ):
            if not n:
                text = f"{name} cannot be told: nothing that it predicts could be measured here."
            else:
                verdict = "is ruled out" if ruled_out else "cannot be ruled out"
                text = f"{name} {verdict}: {'; '.join(parts[:n, c])}."
            if lacks and not ruled_out:
                gone = sorted({column for i, column in lacks if not known[i, c]})
                if gone:
                    text += f" More could be checked with {', '.join(gone)}, which the log lacks."
            found.append(Alternative(self.name, cluster, float(fit[c]), text))
        return found


def times(value: float) -> str:
    """Return a number of times."""
    return f"{number(round(value, 1))} times"
