"""cib: finds and explains coordinated inauthentic behaviour in interaction logs.

    run = cib.scan("log.parquet", out="runs")
    run.clusters.to_pandas()

This folder is the front: settings, the scan, runs on disk, the command line. It may import every
other room (datasets ← graphs ← algorithms ← viz ← cib). Start reading at `pipeline.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cib import kernel_cache
from cib._version import __version__

# In a checkout the other rooms lie beside this folder, not inside it (see CONTRIBUTING.md).
if (Path(__file__).parent.parent / "pyproject.toml").is_file():
    __path__.append(str(Path(__file__).parent.parent))

kernel_cache.prepare()

if TYPE_CHECKING:
    from cib.evaluation import Evaluation, evaluate
    from cib.pipeline import scan
    from cib.run import Run, open_run

__all__ = ["Evaluation", "Run", "__version__", "evaluate", "open_run", "scan"]


def __getattr__(name: str) -> Any:
    """Import the library calls when they are first used, so that `cib --help` stays quick."""
    if name == "scan":
        from cib.pipeline import scan

        return scan
    if name in ("Run", "open_run"):
        from cib import run

        return getattr(run, name)
    if name in ("Evaluation", "evaluate"):
        from cib import evaluation

        return getattr(evaluation, name)
    raise AttributeError(f"module 'cib' has no attribute {name!r}")
