"""What the wheel will hold, read from pyproject.toml, and a tree of links shaped like it."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("datasets", "graphs", "algorithms", "viz", "cib")
"""Folders at the root, in the order of the import rule: a room uses those before it only."""


def packages() -> list[str]:
    """Return the packages that pyproject.toml lists, by import name."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        listed: list[str] = tomllib.load(file)["tool"]["setuptools"]["packages"]
    return listed


def import_name(path: Path) -> str:
    """Return the name under which a folder or module of the checkout is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts if parts[0] == "cib" else ("cib", *parts))


def modules() -> list[Path]:
    """Return every Python file of the five rooms."""
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def link(folder: Path) -> Path:
    """Make `folder`/cib, in which cib.graphs and the others are where the wheel has them."""
    tree = folder / "cib"
    tree.mkdir(parents=True)
    for path in (ROOT / "cib").iterdir():
        if path.name != "__pycache__":
            (tree / path.name).symlink_to(path)
    for room in ROOMS[:-1]:
        (tree / room).symlink_to(ROOT / room)
    return tree
