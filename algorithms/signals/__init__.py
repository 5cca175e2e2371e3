"""Signals of inauthenticity: what sets a cluster's accounts apart from everybody else.

Each file here measures one thing: `NEEDS` says which optional columns it takes, `USES` those that
it can do without (absent when there are none), `UNIT` what its value for an account is (absent when
it has none), and `measure(clusters)` returns what it found or `Unavailable` with the reason. A new
file in this folder is a new signal; nothing else has to change, but for its weight
(`benchmarks/calibrate_scores.py`). Start reading at `signal.py`, then `duration.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection
from types import ModuleType

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.datasets.needs import lacking, wanted

__all__ = [
    "Measured",
    "Unavailable",
    "account_signals",
    "measure_signals",
    "missing_signals",
    "signal_columns",
]


def signals() -> dict[str, ModuleType]:
    """Every module of this folder that measures a signal, by name."""
    helpers = ("comparison", "main_values", "never", "signal", "unusual")
    found = (m.name for m in pkgutil.iter_modules(__path__))
    names = sorted(n for n in found if n not in helpers and not n.endswith("_kernels"))
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}


def signal_columns() -> set[str]:
    """Optional columns that some signal can use."""
    found = signals().values()
    return set().union(*(wanted(one.NEEDS) | set(getattr(one, "USES", ())) for one in found))


def missing_signals(columns: Collection[str]) -> list[Unavailable]:
    """Signals that a log with these optional columns does not allow."""
    reasons = {name: lacking(signal.NEEDS, columns) for name, signal in signals().items()}
    return [Unavailable(name, reason) for name, reason in reasons.items() if reason]


def account_signals() -> dict[str, str]:
    """Signals that have a value for each account, and what that value is."""
    return {name: signal.UNIT for name, signal in signals().items() if hasattr(signal, "UNIT")}


def measure_signals(clusters: Clusters) -> tuple[dict[str, Measured], list[Unavailable]]:
    """Measure every signal that the log's columns allow.

    Returns
    -------
    tuple
        What each signal found, by name, and the signals that could not be computed.
    """
    missing = missing_signals(clusters.log.extras)
    fit = {
        name: signal
        for name, signal in signals().items()
        if not lacking(signal.NEEDS, clusters.log.extras)
    }
    measured: dict[str, Measured] = {}
    results = clusters.side_by_side(lambda signal: signal.measure(clusters), fit.values())
    for name, result in zip(fit, results, strict=True):
        if isinstance(result, Unavailable):
            missing.append(result)
        else:
            measured[name] = result
    return measured, sorted(missing, key=lambda one: one.name)
