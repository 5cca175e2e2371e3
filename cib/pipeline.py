"""The main job, in reading order: read, build layers, test, cluster, judge, write."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cib import store
from cib._version import __version__
from cib.algorithms.alternatives import alternative_columns
from cib.algorithms.blocks import (
    AUDIENCE,
    BLOCK,
    LOOPED,
    ODD_HOURS,
    Block,
    check_memory,
    find_blocks,
)
from cib.algorithms.clusters import find_clusters
from cib.algorithms.evidence import Evidence, find_evidence
from cib.algorithms.judgement import Judgement, judge
from cib.algorithms.looped import looped_blocks
from cib.algorithms.mirrored import mirrored_blocks
from cib.algorithms.odd_hours import odd_hours_blocks
from cib.algorithms.roles import ROLE_COLUMNS
from cib.algorithms.scoring import shipped_scale
from cib.algorithms.signals import signal_columns
from cib.datasets.durations import US_PER_SECOND
from cib.datasets.errors import TemporaryError
from cib.datasets.footers import fingerprint
from cib.datasets.hostile import printable
from cib.datasets.log import InteractionLog
from cib.datasets.verdicts import AccountVerdicts, read_verdicts
from cib.graphs.layers import (
    Layer,
    Unavailable,
    UntimedLayer,
    build_layers,
    build_untimed,
    layer_columns,
)
from cib.reading import read
from cib.run import Run, existing_run, name_of, report_of
from cib.settings import Settings, resolve
from cib.stages import Reporter, Stages
from cib.tables import build_tables


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
        page = report_of(tables, manifest)
        path = store.publish(staging, folder, name, tables, manifest, page)
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
    check_memory(log, settings.blocks, settings.memory)
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
                log, settings.blocks, q=settings.q, seed=settings.seed, progress=progress.update
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
        judgement,
        stages.done,
    )
    if verdicts is not None:
        manifest["verdicts"] = describe_verdicts(settings, verdicts, judgement)
    return tables, manifest


def optional_columns() -> set[str]:
    """Optional columns that some part of the analysis can use; the others are not read."""
    return layer_columns() | signal_columns() | alternative_columns() | set(ROLE_COLUMNS)


def describe(
    source: str | Path,
    settings: Settings,
    name: str,
    log: InteractionLog,
    layers: Sequence[Layer | UntimedLayer],
    missing_layers: Sequence[Unavailable],
    evidence: Evidence,
    blocks: Sequence[Block],
    judgement: Judgement,
    stages: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Write down what was scanned, how, and what came of every row."""
    return {
        "version": __version__,
        "run_id": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": os.fsencode(source).decode("utf-8", "backslashreplace"),
        "configuration": settings.written,
        "inputs": list(log.inputs),
        "rows": asdict(log.accounting),
        "read_as_null": [] if log.notes is None else log.notes.to_pylist(),
        "n_accounts": log.n_accounts,
        "n_contents": log.n_contents,
        "bytes_on_disk": log.scratch.spilled,
        "stages": list(stages),
        "layers": [
            *(
                {
                    "name": layer.name,
                    "available": True,
                    "reason": "",
                    "n_rows": layer.n_rows,
                    "n_tokens": layer.n_tokens,
                }
                for layer in layers
            ),
            *(
                {
                    "name": layer.name,
                    "available": False,
                    "reason": layer.reason,
                    "n_rows": 0,
                    "n_tokens": 0,
                }
                for layer in missing_layers
            ),
        ],
        "signals": [
            *({"name": n, "available": True, "reason": ""} for n in judgement.measured),
            *({"name": s.name, "available": False, "reason": s.reason} for s in judgement.missing),
        ],
        "tests": describe_tests(evidence),
        "blocks": [
            {
                "slot_s": slot / US_PER_SECOND,
                "n_blocks": sum(b.slot == slot and b.signal == BLOCK for b in blocks),
            }
            for slot in settings.blocks
        ],
        **{
            name: [
                {
                    "layer": layer.name,
                    "n_blocks": sum(b.layer == layer.name and b.signal == signal for b in blocks),
                }
                for layer in layers
                if isinstance(layer, Layer) and layer.of_contents and wanted
            ]
            for name, signal, wanted in (
                ("audiences", AUDIENCE, settings.audiences),
                ("loops", LOOPED, settings.loops),
                ("odd_hours", ODD_HOURS, settings.odd_hours),
            )
        },
        "capped": [
            {
                "what": f"layer {t.layer}: testable pairs were bounded, not counted",
                "effect": "q-values are larger than they need to be; no edge is false for it",
            }
            for t in evidence.tests
            if not t.sharing.exact
        ],
        "seeds": {"leiden": settings.seed, "blocks": settings.seed},
    }


def describe_verdicts(
    settings: Settings, verdicts: AccountVerdicts, judgement: Judgement
) -> dict[str, Any]:
    """How many verdicts there were, and what they did to the prior (log-odds)."""
    file, found = settings.verdicts, judgement.recalibration
    prior = shipped_scale().expecting(settings.prior).prior
    return {
        "sha256": "" if file is None else file.sha256,
        "n_confirmed": int((verdicts.sign > 0).sum()),
        "n_benign": int((verdicts.sign < 0).sum()),
        "n_not_in_log": verdicts.n_elsewhere,
        "n_clusters_judged": 0 if found is None else found.n_judged,
        "n_clusters_confirmed": 0.0 if found is None else found.n_found,
        "n_clusters_expected": 0.0 if found is None else found.n_judged * found.expected,
        "prior_before": prior,
        "prior": prior + (0.0 if found is None else found.shift),
    }


def describe_tests(evidence: Evidence) -> list[dict[str, Any]]:
    """How many pairs could have been tested, were candidates and were found."""
    rows = []
    for tests in evidence.tests:
        found = evidence.edges.filter(pc.equal(evidence.edges["layer"], tests.layer))
        strata = {
            f"{1 << k}–{(2 << k) - 1}": int(n) for k, n in enumerate(tests.sharing.n_pairs) if n
        }
        for window, n_candidates in tests.n_candidates.items():
            rows.append(
                {
                    "layer": tests.layer,
                    "window_s": window / US_PER_SECOND,
                    "n_tests": int(tests.sharing.n_pairs.sum()),
                    "n_candidates": n_candidates,
                    "n_discoveries": len(found.filter(pc.equal(found["window_us"], window))),
                    "pairs_by_tokens_shared": strata,
                    "counted_exactly": tests.sharing.exact,
                    "min_shared_of_discoveries": tests.min_shared_of_discoveries,
                }
            )
    return rows
