"""All tables of a run, with the clusters numbered in order of rank."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.clusters import Clusters
from cib.algorithms.controls import find_controls
from cib.algorithms.evidence import Evidence
from cib.algorithms.judgement import Judgement
from cib.datasets.log import InteractionLog
from cib.tables.accounts import accounts_table
from cib.tables.alternatives import alternatives_table
from cib.tables.clusters import clusters_table, evidence_table, members_table, targets_table
from cib.tables.edges import edges_table
from cib.tables.interactions import interactions_table


def build_tables(
    log: InteractionLog, evidence: Evidence, clusters: Clusters, judgement: Judgement
) -> dict[str, pa.Table]:
    """Build every table of a run; clusters are numbered from 1 in order of rank."""
    number = np.empty(clusters.n_clusters, np.int32)
    number[judgement.rank] = np.arange(1, clusters.n_clusters + 1)
    tables: dict[str, Callable[[], pa.Table]] = {
        "accounts": lambda: accounts_table(log, evidence, clusters, judgement, number),
        "edges": lambda: edges_table(log, evidence, clusters, number),
        "clusters": lambda: clusters_table(log, evidence, clusters, judgement, number),
        "members": lambda: members_table(log, evidence, clusters, number),
        "targets": lambda: targets_table(log, clusters, number),
        "evidence": lambda: evidence_table(judgement, number),
        "alternatives": lambda: alternatives_table(clusters, judgement, number),
        "interactions": lambda: interactions_of_members(clusters, number),
        "controls": lambda: interactions_of_controls(clusters, number),
        "quarantine": lambda: quarantine_table(log),
    }
    built = clusters.side_by_side(lambda build: build(), tables.values())
    return dict(zip(tables, built, strict=True))


def interactions_of_members(clusters: Clusters, number: npt.NDArray[np.int32]) -> pa.Table:
    """What members do with the targets of their cluster."""
    of_row = clusters.of_row[clusters.on_target]
    return interactions_table(clusters.log, clusters.row[clusters.on_target], number[of_row])


def interactions_of_controls(clusters: Clusters, number: npt.NDArray[np.int32]) -> pa.Table:
    """What comparable accounts do with them."""
    controls = find_controls(clusters)
    return interactions_table(clusters.log, controls.row, number[controls.of_row])


def quarantine_table(log: InteractionLog) -> pa.Table:
    """One row per file, column and reason; empty when nothing was wrong."""
    if log.quarantine is not None:
        return log.quarantine
    schema = {
        "file": pa.string(),
        "column": pa.string(),
        "reason": pa.string(),
        "n_rows": pa.int64(),
        "first_row": pa.int64(),
        "example": pa.string(),
    }
    return pa.schema(schema).empty_table()
