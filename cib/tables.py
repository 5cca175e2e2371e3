"""The tables of a run: from codes and arrays to the columns that people open."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.beneficiaries import audience_of, beneficiary_notes, reports_of
from cib.algorithms.blocks import BLOCK
from cib.algorithms.clusters import Clusters, inside_edges
from cib.algorithms.evidence import Evidence, joint_log10_p, null_names
from cib.algorithms.groups import ordered
from cib.algorithms.judgement import Judgement, score_coordination
from cib.algorithms.membership import block_posterior, membership
from cib.algorithms.roles import ROLES, member_roles
from cib.algorithms.signals import account_signals
from cib.datasets.durations import US_PER_SECOND
from cib.datasets.log import InteractionLog

TINY = float(np.finfo(np.float64).tiny)

TIMESTAMP = pa.timestamp("us", tz="UTC")

TABLES = (
    "accounts",
    "edges",
    "clusters",
    "members",
    "targets",
    "evidence",
    "interactions",
    "quarantine",
)


def build_tables(
    log: InteractionLog, evidence: Evidence, clusters: Clusters, judgement: Judgement
) -> dict[str, pa.Table]:
    """Build every table of a run; clusters are numbered from 1 in order of rank."""
    number = np.empty(clusters.n_clusters, np.int32)
    number[judgement.rank] = np.arange(1, clusters.n_clusters + 1)
    return {
        "accounts": accounts_table(log, evidence, clusters, judgement, number),
        "edges": edges_table(log, evidence),
        "clusters": clusters_table(log, evidence, clusters, judgement, number),
        "members": members_table(log, evidence, clusters, number),
        "targets": targets_table(log, clusters, number),
        "evidence": evidence_table(judgement, number),
        "interactions": interactions_table(log, clusters, number),
        "quarantine": quarantine_table(log),
    }


def span(
    ts: npt.NDArray[np.int64], group: npt.NDArray[np.integer], n_groups: int
) -> tuple[pa.Array, pa.Array]:
    """First and last time of each group; null for a group without rows."""
    first = np.full(n_groups, np.iinfo(np.int64).max)
    last = np.full(n_groups, np.iinfo(np.int64).min)
    np.minimum.at(first, group, ts)
    np.maximum.at(last, group, ts)
    empty = first > last
    return (
        pa.array(first, TIMESTAMP, mask=empty),
        pa.array(last, TIMESTAMP, mask=empty),
    )


def sorted_distinct(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Distinct values, ascending; NumPy's own way takes ten times longer where most are distinct.

    Examples
    --------
    >>> sorted_distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(values)
    new = np.ones(len(ordered), np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


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


def edges_table(log: InteractionLog, evidence: Evidence) -> pa.Table:
    """One row per significant pair and layer, account_a < account_b."""
    edges = evidence.edges
    return pa.table(
        {
            "account_a": log.account_ids.take(edges["a"].combine_chunks()),
            "account_b": log.account_ids.take(edges["b"].combine_chunks()),
            "layer": edges["layer"],
            "observed": edges["observed"],
            "expected": edges["expected"],
            "log10_p": edges["log10_p"],
            "q_value": edges["q_value"],
            "weight": edges["weight"],
            "window_s": edges["window_us"].to_numpy() / US_PER_SECOND,
            "n_tokens": edges["n_tokens"],
            "n_events": edges["n_events"],
            "n_shared": edges["n_shared"],
            "null": null_names(edges),
            "statistic": edges["statistic"],
        }
    )


def clusters_table(
    log: InteractionLog,
    evidence: Evidence,
    clusters: Clusters,
    judgement: Judgement,
    number: npt.NDArray[np.int32],
) -> pa.Table:
    """One row per cluster, in order of rank."""
    n, order = clusters.n_clusters, judgement.rank
    together = clusters.joint
    first, last = span(log.ts[clusters.row[together]], clusters.of_row[together], n)
    owner = inside_edges(evidence.edges, clusters.of_account)
    inside = np.flatnonzero(owner >= 0)
    layer = evidence.edges["layer"].combine_chunks().dictionary_encode()
    width = np.int64(max(len(layer.dictionary), 1))
    layers: list[set[str]] = [set() for _ in range(n)]
    for pair in sorted_distinct(owner[inside] * width + np.asarray(layer.indices)[inside]):
        layers[pair // width].add(layer.dictionary[int(pair % width)].as_py())
    for c, _ in clusters.blocks:
        layers[c].add(BLOCK)
    ranked = pa.array(order)
    return pa.table(
        {
            "cluster_id": pa.array(number[order]),
            "rank": pa.array(number[order]),
            "n_accounts": clusters.sizes[order],
            "n_contents": np.bincount(clusters.target_cluster, minlength=n)[order],
            "n_interactions": np.bincount(clusters.of_row[clusters.on_target], minlength=n)[order],
            "first_ts": first.take(ranked),
            "last_ts": last.take(ranked),
            "coordination": judgement.coordination[order],
            "inauthenticity": judgement.inauthenticity[order],
            "log10_p": judgement.log10_p[order],
            "kind": pa.array([judgement.kind[c] for c in order], pa.string()),
            "reason": pa.array([judgement.reason[c] for c in order], pa.string()),
            "benign_alternative": pa.array(
                [judgement.alternative[c].name for c in order], pa.string()
            ),
            "benign_statement": pa.array(
                [judgement.alternative[c].statement for c in order], pa.string()
            ),
            "benign_ruled_out": pa.array(
                [judgement.alternative[c].ruled_out for c in order], pa.bool_()
            ),
            "layers": pa.array([", ".join(sorted(layers[c])) for c in order], pa.string()),
            "n_edges": np.bincount(owner[inside], minlength=n)[order],
        }
    )


def members_table(
    log: InteractionLog,
    evidence: Evidence,
    clusters: Clusters,
    number: npt.NDArray[np.int32],
) -> pa.Table:
    """One row per member: strength is its weighted degree over the cluster's largest."""
    edges = evidence.edges
    inside = inside_edges(edges, clusters.of_account) >= 0
    a, b, weight = (edges[name].to_numpy()[inside] for name in ("a", "b", "weight"))
    ends, weights = np.concatenate([a, b]), np.concatenate([weight, weight])
    strength = np.bincount(ends, weights, log.n_accounts)
    pairs = sorted_distinct(a * np.int64(log.n_accounts) + b)
    partners = np.bincount(pairs // log.n_accounts, minlength=log.n_accounts)
    partners += np.bincount(pairs % log.n_accounts, minlength=log.n_accounts)
    account = np.flatnonzero(clusters.of_account >= 0)
    cluster = clusters.of_account[account]
    most = np.zeros(clusters.n_clusters)
    np.maximum.at(most, cluster, strength[account])
    relative = np.zeros(log.n_accounts)
    relative[account] = strength[account] / np.maximum(most[cluster], TINY)
    posterior = block_posterior(log, clusters)
    strength = np.maximum(relative, posterior)
    order = np.lexsort((account, -strength[account], number[cluster]))
    account, cluster = account[order], cluster[order]
    role = np.zeros(log.n_accounts, np.int8)
    member, of_member = member_roles(clusters)
    role[member] = of_member
    return pa.table(
        {
            "cluster_id": number[cluster],
            "account_id": log.account_ids.take(pa.array(account)),
            "role": pa.array(np.array(ROLES)[role[account]], pa.string()),
            "strength": strength[account],
            # a fringe account hangs on one other account only
            "place": pa.array(
                np.where((partners > 1) | (posterior > 0), "core", "fringe")[account], pa.string()
            ),
        }
    )


def targets_table(
    log: InteractionLog, clusters: Clusters, number: npt.NDArray[np.int32]
) -> pa.Table:
    """One row per cluster and content that its members act on mostly together."""
    width = np.int64(max(log.n_contents, 1))
    key = clusters.target_cluster.astype(np.int64) * width + clusters.target_content
    rows = clusters.row[clusters.on_target]
    place = np.searchsorted(key, clusters.of_row[clusters.on_target] * width + log.content[rows])
    own = np.bincount(place, minlength=len(key))
    pairs = sorted_distinct(place * np.int64(log.n_accounts) + log.account[rows])
    members = np.bincount(pairs // max(log.n_accounts, 1), minlength=len(key))
    reports = np.bincount(place, reports_of(clusters)[clusters.on_target], len(key)).astype(int)
    notes = beneficiary_notes(clusters, own, members, audience_of(clusters), reports)
    cluster = number[clusters.target_cluster] if len(key) else np.zeros(0, np.int32)
    order = np.lexsort((clusters.target_content, -own, cluster))
    return pa.table(
        {
            "cluster_id": cluster[order],
            "content_id": log.content_ids.take(pa.array(clusters.target_content[order])),
            "n_interactions": own[order],
            "n_interactions_all": clusters.target_total[order],
            "share": own[order] / np.maximum(clusters.target_total[order], 1),
            "n_members": members[order],
            "beneficiary": pa.array(notes, pa.string()).take(pa.array(order)),
        }
    )


def evidence_table(judgement: Judgement, number: npt.NDArray[np.int32]) -> pa.Table:
    """One row per cluster and part of a score, the strongest parts first."""
    lines = sorted(judgement.lines, key=lambda line: int(number[line.cluster]))
    columns = {
        "signal": pa.string(),
        "observed": pa.float64(),
        "expected": pa.float64(),
        "log10_p": pa.float64(),
        "statement": pa.string(),
        "score": pa.string(),
        "log_odds": pa.float64(),
        "q_value": pa.float64(),
        "strength": pa.float64(),
    }
    return pa.table(
        {
            "cluster_id": pa.array([int(number[line.cluster]) for line in lines], pa.int32()),
            **{
                name: pa.array([getattr(line, name) for line in lines], kind)
                for name, kind in columns.items()
            },
        }
    )


def interactions_table(
    log: InteractionLog, clusters: Clusters, number: npt.NDArray[np.int32]
) -> pa.Table:
    """Every interaction of a member with a target of its cluster."""
    rows = clusters.row[clusters.on_target]
    of_row = clusters.of_row[clusters.on_target]
    cluster = number[of_row] if len(rows) else np.zeros(0, np.int32)
    who_and_what = log.account[rows] * np.int64(max(log.n_contents, 1)) + log.content[rows]
    order = ordered(cluster, log.ts[rows], who_and_what, log.action[rows])
    rows = rows[order]
    return pa.table(
        {
            "cluster_id": cluster[order],
            "account_id": log.account_ids.take(pa.array(log.account[rows])),
            "content_id": log.content_ids.take(pa.array(log.content[rows])),
            "action": pa.array(log.action_names, pa.string()).take(pa.array(log.action[rows])),
            "ts": pa.array(log.ts[rows], TIMESTAMP),
        }
    )


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
