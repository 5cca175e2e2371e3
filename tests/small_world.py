"""Small worlds on disk, everybody in them, and how their tables are read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from cib.datasets.synthetic import RingSpec, WorldSpec
from cib.datasets.synthetic.attacks import SCENARIOS


def ring(scenario: str, n_accounts: int, number: int = 0, **changes: Any) -> RingSpec:
    """A small ring of a scenario; its stream is `number`, or else the scenario's."""
    base: RingSpec = SCENARIOS[scenario].DEFAULTS
    usual: dict[str, Any] = {
        "ring_id": f"{scenario}-{number}",
        "number": number or base.number,
        "n_accounts": n_accounts,
        "n_targets": min(base.n_targets, 40),
        "plays_per_day": min(base.plays_per_day, 25.0),
    }
    return replace(base, **{**usual, **changes})


SMALL = WorldSpec(
    name="small",
    n_accounts=700,
    n_artists=600,
    n_posts=200,
    n_days=4,
    min_group=12,
    rings=(
        ring("A01", 25, markets=("US", "SE")),
        ring("A03", 25),
        ring("A08", 20),
        ring("A16", 25),
    ),
)
"""Confounders of every group; one of the rings uses accounts of everyday listeners."""


@dataclass(frozen=True)
class Written:
    """A world on disk."""

    out: Path
    manifest: dict[str, Any]

    @cached_property
    def log(self) -> pd.DataFrame:
        """All rows of the log in the order of the files, duplicates included."""
        return read_log(self.out)

    @cached_property
    def events(self) -> pd.DataFrame:
        """Every event once."""
        return self.log.drop_duplicates("event_id").reset_index(drop=True)

    def table(self, name: str) -> pd.DataFrame:
        """A dimension table, or truth/… a table of the truth."""
        return frame(pq.read_table(self.out / f"{name}.parquet"))

    def files(self) -> list[Path]:
        """The log's files by path."""
        return sorted((self.out / "log").rglob("*.parquet"))


def read_log(out: Path) -> pd.DataFrame:
    return frame(ds.dataset(out / "log", partitioning="hive").to_table())


def frame(table: pa.Table) -> pd.DataFrame:
    """To pandas without turning nullable integers into floats."""
    nullable = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype()}
    nullable |= {pa.uint32(): pd.UInt32Dtype(), pa.uint64(): pd.UInt64Dtype()}
    wanted = {
        field.type: nullable[field.type]
        for field in table.schema
        if field.type in nullable and table[field.name].null_count
    }
    return table.to_pandas(types_mapper=wanted.get)
