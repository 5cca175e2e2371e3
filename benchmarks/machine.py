"""What the benchmarks ran on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = (
    *("numpy", "numba", "pyarrow", "scipy", "duckdb", "polars", "pandas"),
    *("sparse_dot_topn", "datasketch", "rensa", "coordination-network-toolkit"),
    *("igraph", "leidenalg", "networkit", "graspologic-native", "scikit-network", "networkx"),
)


def machine() -> str:
    """Cores, processor and memory."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores ({processor()}), {memory:.1f} GiB, {platform.system()}"


def processor() -> str:
    """The model's name, where the system tells."""
    path = Path("/proc/cpuinfo")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def versions() -> str:
    """This package, Python and the libraries that are installed."""
    found = [f"cib {own_version()}", f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def own_version() -> str:
    """The version, and the commit of the checkout."""
    source = (ROOT / "cib" / "_version.py").read_text(encoding="utf-8")
    version = re.search(r'"([^"]+)"', source.split("__version__", 1)[1])
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    try:
        commit = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        commit = ""
    return f"{version[1] if version else '?'} {f'({commit.strip()})' if commit else ''}".strip()
