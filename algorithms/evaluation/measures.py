"""All measures of one stratum: of its accounts, of the clusters reported, of its rings.

A stratum is a set of rings. The other rings' accounts are left out as if they were not there, and
so are reported clusters that consist mainly of them; honest accounts, and clusters of them, are
part of every stratum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.algorithms.evaluation.matching import RingOutcomes, overlaps
from cib.algorithms.evaluation.partitions import homogeneity, purity, ratio, weighted_precision
from cib.algorithms.evaluation.ranking import Ranking, recall_at_fpr, score_to_exceed
from cib.algorithms.evaluation.trial import Bools, Ints, Trial
from cib.algorithms.evaluation.uncertainty import (
    UNKNOWN,
    Interval,
    percentile_interval,
    ratio_interval,
    share_interval,
    wilson_interval,
)

TRUE_CLUSTER = 0.5
"""A cluster is rightly reported when at least half of its accounts are inauthentic."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number: NaN where it has no value, an interval where one can be given."""

    name: str
    value: float
    interval: Interval
    n: int
    """Accounts, clusters or rings that it is about."""


def share(name: str, hits: int, n: int) -> Measure:
    """Share of n independent units, with Wilson's interval."""
    low, high = wilson_interval(hits, n)
    return Measure(name, hits / n if n else float("nan"), (float(low), float(high)), n)


def count(name: str, value: int) -> Measure:
    """A number of things."""
    return Measure(name, float(value), UNKNOWN, value)


