"""`cib calibrate`: read a log as a scan does, then test permuted versions of it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from cib.algorithms.calibration import calibrate
from cib.datasets.errors import UsageError
from cib.graphs.layers import build_layers, layer_columns
from cib.reading import read
from cib.settings import Settings
from cib.stages import Reporter, Stages
from cib.store import writing_failed


def run_calibration(
    source: str | Path,
    settings: Settings,
    *,
    permutations: int = 20,
    reporter: Reporter | None = None,
) -> pa.Table:
    """Measure false discoveries on permuted versions of a log; see `algorithms.calibrate`."""
    stages = Stages(reporter or Reporter())
    log = read(source, settings, layer_columns(), stages)
    with stages.stage("permuting") as progress:
        layers, _ = build_layers(log, settings.layers, threads=settings.threads)
        if not layers:
            raise UsageError(
                f"--layers {','.join(settings.layers)}: shared devices and addresses have no time "
                "to permute; name a layer that has."
            )
        return calibrate(
            layers,
            window=settings.window,
            q=settings.q,
            n_permutations=permutations,
            min_tokens=settings.min_tokens,
            method=settings.fdr,
            seed=settings.seed,
            threads=settings.threads,
            progress=progress.update,
        )


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table of numbers as .parquet or .csv."""
    try:
        if path.suffix == ".csv":
            pa_csv.write_csv(table, path)
        else:
            pq.write_table(table, path)
    except OSError as error:
        raise writing_failed(path, error) from error
