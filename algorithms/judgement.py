"""Judgement: two scores per cluster, each a sum of parts that the evidence table lists.

Coordination says how sure it is that chance did not bring these accounts together. Inauthenticity
says how unlike honest accounts they are. A cluster of fans can be high on the first and low on
the second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.algorithms.alternatives import Alternative, best_alternatives
from cib.algorithms.blocks import AUDIENCE, BLOCK, LOOPED, ODD_HOURS, WHOLE_LOG, Block
from cib.algorithms.clusters import Clusters, cluster_log10_p, inside_edges
from cib.algorithms.evidence import Evidence
from cib.algorithms.infrastructure import STATISTIC
from cib.algorithms.scoring import BENIGN, Scale, probability, shipped_scale, trusted
from cib.algorithms.signals import Measured, Unavailable, measure_signals
from cib.algorithms.verdicts import (
    Recalibration,
    VerdictPart,
    recalibrate,
    tally,
    verdict_parts,
)
from cib.datasets.durations import US_PER_SECOND
from cib.datasets.verdicts import AccountVerdicts
from cib.datasets.wording import duration, number, plural
from cib.graphs.layers.layer import Layer, UntimedLayer

HALF_COORDINATED = 3.0
"""Decades of evidence at which coordination is one half."""

JUDGED_INAUTHENTIC = 0.5


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One row of the evidence table."""

    cluster: int
    signal: str
    score: str
    observed: float
    expected: float | None
    log10_p: float | None
    log_odds: float | None
    statement: str
    q_value: float | None = None
    strength: float | None = None
    """How far it goes, 0 to 1; what the log-odds are made from."""


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
    alternative = best_alternatives(clusters)
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


def signal_lines(measured: Mapping[str, Measured], scale: Scale) -> list[EvidenceLine]:
    """One line per cluster and signal, with what it adds to the log-odds."""
    findings = [finding for found in measured.values() for finding in found.findings]
    lines = []
    for one in findings:
        strength = trusted(one, max(len(findings), 1))
        lines.append(
            EvidenceLine(
                one.cluster,
                one.signal,
                "inauthenticity",
                one.observed,
                one.expected,
                one.log10_p,
                scale.part(one.signal).log_odds(strength),
                one.statement,
                strength=strength,
            )
        )
    return lines


def alternative_lines(alternative: Sequence[Alternative], scale: Scale) -> list[EvidenceLine]:
    """One line per cluster with what its best innocent explanation takes away."""
    return [
        EvidenceLine(
            one.cluster,
            f"{BENIGN}: {one.name}",
            "inauthenticity",
            one.fit,
            None,
            None,
            scale.part(BENIGN).log_odds(1 - one.fit),
            one.statement,
            strength=1 - one.fit,
        )
        for one in alternative
    ]


def verdict_lines(parts: Sequence[VerdictPart]) -> list[EvidenceLine]:
    """One line per cluster and kind of verdict, with what it adds to the log-odds."""
    return [
        EvidenceLine(
            one.cluster,
            one.signal,
            "inauthenticity",
            float(one.n),
            None,
            None,
            one.log_odds,
            one.statement,
            strength=one.strength,
        )
        for one in parts
    ]


def coordination_lines(
    clusters: Clusters,
    layers: Sequence[Layer | UntimedLayer],
    edges: pa.Table,
) -> list[EvidenceLine]:
    """One line per cluster and layer: co-actions observed and expected over its edges.

    Of an untimed layer: the most accounts that share machines in one place, and what is expected.
    """
    owner = inside_edges(edges, clusters.of_account)
    a, b = edges["a"].to_numpy(), edges["b"].to_numpy()
    layer = edges["layer"].combine_chunks().dictionary_encode()
    names = layer.dictionary.to_pylist()
    code = np.asarray(layer.indices)
    window = edges["window_us"].to_numpy()
    observed, expected = edges["observed"].to_numpy(), edges["expected"].to_numpy()
    log10_p, q_value = edges["log10_p"].to_numpy(), edges["q_value"].to_numpy()
    by_sharing = np.asarray(pc.equal(edges["statistic"], STATISTIC))
    phrases = {layer.name: layer.phrase for layer in layers}
    inside = np.flatnonzero(owner >= 0)
    inside = inside[np.lexsort((code[inside], owner[inside]))]
    cuts = np.flatnonzero(np.diff(owner[inside]) | np.diff(code[inside])) + 1
    lines = []
    for rows in np.split(inside, cuts) if len(inside) else ():
        name = names[code[rows[0]]]
        n_accounts = len(np.union1d(a[rows], b[rows]))
        if by_sharing[rows[0]]:
            most = rows[np.argmax(observed[rows])]
            seen, chance = int(observed[most]), float(expected[most])
            said = f"up to {seen:,} in one place where, by how homes share in this log, " + (
                f"{number(chance)} would be expected."
            )
        else:
            seen, chance = int(observed[rows].sum()), float(expected[rows].sum())
            said = (
                f"within {duration(int(window[rows].max()) / US_PER_SECOND)} of one another: "
                f"{plural(len(rows), 'pair')} met {plural(seen, 'time')} where chance, given "
                f"the same content and its own history, would bring about {number(chance)}."
            )
        lines.append(
            EvidenceLine(
                int(owner[rows[0]]),
                name,
                "coordination",
                float(seen),
                chance,
                float(log10_p[rows].min()),
                None,
                f"{n_accounts} accounts {phrases[name]}{',' if by_sharing[rows[0]] else ''} {said}",
                float(q_value[rows].min()),
            )
        )
    return lines


