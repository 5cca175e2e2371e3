"""What a signal returns."""

from __future__ import annotations

from dataclasses import dataclass


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
class Unavailable:
    """A signal that this log does not allow, and why."""

    name: str
    reason: str