def account_measures(trial: Trial, owner: Ints, draws: npt.NDArray[np.int64]) -> Iterator[Measure]:
    """Measure how well scores, and reported clusters, tell inauthentic accounts from honest ones.

    Parameters
    ----------
    trial : findings and truth
    owner : (n_accounts,) ring of each account of the stratum, numbered within it; −1 for others
    draws : (n_draws, rings of the stratum) from `ring_draws`
    """
    positive, negative = owner >= 0, trial.honest
    of = owner[positive]
    scores, honest = trial.score[positive], trial.score[negative]
    n_rings, n = draws.shape[1], len(of)
    ranking = Ranking(scores, honest)
    by_draw = np.array([ranking.average_precision(draw[of]) for draw in draws] if n else [])
    yield Measure("account_pr_auc", ranking.average_precision(), percentile_interval(by_draw), n)
    size = np.bincount(of, minlength=n_rings).astype(np.float64)
    above = (scores > score_to_exceed(honest)).astype(np.float64)
    yield Measure(
        "account_recall_at_fpr",
        recall_at_fpr(scores, honest),
        ratio_interval(draws, np.bincount(of, above, n_rings), size),
        n,
    )
    flagged = np.bincount(of, trial.flagged[positive], n_rings).astype(np.float64)
    hits, false = float(flagged.sum()), int((trial.flagged & negative).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = draws @ flagged
        precision, recall = drawn / (drawn + false), drawn / (draws @ size)
        f1 = 2 * drawn / (drawn + false + draws @ size)
    known = n > 0  # without a ring nothing can be found, and precision has no meaning
    yield Measure(
        "account_precision",
        hits / (hits + false) if known and hits + false else float("nan"),
        percentile_interval(precision),
        int(hits) + false,
    )
    yield Measure("account_recall", hits / n if n else float("nan"), percentile_interval(recall), n)
    yield Measure(
        "account_f1",
        2 * hits / (hits + false + n) if known else float("nan"),
        percentile_interval(f1),
        n,
    )


def honest_measures(trial: Trial) -> Iterator[Measure]:
    """Measure how many honest accounts are in reported clusters."""
    negative = trial.honest
    yield share("account_fpr", int((trial.flagged & negative).sum()), int(negative.sum()))


def cluster_measures(
    trial: Trial, chosen: Bools, ks: Sequence[int], draws: npt.NDArray[np.int64]
) -> Iterator[Measure]:
    """Measure the clusters reported.

    Parameters
    ----------
    trial : findings and truth
    chosen : (n_rings,) whether a ring is of the stratum
    ks : numbers of clusters that a review can take
    draws : (n_draws, rings of the stratum) from `ring_draws`; clusters go with their main ring
    """
    main, n_main = main_rings(trial)
    true = trial.precision >= TRUE_CLUSTER
    belongs = np.zeros(trial.n_clusters, np.bool_)
    belongs[main >= 0] = chosen[main[main >= 0]]
    kept = np.flatnonzero(trial.reported & (belongs | ~true) & (trial.sizes > 0))
    kept = kept[np.lexsort((trial.rank[kept], trial.log[kept]))]
    yield count("clusters_reported", len(kept))
    yield count("clusters_false", int((~true[kept]).sum()))
    first = np.searchsorted(trial.log[kept], trial.log[kept], "left")
    position = np.arange(len(kept)) - first
    for k in ks:
        seen = kept[position < k]
        yield share(f"cluster_precision_at_{k}", int(true[seen].sum()), len(seen))
    size, p = trial.sizes[kept], trial.precision[kept]
    mains = np.where(belongs[kept], n_main[kept], 0)
    within = np.append(np.cumsum(chosen) - 1, -1)  # the last is what −1 picks
    ring = np.where(belongs[kept] & true[kept], within[main[kept]], -1)
    hits = size * p
    for name, value, top, bottom in (
        ("cluster_purity", purity(mains, size), mains, size),
        ("weighted_precision", weighted_precision(p, size), hits * p, hits),
    ):
        yield Measure(name, value, cluster_ratio_interval(draws, ring, top, bottom), len(kept))
    inside = np.isin(trial.cluster, kept)
    label = trial.ring[trial.account[inside]]
    yield Measure(
        "cluster_homogeneity", homogeneity(label, trial.cluster[inside]), UNKNOWN, len(kept)
    )


def cluster_ratio_interval(
    draws: npt.NDArray[np.int64],
    ring: Ints,
    top: npt.NDArray[np.number],
    bottom: npt.NDArray[np.number],
) -> Interval:
    """Interval of Σ top / Σ bottom over clusters that come and go with their ring, by bootstrap.

    Parameters
    ----------
    draws : (n_draws, n_rings) from `ring_draws`
    ring : (n_clusters,) ring that each goes with; −1 for clusters that are always there
    top, bottom : (n_clusters,) what each adds above and below
    """
    sums = []
    for values in (top, bottom):
        goes = np.bincount(ring[ring >= 0], values[ring >= 0], draws.shape[1])
        sums.append(values[ring < 0].sum() + draws @ goes)
    with np.errstate(invalid="ignore", divide="ignore"):
        return percentile_interval(sums[0] / sums[1])


def main_rings(trial: Trial) -> tuple[Ints, npt.NDArray[np.int64]]:
    """(n_clusters,) ring with most accounts in each cluster, −1 for none, and how many."""
    pairs = overlaps(trial)
    order = np.lexsort((-pairs.ring, pairs.n_common))
    main = np.full(trial.n_clusters, -1)
    n_main = np.zeros(trial.n_clusters, np.int64)
    main[pairs.cluster[order]] = pairs.ring[order]  # the last one written has most
    n_main[pairs.cluster[order]] = pairs.n_common[order]
    return main, n_main


def ring_measures(
    outcomes: RingOutcomes, chosen: Bools, draws: npt.NDArray[np.int64]
) -> Iterator[Measure]:
    """Measure how many rings are found, reported, split and merged.

    Parameters
    ----------
    outcomes : from `match_rings`
    chosen : (n_rings,) whether a ring is of the stratum
    draws : (n_draws, rings of the stratum) from `ring_draws`
    """
    n = int(chosen.sum())
    yield count("rings", n)
    for name, hit in (
        ("ring_recall", outcomes.reported),
        ("ring_found", outcomes.found),
        ("rings_split", outcomes.n_parts > 1),
        ("rings_merged", outcomes.merged),
    ):
        mine = hit[chosen]
        value = ratio(mine.astype(np.float64), np.ones(n))
        yield Measure(name, value, share_interval(draws, mine), n)


def owners(trial: Trial, chosen: Bools, accounts: Bools | None = None) -> Ints:
    """(n_accounts,) ring of each account of a stratum, numbered within it; −1 for other accounts.

    Parameters
    ----------
    chosen : (n_rings,) rings of the stratum; a shared account counts for its first ring among them
    accounts : (n_accounts,) keep only these
    """
    place = np.where(chosen, np.cumsum(chosen) - 1, -1)
    place = np.append(place, -1)  # what −1 picks
    owner = np.where(place[trial.ring] >= 0, place[trial.ring], place[trial.second_ring])
    return owner if accounts is None else np.where(accounts, owner, -1)
