"""Scoring: how strongly each part of the evidence speaks for inauthenticity, as log-odds.

The score of a cluster is logistic in a sum with one term per part: prior + Σ (weight × strength
+ offset). Strengths run from 0 to 1 and weights are not negative, so a score never falls when
evidence grows. Offsets are not positive: a signal that was measured and is absent speaks for
innocence. One that the log does not allow adds nothing.

Weights are fitted to clusters of synthetic worlds whose truth is known
(`benchmarks/calibrate_scores.py`, which writes `weights.json`), so that of the clusters with a
score of 0.9 nine in ten are inauthentic there. Whoever runs this elsewhere can say what share of
clusters they expect to be inauthentic (setting `prior`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # what names a run must load fast
    from cib.algorithms.signals.signal import Finding

DECADES_TO_TRUST = 3.0
"""Decades of evidence at which a signal counts half of its effect."""

BENIGN = "benign"
"""Part of the best innocent explanation: its strength is how far it is from fitting."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the evidence adds to the log-odds."""

    weight: float = 0.0
    """For a strength of 1, on top of the offset; at least 0."""
    offset: float = 0.0
    """For a strength of 0; at most 0."""

    def log_odds(self, strength: float) -> float:
        """What a strength between 0 and 1 adds."""
        return self.weight * strength + self.offset


@dataclass(frozen=True, slots=True)
class Scale:
    """Prior and parts of the score of inauthenticity."""

    prior: float
    """Log-odds of a cluster about which nothing is known."""
    share: float
    """Of the clusters that it was fitted to, how many were inauthentic."""
    parts: Mapping[str, Part]
    """By name of the signal; one that is not here was never calibrated and adds nothing."""

    def part(self, name: str) -> Part:
        """What a signal adds."""
        return self.parts.get(name, Part())

    def expecting(self, share: float | None) -> Scale:
        """The same where this share of clusters is inauthentic; None changes nothing."""
        if share is None:
            return self
        shift = np.log(share / (1 - share)) - np.log(self.share / (1 - self.share))
        return replace(self, prior=self.prior + float(shift), share=share)


@cache
def shipped_weights() -> bytes:
    """The file of fitted weights; other weights give other scores, so it names a run, too."""
    return Path(__file__).with_name("weights.json").read_bytes()


@cache
def shipped_scale() -> Scale:
    """The scale that was fitted to synthetic worlds."""
    written = json.loads(shipped_weights())
    parts = {name: Part(*pair) for name, pair in written["parts"].items()}
    return Scale(written["prior"], written["share"], parts)


def trusted(finding: Finding, n_tests: int) -> float:
    """Strength of a finding: its effect, as far as its evidence can be trusted.

    The p-value pays for all the findings of the scan (Bonferroni).
    """
    if finding.log10_p is None:
        return finding.effect
    return finding.effect * from_decades(-(finding.log10_p + float(np.log10(n_tests))))


def from_decades(decades: float) -> float:
    """Strength of evidence that has no effect size: E / (E + 3) for E decades.

    Examples
    --------
    >>> from_decades(-1.0), from_decades(3.0)
    (0.0, 0.5)
    """
    decades = max(0.0, decades)
    return decades / (decades + DECADES_TO_TRUST)


def probability(log_odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn log-odds into a probability."""
    return np.asarray(1 / (1 + np.exp(-log_odds)))
