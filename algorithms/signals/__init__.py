"""Signals of inauthenticity: what sets a cluster's accounts apart from everybody else.

Each file here measures one thing and exposes `measure(clusters)`, which returns one finding per
cluster it can judge, or `Unavailable` with the reason. A new file in this folder is a new signal;
nothing else has to change. Start reading at `signal.py`, then `duration.py`.
"""

from __future__ import annotations

import importlib
import pkgutil

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Finding, Unavailable

__all__ = ["Finding", "Unavailable", "measure_signals"]


def measure_signals(clusters: Clusters) -> tuple[list[Finding], list[Unavailable], list[str]]:
    """Measure every signal that the log's columns allow.

    Returns
    -------
    tuple
        Findings ordered by signal and cluster, the signals that could not be computed, and the
        names of those that could.
    """
    findings: list[Finding] = []
    missing: list[Unavailable] = []
    measured: list[str] = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        if module.name in ("signal", "unusual"):
            continue
        result = importlib.import_module(f"{__name__}.{module.name}").measure(clusters)
        if isinstance(result, Unavailable):
            missing.append(result)
        else:
            measured.append(module.name)
            findings += result
    return findings, missing, measured
