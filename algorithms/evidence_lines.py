"""Evidence lines: the parts of both scores, each with a sentence that a person can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cib.algorithms.alternatives import Alternative
from cib.algorithms.clusters import Clusters, inside_edges
from cib.algorithms.infrastructure import STATISTIC
from cib.algorithms.scoring import BENIGN, Scale, trusted
from cib.algorithms.signals import Measured
from cib.algorithms.verdicts import VerdictPart
from cib.datasets.durations import US_PER_SECOND
from cib.datasets.wording import duration, number, plural
from cib.graphs.layers.layer import Layer, UntimedLayer


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
    n_accounts: int = 0
    """Accounts of the cluster that it speaks of, where it speaks of coordination."""


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
                f"{n_accounts:,} accounts {phrases[name]}"
                f"{',' if by_sharing[rows[0]] else ''} {said}",
                float(q_value[rows].min()),
                n_accounts=n_accounts,
            )
        )
    return lines
