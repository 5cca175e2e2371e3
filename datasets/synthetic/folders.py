"""Folders that were written here: which may be written over, and digests of their files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable

MANIFEST = "manifest.json"
_NAMED = 3
"""Names in a message; more are counted."""


def check_replaceable(out: Path, generator: str) -> None:
    """Refuse to delete what was not written here.

    Parameters
    ----------
    out : folder to write
    generator : as its manifest names who wrote it

    Raises
    ------
    UsageError
        `out` is a file, or a folder with something in it that its manifest does not list.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder to write into.")
    foreign = sorted(_foreign(out, _listed(out, generator)))
    if foreign:
        more = f" and {len(foreign) - _NAMED:,} more" if len(foreign) > _NAMED else ""
        named = printable(", ".join(foreign[:_NAMED]), 200)
        raise UsageError(
            f"{out} holds {named}{more}, which this command did not write; name a new or empty "
            "folder."
        )


def _listed(out: Path, generator: str) -> set[str]:
    """The files that an earlier call wrote into a folder; none without its manifest."""
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        return {MANIFEST, *manifest["sha256"]} if manifest["generator"] == generator else set()
    except (OSError, ValueError, LookupError, TypeError):
        return set()


def _foreign(out: Path, files: set[str]) -> Iterator[str]:
    """What else lies in a folder: of a folder without any of these files only its own name."""
    known = {".", *files}
    known.update(str(folder) for name in files for folder in PurePosixPath(name).parents)
    for top, folders, names in os.walk(out):
        at = PurePosixPath(Path(top).relative_to(out).as_posix())
        inside = (str(at / name) for name in (*folders, *names))
        yield from (path for path in inside if path not in known)
        folders[:] = [name for name in folders if str(at / name) in known]


def digests(folder: Path, *, threads: int = 2) -> dict[str, str]:
    """Return the SHA-256 of every Parquet file below a folder, by its path in it, in order."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".parquet")
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        found = list(pool.map(_sha256, paths))
    return {
        path.relative_to(folder).as_posix(): digest
        for path, digest in zip(paths, found, strict=True)
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
