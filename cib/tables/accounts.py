"""The table of accounts: what the scan says of each account of the log."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.clusters import Clusters
from cib.algorithms.evidence import Evidence, joint_log10_p
from cib.algorithms.judgement import Judgement, score_coordination
from cib.algorithms.membership import membership
from cib.algorithms.signals import account_signals
from cib.datasets.log import InteractionLog
from cib.tables.times import TIMESTAMP


def accounts_table(
    log: InteractionLog,
    evidence: Evidence,
    clusters: Clusters,
    judgement: Judgement,
    number: npt.NDArray[np.int32],
) -> pa.Table:
    """One row per account of the log, ascending by id."""
    timelines = clusters.timelines
    n_interactions = timelines.n_interactions
    silent = n_interactions == 0
    edges = evidence.edges
    chance = edges["log10_chance"].to_numpy()
    joint = joint_log10_p(
        np.concatenate([chance, chance]),
        np.concatenate([edges["a"].to_numpy(), edges["b"].to_numpy()]),
        log.n_accounts,
        evidence.total_tests,
    )
    for _, block in clusters.blocks:
        by_block = block.log10_q * block.posterior
        joint[block.account] = np.minimum(joint[block.account], by_block)
    member = clusters.of_account >= 0
    # who is hardly part of a cluster is hardly accused with it
    inauthenticity = membership(log, evidence, clusters)
    inauthenticity[member] *= judgement.inauthenticity[clusters.of_account[member]]
    cluster = np.zeros(log.n_accounts, np.int32)
    cluster[member] = number[clusters.of_account[member]]
    return pa.table(
        {
            "account_id": log.account_ids,
            "cluster_id": pa.array(cluster, mask=~member),
            "coordination": score_coordination(joint),
            "inauthenticity": inauthenticity,
            "n_interactions": n_interactions,
            "n_contents": timelines.n_contents,
            "first_ts": pa.array(timelines.first_ts, TIMESTAMP, mask=silent),
            "last_ts": pa.array(timelines.last_ts, TIMESTAMP, mask=silent),
            **signal_columns_of(log, judgement),
        }
    )


def signal_columns_of(log: InteractionLog, judgement: Judgement) -> dict[str, pa.Array]:
    """One column per signal that has a value for each account, null where it could not be judged.

    `n_unusual` counts the signals by which the account exceeds 95% of comparable accounts.
    """
    columns: dict[str, pa.Array] = {}
    n_unusual = np.zeros(log.n_accounts, np.int32)
    for name in account_signals():
        found = judgement.measured.get(name)
        if found is None or found.statistic is None or found.unusual is None:
            columns[f"signal_{name}"] = pa.nulls(log.n_accounts, pa.float64())
            continue
        columns[f"signal_{name}"] = pa.array(found.statistic, mask=np.isnan(found.statistic))
        n_unusual += found.unusual
    return {"n_unusual": pa.array(n_unusual), **columns}
