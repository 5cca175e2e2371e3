"""From a world to the files of a log, its dimension tables and its truth."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.synthetic import dimensions, truth, truth_rings
from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.batches import Rows, block_rows, delivered, renamed
from cib.datasets.synthetic.building import World, build
from cib.datasets.synthetic.events import ACTIONS
from cib.datasets.synthetic.folders import MANIFEST, check_replaceable, digests
from cib.datasets.synthetic.markets import DAY_S, MARKET_CODES, START_US
from cib.datasets.synthetic.spilling import Buckets
from cib.datasets.synthetic.streams import REVIEWS, stream
from cib.datasets.synthetic.survey import Counts, Sample, Survey, sample
from cib.datasets.synthetic.tables import Degrade, log_table, texts, write_table
from cib.datasets.synthetic.world import WorldSpec

Array = npt.NDArray[Any]
Progress = Callable[[int, int | None], None]
"""Called with steps done and steps in all."""

GENERATOR = "cib.datasets.synthetic"
GENERATOR_VERSION = 2
_DAY_US = DAY_S * 1_000_000
_HIT_FILES = 32
"""What honest people did on targets is counted in as many goes."""


def write_world(
    spec: WorldSpec,
    seed: int,
    out: Path,
    *,
    degrade: Degrade = "full",
    threads: int = 2,
    progress: Progress,
) -> dict[str, Any]:
    """Write everything beside `out`, then put it there in one rename; return the manifest."""
    check_replaceable(out, GENERATOR)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.cib-partial")
    scratch = partial / "scratch"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        (partial / "truth").mkdir(parents=True)
        scratch.mkdir()
        world = build(spec, seed, scratch, threads=threads)
        everyday, survey, n_duplicates = _write_log(
            world, partial, Buckets(scratch / "hits", _HIT_FILES), degrade, threads, progress
        )
        written = _write_tables(world, everyday, survey, partial)
        shutil.rmtree(scratch)
        manifest = _manifest(world, partial, degrade, survey, n_duplicates, written, threads)
        text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
        (partial / MANIFEST).write_text(text, encoding="utf-8")
        if _holds(out, text, manifest["sha256"]):
            return manifest  # leave the files and their times, so that scans know them again
        if out.exists():
            check_replaceable(out, GENERATOR)  # again: this took a while
            shutil.rmtree(out)
        os.replace(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _write_log(
    world: World, folder: Path, hits: Buckets, degrade: Degrade, threads: int, progress: Progress
) -> tuple[Accounts, Survey, int]:
    """Write the log batch by batch; a batch makes one file per day of its market."""
    n_batches = len(world.batches)
    wanted = np.zeros(len(world.stage.catalogue), bool)
    for ring in world.rings:
        wanted[ring.planted.targets.content] = True

    def one(index: int) -> tuple[list[Accounts], Counts, int]:
        return _write_batch(world, index, wanted, folder, degrade)

    accounts: list[Accounts] = []
    n_duplicates = 0

    def finished(pool: ThreadPoolExecutor) -> Iterator[Counts]:
        nonlocal n_duplicates
        for done, (members, counts, again) in enumerate(pool.map(one, range(n_batches))):
            accounts.extend(members)
            n_duplicates += again
            progress(done + 1, n_batches)
            yield counts

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        survey = Survey.sum(finished(pool), hits)
    return Accounts.concat(accounts), survey, n_duplicates


def _write_batch(
    world: World, index: int, wanted: Array, folder: Path, degrade: Degrade
) -> tuple[list[Accounts], Counts, int]:
    batch = world.batches[index]
    accounts: list[Accounts] = []
    samples: list[Sample] = []
    honest: list[Rows] = []
    own: list[Array] = []
    for block in batch.blocks:
        members, rows = block_rows(world.stage, block)
        accounts.append(members.without_habits())
        samples += sample(block, members, rows, world.spec.n_days)
        own.append(np.bincount(rows.events.account, minlength=len(members)))
        honest.append(rows)
    honest += [group.rows(index) for group in world.groups]
    n_honest = sum(len(rows.event_id) for rows in honest)
    rows = Rows.concat([*honest, *(ring.special.rows(index) for ring in world.rings)])
    del honest
    counts = Counts.of(rows, n_honest, wanted, np.concatenate([*own, np.empty(0, int)]), samples)
    n = len(rows.event_id)
    rows, names = renamed(rows, world.seed)
    rows, ids = delivered(rows, coarse=degrade == "minute-rounded"), texts(names)
    bounds = np.searchsorted(rows.events.start_us, np.arange(world.spec.n_days + 1) * _DAY_US)
    for day in range(world.spec.n_days):
        here = slice(int(bounds[day]), int(bounds[day + 1]))
        if here.start == here.stop:
            continue
        some = rows.take(here)
        table = log_table(some, ids, world.stage.catalogue, batch.market, world.seed, degrade)
        date = np.datetime64(START_US // _DAY_US + day, "D")
        path = folder / "log" / f"market={MARKET_CODES[batch.market]}" / f"date={date}"
        path.mkdir(parents=True, exist_ok=True)
        write_table(table, path / f"part-{batch.part}.parquet")
    return accounts, counts, len(rows.event_id) - n


@dataclass(frozen=True, slots=True)
class _Written:
    """What the manifest says of the tables."""

    n_rows: dict[str, int]
    klass: dict[str, int]
    rings: list[dict[str, Any]]


def _write_tables(world: World, everyday: Accounts, survey: Survey, folder: Path) -> _Written:
    """Write dimension and truth tables, one after the other so that none waits in memory."""
    seed, catalogue = world.seed, world.stage.catalogue
    everybody = [everyday, *(component.accounts for component in world.components)]
    n_honest = len(everyday) + sum(len(c.accounts) for c in world.confounders)
    n_rows: dict[str, int] = {}

    def put(name: str, table: pa.Table) -> pa.Table:
        write_table(table, folder / name)
        n_rows[name] = table.num_rows
        return table

    dimension = pa.concat_tables(dimensions.accounts_table(part, seed) for part in everybody)
    put("accounts.parquet", dimension.sort_by("account_id"))
    del dimension
    put("content.parquet", dimensions.content_table(catalogue))
    put(
        "contexts.parquet",
        dimensions.contexts_table(catalogue, world.components, everybody, seed),
    )
    accounts = truth.account_table(world, everyday, survey.own_events)
    put("truth/account.parquet", accounts)
    klass = accounts["klass"].value_counts().to_pylist()
    reviews = truth_rings.review_table(accounts, stream(seed, REVIEWS), world.spec.n_days)
    put("truth/review_labels.parquet", reviews)
    del accounts
    put("truth/content.parquet", truth.content_table(world))
    put("truth/context.parquet", truth.context_table(world))
    put("truth/infra.parquet", truth.infra_table(world))
    rings = put("truth/ring.parquet", truth_rings.ring_table(world, survey, n_honest))
    put("truth/interventions.parquet", truth_rings.interventions_table(world))
    names = [ring.planted for ring in world.rings]
    n_rows["truth/event.parquet"] = world.inauthentic.write(
        folder / "truth" / "event.parquet", names, seed
    )
    return _Written(
        n_rows,
        {row["values"]: row["counts"] for row in klass},
        rings.select(["ring_id", "H", "lambda_pair"]).to_pylist(),
    )


def _holds(out: Path, manifest: str, files: dict[str, str]) -> bool:
    """Whether the folder holds exactly this log already."""
    said = out / MANIFEST
    if not said.is_file() or said.read_text(encoding="utf-8") != manifest:
        return False
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    return names == {said.name, *files} and digests(out) == files


def _manifest(
    world: World,
    folder: Path,
    degrade: Degrade,
    survey: Survey,
    n_duplicates: int,
    written: _Written,
    threads: int,
) -> dict[str, Any]:
    """Describe what was written. No clock, host or path: the same world gives the same bytes."""
    config = asdict(world.spec)
    config["degrade"] = degrade
    files = digests(folder, threads=threads)
    return {
        "generator": GENERATOR,
        "generator_version": GENERATOR_VERSION,
        "preset": world.spec.name,
        "seed": world.seed,
        "degrade": degrade,
        "config": config,
        "config_sha256": hashlib.sha256(
            json.dumps(config, sort_keys=True, default=str).encode()
        ).hexdigest(),
        "rows": {
            "log": int(survey.by_action.sum()) + n_duplicates,
            "duplicates": n_duplicates,
            "by_action": {
                name: int(n) for name, n in zip(ACTIONS, survey.by_action, strict=True) if n
            },
            "inauthentic": written.n_rows["truth/event.parquet"],
            **written.n_rows,
        },
        "accounts": written.klass,
        "n_log_files": sum(name.startswith("log/") for name in files),
        "rings": written.rings,
        "sha256": files,
    }
