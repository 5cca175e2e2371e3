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
import pyarrow.parquet as pq

from cib.datasets.synthetic import dimensions, truth, truth_rings
from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.batches import (
    SPECIAL,
    Batch,
    Rows,
    batch_of,
    batches_of,
    block_rows,
    component_rows,
    delivered,
    renamed,
)
from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.events import ACTIONS
from cib.datasets.synthetic.folders import check_replaceable, digests
from cib.datasets.synthetic.markets import DAY_S, MARKET_CODES, START_US
from cib.datasets.synthetic.streams import REVIEWS, stream
from cib.datasets.synthetic.survey import Sample, Survey, sample
from cib.datasets.synthetic.tables import Degrade, log_table, texts
from cib.datasets.synthetic.world import World

Array = npt.NDArray[Any]
Progress = Callable[[int, int | None], None]
"""Called with steps done and steps in all."""

GENERATOR = "cib.datasets.synthetic"
GENERATOR_VERSION = 2
_DAY_US = DAY_S * 1_000_000
# As good as random or ever growing: a dictionary would only be thrown away again.
_PLAIN = ("event_id", "content_id", "ts", "received_ts", "duration_ms", "text_hash")


def write_world(
    world: World, out: Path, *, degrade: Degrade = "full", threads: int = 2, progress: Progress
) -> dict[str, Any]:
    """Write everything beside `out`, then put it there in one rename; return the manifest."""
    check_replaceable(out, GENERATOR)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.cib-partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        (partial / "truth").mkdir(parents=True)
        everyday, survey, n_duplicates = _write_log(world, partial, degrade, threads, progress)
        named = _tables(world, everyday, survey)
        for name, table in named.items():
            _write(table, partial / name)
        manifest = _manifest(world, partial, degrade, survey, n_duplicates, named, threads)
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


@dataclass(frozen=True, slots=True)
class _Other:
    """A confounder group or ring, cut up by the batches that its rows are written with."""

    rows: Rows
    honest: bool
    start: Array
    """(n_batches + 1,) first row of each batch."""

    def of(self, batch: int) -> Rows:
        return self.rows.take(slice(int(self.start[batch]), int(self.start[batch + 1])))


def _others(world: World, batches: list[Batch]) -> list[_Other]:
    found = []
    rings = {planted.component.number for planted in world.rings}
    for component in world.components:
        number, market, tier = _whose(world, component)
        rows = component_rows(component, world.seed, tier)
        holder = batch_of(batches, number, market)[component.events.account]
        order = np.argsort(holder, kind="stable")
        start = np.searchsorted(holder[order], np.arange(len(batches) + 1))
        found.append(_Other(rows.take(order), component.number not in rings, start))
    return found


def _whose(world: World, component: Component) -> tuple[Array, Array, Array]:
    """Numbers, markets and tiers of a component's accounts and of those it borrowed."""
    a = component.accounts
    if not len(component.borrowed):
        return a.number, a.market, a.tier
    owners = world.stage.honest(component.borrowed)
    return (
        np.concatenate([a.number, component.borrowed]),
        np.concatenate([a.market, owners.market]),
        np.concatenate([a.tier, owners.tier]),
    )


def _write_log(
    world: World, folder: Path, degrade: Degrade, threads: int, progress: Progress
) -> tuple[Accounts, Survey, int]:
    """Write the log batch by batch; a batch makes one file per day of its market."""
    batches = batches_of(world.spec.n_accounts, world.spec.n_days)
    others = _others(world, batches)
    wanted = np.zeros(len(world.stage.catalogue), bool)
    for planted in world.rings:
        wanted[planted.targets.content] = True

    def one(index: int) -> tuple[list[Accounts], Survey, int]:
        return _write_batch(world, batches, index, others, wanted, folder, degrade)

    accounts: list[Accounts] = []
    n_duplicates = 0

    def finished(pool: ThreadPoolExecutor) -> Iterator[Survey]:
        nonlocal n_duplicates
        for done, (members, survey, again) in enumerate(pool.map(one, range(len(batches)))):
            accounts.extend(members)
            n_duplicates += again
            progress(done + 1, len(batches))
            yield survey

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        survey = Survey.sum(finished(pool))
    return Accounts.concat(accounts), survey, n_duplicates


def _write_batch(
    world: World,
    batches: list[Batch],
    index: int,
    others: list[_Other],
    wanted: Array,
    folder: Path,
    degrade: Degrade,
) -> tuple[list[Accounts], Survey, int]:
    batch = batches[index]
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
    honest += [other.of(index) for other in others if other.honest]
    n_honest = sum(len(rows.event_id) for rows in honest)
    rows = Rows.concat([*honest, *(other.of(index) for other in others if not other.honest)])
    survey = Survey.of(rows, n_honest, wanted, np.concatenate([*own, np.empty(0, int)]), samples)
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
        _write(table, path / f"part-{batch.part}.parquet")
    return accounts, survey, len(rows.event_id) - n


def _tables(world: World, everyday: Accounts, survey: Survey) -> dict[str, pa.Table]:
    """Dimension and truth tables by the name of their file."""
    seed, catalogue = world.seed, world.stage.catalogue
    everybody = [everyday, *(component.accounts for component in world.components)]
    n_honest = len(everyday) + sum(len(c.accounts) for c in world.confounders)
    accounts = truth.account_table(world, everyday, survey.own_events)
    return {
        "accounts.parquet": pa.concat_tables(
            dimensions.accounts_table(part, seed) for part in everybody
        ).sort_by("account_id"),
        "content.parquet": dimensions.content_table(catalogue),
        "contexts.parquet": dimensions.contexts_table(catalogue, world.components, everybody, seed),
        "truth/account.parquet": accounts,
        "truth/event.parquet": truth.event_table(world, SPECIAL),
        "truth/content.parquet": truth.content_table(world),
        "truth/context.parquet": truth.context_table(world),
        "truth/infra.parquet": truth.infra_table(world),
        "truth/ring.parquet": truth_rings.ring_table(world, survey, n_honest),
        "truth/interventions.parquet": truth_rings.interventions_table(world),
        "truth/review_labels.parquet": truth_rings.review_table(
            accounts, stream(seed, REVIEWS), world.spec.n_days
        ),
    }


def _holds(out: Path, manifest: str, files: dict[str, str]) -> bool:
    """Whether the folder holds exactly this log already."""
    said = out / "manifest.json"
    if not said.is_file() or said.read_text(encoding="utf-8") != manifest:
        return False
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    return names == {said.name, *files} and digests(out) == files


def _write(table: pa.Table, path: Path) -> None:
    dictionary = [name for name in table.column_names if name not in _PLAIN]
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=1,
        use_dictionary=dictionary,
        write_statistics=True,
    )


def _manifest(
    world: World,
    folder: Path,
    degrade: Degrade,
    survey: Survey,
    n_duplicates: int,
    named: dict[str, pa.Table],
    threads: int,
) -> dict[str, Any]:
    """Describe what was written. No clock, host or path: the same world gives the same bytes."""
    config = asdict(world.spec)
    config["degrade"] = degrade
    files = digests(folder, threads=threads)
    klass = named["truth/account.parquet"]["klass"].value_counts().to_pylist()
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
            "inauthentic": int(sum(p.component.events.inauthentic.sum() for p in world.rings)),
            **{name: table.num_rows for name, table in named.items()},
        },
        "accounts": {row["values"]: row["counts"] for row in klass},
        "n_log_files": sum(name.startswith("log/") for name in files),
        "rings": named["truth/ring.parquet"].select(["ring_id", "H", "lambda_pair"]).to_pylist(),
        "sha256": files,
    }
