"""Two clusters side by side, of one run or of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.viz.explorer.run_tables import RunTables

Counts = npt.NDArray[np.int64]

MACHINES = ("device_hash", "ip_hash", "asn")
"""Columns of interactions that name machines and networks."""
MOST = 100_000
"""Members, targets or values of each side that are compared."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two clusters, a and b, have in common.

    Attributes
    ----------
    accounts : members of both. account_id, row_a, row_b (rows of `accounts` in each run), role_a,
        role_b, strength_a, strength_b; the strongest of a first
    targets : targets of both. content_id, row_a, row_b (rows of `targets` in each run),
        n_interactions_a, n_interactions_b; most interactions in a first
    n_accounts, n_targets : of a and of b
    machines : by column, those that both runs have. value, n_accounts_a, n_accounts_b; most
        accounts in a first
    hours : of a and of b, (7, 24) int64 interactions by hour of the week, Monday first, UTC
    likeness_of_hours : cosine of the two, 0 to 1; NaN when one has no interactions
    """

    accounts: pa.Table
    targets: pa.Table
    n_accounts: tuple[int, int]
    n_targets: tuple[int, int]
    machines: dict[str, pa.Table]
    hours: tuple[Counts, Counts]
    likeness_of_hours: float


def compare(a: RunTables, cluster_a: int, b: RunTables, cluster_b: int) -> Comparison:
    """Compare two clusters.

    Ids of two types (text and whole numbers) have nothing in common.

    Raises
    ------
    NoSuchCluster, RunGone, BadDataError
        As for the questions of `RunTables`.
    """
    a.cluster(cluster_a)
    b.cluster(cluster_b)
    accounts, n_accounts = zip(
        a.members(cluster_a, limit=MOST), b.members(cluster_b, limit=MOST), strict=True
    )
    targets, n_targets = zip(
        a.targets(cluster_a, limit=MOST), b.targets(cluster_b, limit=MOST), strict=True
    )
    machines = {}
    for column in MACHINES:
        of_a = a.shared_by(cluster_a, column, limit=MOST)
        of_b = b.shared_by(cluster_b, column, limit=MOST)
        if of_a is not None and of_b is not None:
            shared = _in_both(of_a[0], of_b[0], "value", {"n_accounts": "n_accounts"})
            machines[column] = shared
    hours = a.hours_of_week(cluster_a), b.hours_of_week(cluster_b)
    return Comparison(
        _in_both(
            *accounts, "account_id", {"account_row": "row", "role": "role", "strength": "strength"}
        ),
        _in_both(*targets, "content_id", {"target_row": "row", "n_interactions": "n_interactions"}),
        (n_accounts[0], n_accounts[1]),
        (n_targets[0], n_targets[1]),
        machines,
        hours,
        _cosine(*hours),
    )


def _in_both(a: pa.Table, b: pa.Table, key: str, columns: dict[str, str]) -> pa.Table:
    """Rows of a whose key is in b, too, with columns of both, in the order of a."""
    empty = a[key].type != b[key].type
    place = {} if empty else {value: i for i, value in enumerate(b[key].to_pylist())}
    pairs = [(i, place[value]) for i, value in enumerate(a[key].to_pylist()) if value in place]
    of_a, of_b = (pa.array([pair[side] for pair in pairs], pa.int64()) for side in (0, 1))
    found = {key: a[key].take(of_a)}
    for column, name in columns.items():
        found[f"{name}_a"] = a[column].take(of_a)
        found[f"{name}_b"] = b[column].take(of_b)
    return pa.table(found)


def _cosine(x: Counts, y: Counts) -> float:
    """Cosine of two tables of counts."""
    norms = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float((x * y).sum() / norms) if norms else float("nan")
