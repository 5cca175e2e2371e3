"""`cib inspect`: what is in a log, and which layers and signals a scan can use."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from cib.algorithms.signals import missing_signals, signals
from cib.datasets.budget import default_memory
from cib.datasets.inspection import inspect_log
from cib.graphs.layers import families, missing_layers
from cib.settings import Settings
from cib.stages import Reporter, Stages


def run_inspection(
    source: str | Path, settings: Settings, *, reporter: Reporter | None = None
) -> dict[str, Any]:
    """Summarise a log; returns what `LogSummary.to_dict` does, and `usable`."""
    with Stages(reporter or Reporter()).stage("reading") as progress:
        summary = inspect_log(
            source,
            columns=settings.map,
            memory=settings.memory or default_memory(),
            progress=progress.update,
            threads=settings.threads,
            scratch=settings.scratch,
        )
    return {**summary.to_dict(), "usable": usable(summary.columns_present)}


def usable(columns: Collection[str]) -> list[dict[str, Any]]:
    """Every layer and signal, and whether a log with these columns allows it."""
    missing = {("layer", x.name): x.reason for x in missing_layers(columns)} | {
        ("signal", x.name): x.reason for x in missing_signals(columns)
    }
    known = [("layer", f.__name__.rpartition(".")[2]) for f in families()] + [
        ("signal", name) for name in signals()
    ]
    return [
        {
            "kind": kind,
            "name": name,
            "available": (kind, name) not in missing,
            "reason": missing.get((kind, name), ""),
        }
        for kind, name in known
    ]
