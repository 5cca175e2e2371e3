"""The tables of clusters: what each is, who is in it, what it acts on, what speaks for it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.beneficiaries import audience_of, beneficiary_notes, reports_of
from cib.algorithms.blocks import BLOCK
from cib.algorithms.clusters import Clusters, inside_edges
from cib.algorithms.evidence import Evidence
from cib.algorithms.judgement import Judgement
from cib.algorithms.membership import block_posterior
from cib.algorithms.roles import ROLES, member_roles
from cib.datasets.log import InteractionLog
from cib.graphs.codes import distinct
from cib.tables.times import span

TINY = float(np.finfo(np.float64).tiny)


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
    for pair in distinct(owner[inside] * width + np.asarray(layer.indices)[inside]):
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
    pairs = distinct(a * np.int64(log.n_accounts) + b)
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
    pairs = distinct(place * np.int64(log.n_accounts) + log.account[rows])
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
