"""Imports run one way: datasets ← graphs ← algorithms ← viz ← cib."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from wheel_tree import ROOMS, ROOT, import_name, modules

ONLY_IN = {
    "igraph": "graphs/network.py",
    "networkx": "graphs/network.py",
    "duckdb": "viz/explorer/runs/database.py",
}
NOWHERE = ("leidenalg", "pandas", "polars", "sklearn")  # tests compare with these
KERNEL_MAY = ("__future__", "typing", "numpy", "numba", "llvmlite")  # llvmlite is numba's own


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, module) of every import, wherever it stands; `from a import b` gives a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            dots = "." * node.level
            base = f"{dots}{node.module or ''}"
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def room_of(module: str) -> str:
    """Return the room a full module name belongs to; what is not a room is the front."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS[:-1] else "cib"


def faults(path: str, source: str) -> list[str]:
    """Return what is wrong with the imports of one file; `path` is relative to the root."""
    room = path.split("/")[0]
    kernel = path.endswith("_kernels.py")
    out = []
    for line, module in imports(source):
        top = module.split(".")[0]
        where = f"{path}:{line} imports {module}: "
        if not top:
            out.append(where + "write the full name, cib.…")
        elif top in ROOMS[:-1]:
            out.append(where + f"the installed name is cib.{top}")
        elif top == "cib" and ROOMS.index(room_of(module)) > ROOMS.index(room):
            out.append(
                where + f"{room} may use {', '.join(ROOMS[: ROOMS.index(room)]) or 'nothing'}"
            )
        elif top in ONLY_IN and path != ONLY_IN[top]:
            out.append(where + f"only {ONLY_IN[top]} may")
        elif top in NOWHERE:
            out.append(where + "not a dependency")
        elif kernel and not (
            top in KERNEL_MAY
            or (top == "cib" and any(p.endswith("_kernels") for p in module.split(".")))
        ):
            out.append(where + "kernels use numpy, numba and other kernels only")
    return out


@pytest.mark.parametrize("path", modules(), ids=import_name)
def test_imports(path: Path) -> None:
    assert not faults(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("datasets/a.py", "from cib.graphs import coaction"),
        ("graphs/a.py", "def f():\n    import cib.algorithms.fdr"),
        ("graphs/a.py", "from cib import viz"),
        ("viz/a.py", "from cib.settings import Settings"),
        ("algorithms/a.py", "from cib import scan"),
        ("cib/a.py", "import datasets"),
        ("cib/a.py", "from graphs.coaction import coaction"),
        ("graphs/a.py", "from . import coaction"),
        ("viz/layout.py", "import igraph as ig"),
        ("algorithms/a.py", "from networkx.algorithms import community"),
        ("algorithms/a.py", "import pandas as pd"),
        ("viz/explorer/a.py", "import duckdb"),
        ("graphs/a_kernels.py", "import pyarrow"),
        ("graphs/a_kernels.py", "from cib.graphs.events import Events"),
    ],
)
def test_the_rule_catches(path: str, source: str) -> None:
    assert len(faults(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("graphs/a.py", "from cib.datasets.errors import UsageError\nimport numpy as np"),
        ("viz/a.py", "from cib.algorithms import leiden"),
        ("cib/a.py", "from cib.viz.report import write\nfrom cib import scan"),
        ("graphs/network.py", "import igraph\nimport networkx as nx"),
        ("algorithms/a_kernels.py", "from cib.graphs.coaction_kernels import grown"),
        ("algorithms/a_kernels.py", "from cib.graphs import coaction_kernels"),
    ],
)
def test_the_rule_allows(path: str, source: str) -> None:
    assert faults(path, source) == []
