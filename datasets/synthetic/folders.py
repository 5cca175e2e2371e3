"""Folders that were written here: which may be written over, and digests of their files."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cib.datasets.errors import UsageError


def check_replaceable(out: Path, generator: str) -> None:
    """Refuse to delete what was not written here.

    Parameters
    ----------
    out : folder to write
    generator : as its manifest names who wrote it

    Raises
    ------
    UsageError
        `out` is a file, or a folder with something else in it.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder to write into.")
    if not any(out.iterdir()):
        return
    try:
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        ours = manifest.get("generator") == generator
    except (OSError, ValueError, AttributeError):
        ours = False
    if not ours:
        raise UsageError(
            f"{out} holds files that this command did not write; name a new or empty folder."
        )


def digests(folder: Path, *, threads: int = 2) -> dict[str, str]:
    """Return the SHA-256 of every Parquet file below a folder, by its path in it, in order."""
    paths = sorted(folder.rglob("*.parquet"))
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        found = list(pool.map(_sha256, paths))
    return {
        path.relative_to(folder).as_posix(): digest
        for path, digest in zip(paths, found, strict=True)
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