def block_lines(clusters: Clusters) -> list[EvidenceLine]:
    """One line per block: what its accounts have in common, and what the crowd has."""
    return [
        EvidenceLine(
            cluster,
            block.signal,
            "coordination",
            float(block.observed.sum()),
            float(block.expected.sum()),
            block.log10_p,
            None,
            STATEMENTS[block.signal](block),
            block.q_value,
        )
        for cluster, block in clusters.blocks
    ]


def audience_statement(block: Block) -> str:
    """Say how a block of contents with one audience differs from a taste."""
    times = "" if block.least == 1 else f", {block.least} times or more each"
    few = share_of_others(block)
    return (
        f"{who_of(block)} are the audience of the same {plural(len(block.content), 'content')} "
        f"({block.layer}{times}). A taste fades out: {few} of so many with most of them would be "
        "explained by those who have only some."
    )


def share_of_others(block: Block) -> str:
    """Say how many of a block's accounts a taste would bring about."""
    honest = float((1 - block.posterior).sum())
    return number(honest) if honest >= 0.5 else "not even one"


def who_of(block: Block) -> str:
    """Say how many accounts a block has, here and in other clusters."""
    who = plural(len(block.account), "account")
    return who + (f", and {block.n_elsewhere:,} of other clusters," if block.n_elsewhere else "")


def block_statement(block: Block) -> str:
    """Say what a block's accounts have in common, and what the crowd has."""
    observed, expected = int(block.observed.sum()), float(block.expected.sum())
    they, within = "they", ""
    chance = plural(round(expected), "time") if expected >= 0.5 else "not even once"
    if block.n_elsewhere:
        they = f"the {len(block.account):,}"
    if block.slot != WHOLE_LOG:
        within = f", counted by {duration(block.slot / US_PER_SECOND)}"
    return (
        f"{who_of(block)} have {plural(len(block.content), 'content')} in common: {they} touch "
        f"them {plural(observed, 'time')}{within}, where as many others, as active as they are, "
        f"would {chance}. A taste fades out; hardly anybody shares half as much of this as "
        "they do."
    )


def looped_statement(block: Block) -> str:
    """Say how a content that is looped differs from all others."""
    days = int(block.observed.max())
    return (
        f"{who_of(block)} looped the same content ({block.layer}, {block.least} times or more "
        f"within a day), on up to {plural(days, 'day')} each: {share_of_others(block)} of so many "
        "would have, were they an audience like any other."
    )


def odd_hours_statement(block: Block) -> str:
    """Say how often a block's accounts came to its contents when they otherwise hardly ever act."""
    observed, expected = int(block.observed.sum()), float(block.expected.sum())
    return (
        f"{who_of(block)} came to the same {plural(len(block.content), 'content')} ({block.layer}) "
        f"at hours at which they otherwise hardly ever act: {plural(observed, 'time')}, where "
        f"contents dealt out to their own moments would bring about {number(expected)}."
    )


STATEMENTS: dict[str, Callable[[Block], str]] = {
    BLOCK: block_statement,
    AUDIENCE: audience_statement,
    LOOPED: looped_statement,
    ODD_HOURS: odd_hours_statement,
}
"""The sentence of each kind of block."""


def kind_of(inauthenticity: float, alternative: Alternative, confirmed: bool = False) -> str:
    """Name a cluster: a ring is judged inauthentic, and nothing innocent explains it.

    Of most of its accounts people may have said before that nothing innocent does.
    """
    if not alternative.ruled_out and not confirmed:
        return "possibly benign"
    return "ring" if inauthenticity >= JUDGED_INAUTHENTIC else "coordinated"


def reason_of(mine: Sequence[EvidenceLine]) -> str:
    """Give the strongest of a cluster's lines of coordination, then of inauthenticity.

    That an innocent explanation fits badly is no reason by itself, and has its own statement.
    """
    together = [line for line in mine if line.score == "coordination"]
    signals = [line for line in mine if not line.signal.startswith(f"{BENIGN}: ")]
    against = [line for line in signals if (line.log_odds or 0) > 0.2]
    parts = [min(together, key=lambda line: line.log10_p or 0.0).statement] if together else []
    parts += [max(against, key=lambda line: line.log_odds or 0.0).statement] if against else []
    return " ".join(parts)
