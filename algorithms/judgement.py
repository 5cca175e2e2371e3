"""Judgement: two scores per cluster, each a sum of parts that the evidence table lists.

Coordination says how sure it is that chance did not bring these accounts together. Inauthenticity
says how unlike honest accounts they are. A cluster of fans can be high on the first and low on
the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.algorithms.alternatives import Alternative, Weighed, best_alternatives, weigh
from cib.algorithms.block_lines import block_lines
from cib.algorithms.blocks import Block
from cib.algorithms.clusters import Clusters, cluster_log10_p
from cib.algorithms.evidence import Evidence
from cib.algorithms.evidence_lines import (
    EvidenceLine,
    alternative_lines,
    coordination_lines,
    signal_lines,
    verdict_lines,
)
from cib.algorithms.scoring import BENIGN, Scale, probability, shipped_scale
from cib.algorithms.signals import Measured, Unavailable, measure_signals
from cib.algorithms.verdicts import (
    Recalibration,
    recalibrate,
    tally,
    verdict_parts,
)
from cib.datasets.verdicts import AccountVerdicts
from cib.graphs.layers.layer import Layer, UntimedLayer

HALF_COORDINATED = 3.0
"""Decades of evidence at which coordination is one half."""

JUDGED_INAUTHENTIC = 0.5


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that was concluded about the clusters, by cluster index."""

    coordination: npt.NDArray[np.float64]
    inauthenticity: npt.NDArray[np.float64]
    log10_p: npt.NDArray[np.float64]
    kind: list[str]
    reason: list[str]
    alternative: list[Alternative]
    lines: list[EvidenceLine]
    rank: npt.NDArray[np.int64]
    """Clusters in the order in which a person should look at them."""
    measured: dict[str, Measured]
    """What each signal found, by name."""
    missing: list[Unavailable]
    weighed: list[Weighed]
    """Every innocent explanation that could be told, held against every cluster."""
    untested: dict[str, str]
    """Those that could not be told, and which column is lacking."""
    recalibration: Recalibration | None = None
    """What past verdicts did to the prior; None without verdicts."""


def judge(
    clusters: Clusters,
    layers: Sequence[Layer | UntimedLayer],
    evidence: Evidence,
    scale: Scale | None = None,
    verdicts: AccountVerdicts | None = None,
) -> Judgement:
    """Score, explain and rank clusters.

    Parameters
    ----------
    clusters : from `find_clusters`
    layers : the layers of the scan, for their phrases
    evidence : from `find_evidence`
    scale : weights of the score of inauthenticity; the shipped ones when None
    verdicts : what people decided about accounts before
    """
    n = clusters.n_clusters
    scale = scale or shipped_scale()
    log10_p = with_blocks(cluster_log10_p(evidence, clusters.of_account, n), clusters.blocks)
    coordination = score_coordination(log10_p)
    lines = coordination_lines(clusters, layers, evidence.edges) + block_lines(clusters)
    measured, missing = measure_signals(clusters)
    weighed, untested = weigh(clusters) if n else ([], {})
    alternative = best_alternatives(clusters, weighed, untested)
    parts = signal_lines(measured, scale) + alternative_lines(alternative, scale)
    log_odds = np.full(n, scale.prior)
    for line in parts:
        log_odds[line.cluster] += line.log_odds or 0.0
    lines += parts
    recalibration, confirmed = None, np.zeros(n, np.bool_)
    if verdicts is not None:
        counts = tally(verdicts, clusters.of_account, n)
        recalibration, confirmed = recalibrate(counts, probability(log_odds)), counts.confirmed
        log_odds += recalibration.shift
        before = verdict_parts(counts)
        for part in before:
            log_odds[part.cluster] += part.log_odds
        lines += verdict_lines(before)
    inauthenticity = probability(log_odds)
    lines.sort(key=lambda line: (line.cluster, line.score, -abs(line.log_odds or 0), line.signal))
    by_cluster: list[list[EvidenceLine]] = [[] for _ in range(n)]
    for line in lines:
        by_cluster[line.cluster].append(line)
    rank = np.lexsort((np.arange(n), -clusters.sizes, log10_p, -coordination * inauthenticity))
    return Judgement(
        coordination,
        inauthenticity,
        log10_p,
        [
            kind_of(x, one, known)
            for x, one, known in zip(inauthenticity, alternative, confirmed.tolist(), strict=True)
        ],
        [reason_of(mine) for mine in by_cluster],
        alternative,
        lines,
        rank,
        measured,
        missing,
        weighed,
        untested,
        recalibration,
    )


def with_blocks(
    log10_p: npt.NDArray[np.float64], blocks: Sequence[tuple[int, Block]]
) -> npt.NDArray[np.float64]:
    """Joint p-values of edges and blocks: the smaller, times how many there are of both."""
    out = log10_p.copy()
    n_kinds = np.ones(len(out))
    for cluster, block in blocks:
        n_kinds[cluster] += 1
        out[cluster] = min(out[cluster], block.log10_q)
    return np.minimum(out + np.log10(n_kinds), 0.0)


def score_coordination(log10_p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn decades of evidence E into E / (E + 3): 0 for none, 0.5 at one in a thousand.

    Examples
    --------
    >>> score_coordination(np.array([0.0, -3.0, -27.0])).tolist()
    [0.0, 0.5, 0.9]
    """
    decades = np.maximum(-log10_p, 0.0)
    return decades / (decades + HALF_COORDINATED)


def kind_of(inauthenticity: float, alternative: Alternative, confirmed: bool = False) -> str:
    """Name a cluster: a ring is judged inauthentic, and nothing innocent explains it.

    Of most of its accounts people may have said before that nothing innocent does.
    """
    if not alternative.ruled_out and not confirmed:
        return "possibly benign"
    return "ring" if inauthenticity >= JUDGED_INAUTHENTIC else "coordinated"


def reason_of(mine: Sequence[EvidenceLine]) -> str:
    """Give the strongest of a cluster's lines of coordination, then of inauthenticity.

    What is surest about four accounts of forty is not why the forty are a cluster: of coordination,
    lines count that speak of at least half as many accounts as another.
    That an innocent explanation fits badly is no reason by itself, and has its own statement.
    """
    together = [line for line in mine if line.score == "coordination"]
    signals = [line for line in mine if not line.signal.startswith(f"{BENIGN}: ")]
    against = [line for line in signals if (line.log_odds or 0) > 0.2]
    most = max((line.n_accounts for line in together), default=0)
    of_most = [line for line in together if 2 * line.n_accounts >= most]
    parts = [min(of_most, key=lambda line: line.log10_p or 0.0).statement] if together else []
    parts += [max(against, key=lambda line: line.log_odds or 0.0).statement] if against else []
    return " ".join(parts)
