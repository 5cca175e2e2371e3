"""What a signal returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Finding:
    """One signal measured on one cluster."""

    signal: str
    cluster: int
    observed: float
    expected: float
    """The same quantity among comparable accounts outside every cluster."""
    log10_p: float | None
    """How surprising the difference is; None when the quantity has no null model."""
    effect: float
    """How far the cluster is from ordinary, 0 (not at all) to 1 (every account)."""
    statement: str
    """One sentence for the person who reads the case."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a signal found."""

    findings: list[Finding]
    """At most one per cluster, in order of cluster."""
    statistic: npt.NDArray[np.float64] | None = None
    """(n_accounts,) the quantity per account, NaN where there is too little data; None for a
    signal that has one value per cluster only."""
    unusual: npt.NDArray[np.bool_] | None = None
    """(n_accounts,) whether an account exceeds 95% of comparable accounts."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A signal that this log does not allow, and why."""

    name: str
    reason: str
