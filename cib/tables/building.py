"""All tables of a run, with the clusters numbered in order of rank."""

from __future__ import annotations

import numpy as np
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
    by_members = clusters.row[clusters.on_target], number[clusters.of_row[clusters.on_target]]
    controls = find_controls(clusters)
    return {
        "accounts": accounts_table(log, evidence, clusters, judgement, number),
        "edges": edges_table(log, evidence, clusters, number),
        "clusters": clusters_table(log, evidence, clusters, judgement, number),
        "members": members_table(log, evidence, clusters, number),
        "targets": targets_table(log, clusters, number),
        "evidence": evidence_table(judgement, number),
        "alternatives": alternatives_table(clusters, judgement, number),
        "interactions": interactions_table(log, *by_members),
        "controls": interactions_table(log, controls.row, number[controls.of_row]),
        "quarantine": quarantine_table(log),
    }


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
