"""A small run with many clusters, from the explorer's benchmark, and limits below its size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cib.viz.explorer.runs.cluster_map import MapLimits

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "explorer_run.py"
LIMITED = MapLimits(clusters=30, links=60, first=12, group_links=40)


def fabricate(folder, n_clusters=240):
    """Make a run in a folder; return the folder."""
    size = ["--accounts", "6000", "--clusters", str(n_clusters), "--edges", "9000",
            "--interactions", "8000"]  # fmt: skip
    subprocess.run([sys.executable, str(SCRIPT), str(folder), *size], check=True, timeout=120,
                   capture_output=True)  # fmt: skip
    return folder


def alike(row):
    """What clusters of one group have in common: kind, band of inauthenticity, class of size."""
    band = min(int(round(100 * row["inauthenticity"]) // 20), 4)
    size = sum(row["n_accounts"] >= least for least in (10, 100, 1000))
    return row["kind"], band, size
