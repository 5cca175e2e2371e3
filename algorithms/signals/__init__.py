"""Signals of inauthenticity: what sets a cluster's accounts apart from everybody else.

Each file here measures one thing: `NEEDS` says which optional columns it takes, and
`measure(clusters)` returns one finding per cluster it can judge, or `Unavailable` with the
reason. A new file in this folder is a new signal; nothing else has to change. Start reading at
`signal.py`, then `duration.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection
from types import ModuleType

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Finding, Unavailable
from cib.datasets.needs import lacking, wanted

__all__ = ["Finding", "Unavailable", "measure_signals", "missing_signals", "signal_columns"]


def signals() -> dict[str, ModuleType]:
    """Every module of this folder that measures a signal, by name."""
    helpers = ("signal", "unusual")
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in helpers)
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}


def signal_columns() -> set[str]:
    """Optional columns that some signal can use."""
    return set().union(*(wanted(signal.NEEDS) for signal in signals().values()))


def missing_signals(columns: Collection[str]) -> list[Unavailable]:
    """Signals that a log with these optional columns does not allow."""
    reasons = {name: lacking(signal.NEEDS, columns) for name, signal in signals().items()}
    return [Unavailable(name, reason) for name, reason in reasons.items() if reason]


def measure_signals(clusters: Clusters) -> tuple[list[Finding], list[Unavailable], list[str]]:
    """Measure every signal that the log's columns allow.

    Returns
    -------
    tuple
        Findings ordered by signal and cluster, the signals that could not be computed, and the
        names of those that could.
    """
    findings: list[Finding] = []
    missing = missing_signals(clusters.log.extras)
    measured: list[str] = []
    for name, signal in signals().items():
        if lacking(signal.NEEDS, clusters.log.extras):
            continue
        result = signal.measure(clusters)
        if isinstance(result, Unavailable):
            missing.append(result)
        else:
            measured.append(name)
            findings += result
    return findings, sorted(missing, key=lambda one: one.name), measured
