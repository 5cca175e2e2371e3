"""The main job, in reading order: read, build layers, test, cluster, judge, write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from cib import store
from cib.algorithms.alternatives import alternative_columns
from cib.algorithms.blocks import (
    Block,
    check_memory,
    find_blocks,
)
from cib.algorithms.clusters import find_clusters
from cib.algorithms.evidence import find_evidence
from cib.algorithms.judgement import judge
from cib.algorithms.looped import looped_blocks
from cib.algorithms.mirrored import mirrored_blocks
from cib.algorithms.odd_hours import odd_hours_blocks
from cib.algorithms.rare import rare_blocks
from cib.algorithms.roles import ROLE_COLUMNS
from cib.algorithms.scoring import shipped_scale
from cib.algorithms.signals import signal_columns
from cib.datasets.errors import TemporaryError
from cib.datasets.footers import fingerprint
from cib.datasets.hostile import printable
from cib.datasets.verdicts import read_verdicts
from cib.describing import describe, describe_verdicts
from cib.graphs.layers import (
    build_layers,
    build_untimed,
    layer_columns,
)
from cib.reading import read
from cib.run import Run, existing_run, name_of, report_of
from cib.settings import Settings, resolve
from cib.stages import Reporter, Stages
from cib.tables.building import build_tables
from cib.tables.interactions import SHOWN


def scan(
    source: str | Path,
    *,
    out: str | Path | None = None,
    config: str | Path | None = None,
    reporter: Reporter | None = None,
    **settings: Any,
) -> Run:
    """Scan an interaction log for coordinated accounts.

    Parameters
    ----------
    source : a Parquet file, a folder, a glob, a Hive-partitioned data set or a URI
    out : folder for runs; the run is kept in memory only when None
    config : TOML file with settings
    reporter : told how the scan goes
    **settings : any setting that `cib settings` lists, as text or in its natural type

    Returns
    -------
    Run
        The result; the one on disk when the same scan was done before.

    Raises
    ------
    UsageError, BadDataError, TemporaryError
        One sentence that says what was found, where, and what to do.
    """
    return run_scan(source, resolve(settings, config=config), out=out, reporter=reporter)


def run_scan(
    source: str | Path,
    settings: Settings,
    *,
    out: str | Path | None = None,
    reporter: Reporter | None = None,
) -> Run:
    """`scan` for settings that are resolved already."""
    inputs = fingerprint(source)
    name = name_of(settings, inputs)
    if out is None:
        tables, manifest = analyse(source, settings, name, reporter)
        return Run(manifest, tables)
    if (done := existing_run(out, name)) is not None:
        return done
    folder = Path(out)
    with store.staging(folder) as staging:
        tables, manifest = analyse(source, settings, name, reporter, staging)
        if manifest["inputs"] != inputs:
            raise TemporaryError(
                f"{printable(source, 300)}: changed while it was scanned; nothing was published. "
                "Run the same scan again."
            )
        path = store.publish(
            staging, folder, name, tables, manifest, lambda: report_of(tables, manifest)
        )
    return Run(manifest, tables, path)


def analyse(
    source: str | Path,
    settings: Settings,
    name: str,
    reporter: Reporter | None = None,
    folder: Path | None = None,
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Do the whole analysis; returns the tables and the manifest.

    What does not fit into memory goes to `folder` unless the settings name another.
    """
    stages = Stages(reporter or Reporter())
    past = None if settings.verdicts is None else read_verdicts(settings.verdicts)
    log = read(source, settings, optional_columns(), stages, folder)
    verdicts = None if past is None else past.of_accounts(log.account_ids)
    check_memory(log, settings.blocks, settings.memory, settings.threads)
    with stages.stage("testing pairs") as progress:
        layers, missing_layers = build_layers(log, settings.layers, threads=settings.threads)
        untimed = build_untimed(log, settings.layers)
        evidence = find_evidence(
            layers,
            untimed=untimed,
            window=settings.window,
            q=settings.q,
            min_tokens=settings.min_tokens,
            method=settings.fdr,
            threads=settings.threads,
            progress=progress.note,
        )
    blocks: list[Block] = []
    capped: list[tuple[str, str]] = []

    if settings.audiences:
        with stages.stage("comparing audiences") as progress:
            blocks += mirrored_blocks(
                layers,
                similarity=settings.audiences,
                q=settings.q,
                min_size=settings.min_cluster_size,
                seed=settings.seed,
                threads=settings.threads,
                progress=progress.note,
                capped=capped.append,
            )
    if settings.rare:
        with stages.stage("comparing rare contents") as progress:
            blocks += rare_blocks(
                layers,
                rare=settings.rare,
                q=settings.q,
                min_size=settings.min_cluster_size,
                seed=settings.seed,
                threads=settings.threads,
                progress=progress.note,
                capped=capped.append,
            )
    if settings.loops:
        with stages.stage("counting loops") as progress:
            blocks += looped_blocks(
                layers,
                loop=settings.loops,
                q=settings.q,
                min_size=settings.min_cluster_size,
                threads=settings.threads,
                progress=progress.note,
            )
    if settings.odd_hours:
        with stages.stage("comparing hours") as progress:
            blocks += odd_hours_blocks(
                layers,
                odd=settings.odd_hours,
                q=settings.q,
                min_size=settings.min_cluster_size,
                seed=settings.seed,
                threads=settings.threads,
                progress=progress.note,
            )
    if settings.blocks:
        with stages.stage("finding blocks") as progress:
            blocks += find_blocks(
                log,
                settings.blocks,
                q=settings.q,
                seed=settings.seed,
                threads=settings.threads,
                progress=progress.update,
            )
    for layer in layers:
        layer.release_events()
    with stages.stage("forming clusters"):
        clusters = find_clusters(
            log,
            layers,
            evidence,
            window=settings.window,
            blocks=blocks,
            q=settings.q,
            min_cluster_size=settings.min_cluster_size,
            resolution=settings.resolution,
            seed=settings.seed,
            threads=settings.threads,
        )
    with stages.stage("judging clusters"):
        judgement = judge(
            clusters,
            [*layers, *untimed],
            evidence,
            shipped_scale().expecting(settings.prior),
            verdicts,
        )
        tables = build_tables(log, evidence, clusters, judgement)
    manifest = describe(
        source,
        settings,
        name,
        log,
        [*layers, *untimed],
        missing_layers,
        evidence,
        blocks,
        capped,
        judgement,
        stages.done,
    )
    if verdicts is not None:
        manifest["verdicts"] = describe_verdicts(settings, verdicts, judgement)
    return tables, manifest


def optional_columns() -> set[str]:
    """Optional columns that the analysis can use or a table shows; the others are not read."""
    used = layer_columns() | signal_columns() | alternative_columns() | set(ROLE_COLUMNS)
    return used | set(SHOWN)
