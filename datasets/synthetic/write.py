"""From a world in memory to the files of a log, its dimension tables and its truth."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.errors import UsageError
from cib.datasets.synthetic import tables
from cib.datasets.synthetic.markets import MARKET_CODES

if TYPE_CHECKING:
    from cib.datasets.synthetic.demo import World

GENERATOR = "cib.datasets.synthetic"
GENERATOR_VERSION = 1


def write_world(world: World, out: Path) -> dict[str, Any]:
    """Write everything beside `out`, then put it there in one rename; return the manifest."""
    _check_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.cib-partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        events = tables.events_table(world)
        n_files = _write_log(events, partial / "log")
        named = {
            "accounts.parquet": tables.accounts_table(world),
            "content.parquet": tables.content_table(world),
            "truth/account.parquet": tables.truth_account_table(world),
            "truth/content.parquet": tables.truth_content_table(world),
            "truth/ring.parquet": tables.truth_ring_table(world),
        }
        (partial / "truth").mkdir()
        for name, table in named.items():
            _write(table, partial / name)
        manifest = _manifest(world, partial, events, n_files)
        text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
        (partial / "manifest.json").write_text(text, encoding="utf-8")
        if _holds(out, text, manifest["sha256"]):
            return manifest  # leave the files and their times, so that scans know them again
        if out.exists():
            shutil.rmtree(out)
        os.replace(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _check_replaceable(out: Path) -> None:
    """Refuse to delete what this generator did not write."""
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder to generate into.")
    if not any(out.iterdir()):
        return
    try:
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        ours = manifest.get("generator") == GENERATOR
    except (OSError, ValueError, AttributeError):
        ours = False
    if not ours:
        raise UsageError(
            f"{out} holds files that were not generated here; name a new or empty folder."
        )


def _holds(out: Path, manifest: str, sha256: dict[str, str]) -> bool:
    """Whether the folder holds exactly this log already."""
    if not (out / "manifest.json").is_file():
        return False
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    return (
        (out / "manifest.json").read_text(encoding="utf-8") == manifest
        and files == {"manifest.json", *sha256}
        and all(_sha256(out / name) == digest for name, digest in sha256.items())
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_log(events: pa.Table, folder: Path) -> int:
    """Write one file per market and UTC day, rows by time; return the number of files."""
    keys = events["_partition"].to_numpy()
    bounds = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    rows = events.drop_columns(["_partition"])
    for start, end in zip(bounds, np.append(bounds[1:], len(keys)), strict=True):
        market, day = divmod(int(keys[start]), 1_000_000)
        date = np.datetime64(day, "D")
        path = folder / f"market={MARKET_CODES[market]}" / f"date={date}" / "part-0.parquet"
        path.parent.mkdir(parents=True)
        _write(rows.slice(start, end - start), path)
    return len(bounds)


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _manifest(world: World, folder: Path, events: pa.Table, n_files: int) -> dict[str, Any]:
    """Describe what was written. No clock, host or path: the same world gives the same bytes."""
    config = asdict(world.preset)
    files = {
        path.relative_to(folder).as_posix(): _sha256(path)
        for path in sorted(folder.rglob("*.parquet"))
    }
    actions = events["action"].combine_chunks().dictionary_decode().value_counts().to_pylist()
    ids = events["event_id"].to_numpy()
    return {
        "generator": GENERATOR,
        "generator_version": GENERATOR_VERSION,
        "preset": world.preset.name,
        "seed": world.seed,
        "config": config,
        "config_sha256": hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest(),
        "rows": {
            "log": events.num_rows,
            "duplicates": events.num_rows - len(np.unique(ids)),
            "by_action": {a["values"]: a["counts"] for a in actions},
            "inauthentic": int(sum(c.events.inauthentic.sum() for c in world.components)),
        },
        "accounts": {
            "organic": int(sum((c.klass == "organic").sum() for c in world.honest)),
            "confounder": int(sum((c.klass == "confounder").sum() for c in world.honest)),
            "automated": int(sum(len(p.component.accounts) for p in world.rings)),
        },
        "n_log_files": n_files,
        "rings": tables.truth_ring_table(world).select(["ring_id", "H", "lambda_pair"]).to_pylist(),
        "sha256": files,
    }
