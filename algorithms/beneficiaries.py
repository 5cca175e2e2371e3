"""Beneficiaries: what may be said of the targets, whose owners are not judged.

Accounts are judged. Who gains from them may have paid, may know nothing, or may be the one who is
to be harmed: plays bought for a rival get the rival punished, and reports take it down.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cib.algorithms.actions import REPORTING, of_kind
from cib.algorithms.clusters import Clusters
from cib.datasets.slices import rows_where
from cib.datasets.wording import count, percent, plural
from cib.graphs.codes import distinct

UNKNOWN = "complicity unknown"

LARGE = 100
"""Accounts outside the cluster that make an audience large, if they also are…"""
MANY_TIMES = 2
"""…so many times as many as the members that touch the content."""


def beneficiary_notes(
    clusters: Clusters,
    own: npt.NDArray[np.int64],
    members: npt.NDArray[np.int64],
    audience: npt.NDArray[np.int64],
    reports: npt.NDArray[np.int64],
) -> list[str]:
    """One sentence per target.

    Parameters
    ----------
    own : (n_targets,) interactions of members with each target
    members : (n_targets,) members that touch it
    audience : (n_targets,) accounts that touch it, members included
    reports : (n_targets,) reports among the members' interactions
    """
    notes = []
    for i in range(len(clusters.target_cluster)):
        outside = int(audience[i] - members[i])
        if 2 * reports[i] > own[i]:
            notes.append(
                f"{UNKNOWN[0].upper()}{UNKNOWN[1:]}; possibly the victim: "
                f"{plural(int(members[i]), 'member')} reported it {plural(int(reports[i]), 'time')}"
                f", and a rival gains when it is taken down."
            )
        elif outside >= LARGE and outside >= MANY_TIMES * members[i]:
            notes.append(
                f"{UNKNOWN[0].upper()}{UNKNOWN[1:]}; framing is possible: {count(outside)} "
                f"accounts outside the cluster, {percent(outside / audience[i])} of its audience, "
                f"act on it without the members' help, so it had little need of them."
            )
        else:
            notes.append(f"{UNKNOWN[0].upper()}{UNKNOWN[1:]}.")
    return notes


def reports_of(clusters: Clusters) -> npt.NDArray[np.bool_]:
    """(n_member_rows,) which interactions are reports."""
    log = clusters.log
    return of_kind(log.action[clusters.row], log.action_names, REPORTING)


def audience_of(clusters: Clusters) -> npt.NDArray[np.int64]:
    """(n_targets,) accounts that act on each target."""
    log = clusters.log
    wanted = np.zeros(log.n_contents, np.bool_)
    wanted[clusters.target_content] = True
    rows = rows_where(lambda content: wanted[content], log.content)
    pair = distinct(log.content[rows] * np.int64(log.n_accounts) + log.account[rows])
    everyone = np.bincount(pair // max(log.n_accounts, 1), minlength=log.n_contents)
    return everyone[clusters.target_content]
