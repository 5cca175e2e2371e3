"""Two clusters beside each other: of one run, or the same campaign in two runs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.errors import BadDataError
from cib.datasets.wording import count, plural
from cib.viz.explorer.runs.acts_over_time import of_cluster
from cib.viz.explorer.runs.errors import RunGone
from cib.viz.explorer.runs.library import RunFiles

MACHINES = {"device_hash": "devices", "ip_hash": "addresses", "asn": "networks"}
"""Columns that say from where an account acted, and what they hold."""
MOST = 10_000_000
"""Members or targets of a cluster that are compared: all of them."""
STRETCHES = 96
"""Parts into which the time of two clusters is cut."""


@dataclass(frozen=True)
class Side:
    """One of the two clusters."""

    run: RunFiles
    cluster_id: int

    @cached_property
    def row(self) -> dict[str, Any]:
        """The cluster's row of `clusters`; raises `NoSuchCluster`."""
        return self.run.tables.cluster(self.cluster_id)

    def distinct(self, table: str, column: str) -> pa.Array:
        """Return the distinct values of a column in the cluster's rows of a table."""
        rows = self.run.tables.source.query(
            f"""SELECT DISTINCT {column} AS value FROM {{{table}}}
            WHERE cluster_id = $cluster AND {column} IS NOT NULL ORDER BY value""",
            {"cluster": self.cluster_id},
        )
        return rows["value"].combine_chunks()

    def activity(self, first: datetime, last: datetime, n_bins: int) -> npt.NDArray[np.int64]:
        """Count the cluster's interactions in bins of equal length from first to last."""
        return of_cluster(self.run, self.cluster_id, first, last, n_bins)


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many of something two clusters have, and have both."""

    what: str
    n_a: int
    n_b: int
    n_both: int

    @property
    def words(self) -> str:
        """Say it.

        Examples
        --------
        >>> Overlap("accounts", 40, 45, 31).words
        '31 of 40 accounts are in both; the other cluster has 45'
        >>> Overlap("devices", 3, 9, 0).words, Overlap("devices", 8, 8, 8).words
        ('no devices in common: 3 here, 9 there', 'all 8 devices are in both')
        >>> Overlap("networks", 1, 1, 1).words, Overlap("accounts", 6, 9, 6).words
        ('one network, in both', 'all 6 accounts are in the other, too, which has 9')
        """
        a, b = count(self.n_a), count(self.n_b)
        if not self.n_both:
            return f"no {self.what} in common: {a} here, {b} there"
        if self.n_both == self.n_a == self.n_b:
            one = {"addresses": "address"}.get(self.what, self.what.removesuffix("s"))
            return f"one {one}, in both" if self.n_a == 1 else f"all {a} {self.what} are in both"
        if self.n_both == self.n_a > 1:
            return f"all {a} {self.what} are in the other, too, which has {b}"
        return f"{count(self.n_both)} of {a} {self.what} are in both; the other cluster has {b}"


def overlap(what: str, a: pa.Array, b: pa.Array) -> Overlap:
    """Compare two sets of distinct values.

    Examples
    --------
    >>> overlap("accounts", pa.array(["x", "y"]), pa.array(["y", "z", "w"])).n_both
    1
    """
    both = 0
    if len(a) and len(b) and _text(a.type) == _text(b.type):
        both = pc.sum(pc.is_in(_alike(a), value_set=_alike(b))).as_py() or 0
    return Overlap(what, len(a), len(b), int(both))


def overlaps(a: Side, b: Side) -> tuple[list[Overlap], list[str]]:
    """Compare accounts, targets and machines.

    Returns
    -------
    (list of Overlap, list of str)
        What was compared, and what could not be, because a run lacks the column.
    """
    found = [
        overlap(
            "accounts", a.distinct("members", "account_id"), b.distinct("members", "account_id")
        ),
        overlap(
            "targets", a.distinct("targets", "content_id"), b.distinct("targets", "content_id")
        ),
    ]
    missing = []
    for column, what in MACHINES.items():
        if all(side.run.tables.has("interactions", column) for side in (a, b)):
            values = (side.distinct("interactions", column) for side in (a, b))
            found.append(overlap(what, *values))
        else:
            missing.append(what)
    return found, missing


def comparable(a: Side, b: Side) -> bool:
    """Whether account ids of the two runs are of one kind, text or numbers."""
    kinds = (side.run.tables.source.id_type for side in (a, b))
    return len({_text(kind) for kind in kinds}) == 1


def shared_accounts(a: Side, b: Side) -> pa.Table:
    """Return the accounts in both clusters, strongest first.

    Returns
    -------
    pa.Table
        account_id, account_row (in the run of `a`), role_a, strength_a, role_b, strength_b.
    """
    mine, theirs = (side.run.tables.members(side.cluster_id, limit=MOST)[0] for side in (a, b))
    return _in_both(
        mine, theirs, "account_id", "account_row", {"role": "role", "strength": "strength"}
    )


def shared_targets(a: Side, b: Side) -> pa.Table:
    """Return the targets of both clusters, those first on which `a` acted most.

    Returns
    -------
    pa.Table
        content_id, target_row (in the run of `a`), n_a, share_a, n_b, share_b.
    """
    mine, theirs = (side.run.tables.targets(side.cluster_id, limit=MOST)[0] for side in (a, b))
    return _in_both(
        mine, theirs, "content_id", "target_row", {"n": "n_interactions", "share": "share"}
    )


def acts_of_both(a: Side, b: Side) -> tuple[list[npt.NDArray[np.int64]], datetime, datetime]:
    """Count what each does through the time of both.

    Returns
    -------
    (list of two arrays, datetime, datetime)
        Interactions in `STRETCHES` bins of equal length, when the first of both acts, and when the
        last does.
    """
    first = min(side.row["first_ts"] for side in (a, b))
    last = max(side.row["last_ts"] for side in (a, b))
    return [side.activity(first, last, STRETCHES) for side in (a, b)], first, last


def candidates(side: Side, others: list[RunFiles], lineage: pa.Table | None, previous: str | None,
               most: int = 100) -> list[tuple[str, str]]:  # fmt: skip
    """Return what a cluster may be compared with: (run/cluster, words), what it was before first.

    Parameters
    ----------
    others : runs to choose from, this one among them
    lineage : from `Library.lineage`, or None
    previous : the run that `lineage` goes back to
    most : clusters of each run, by rank
    """
    lists: dict[str, pa.Table] = {}
    for run in others:
        with suppress(RunGone, BadDataError):  # one that cannot be read is not offered
            lists[run.id], _ = run.tables.clusters(limit=most)
    found: dict[str, str] = {}
    if lineage is not None and previous in lists:
        mine = lineage.filter(pc.equal(lineage["current_cluster"], side.cluster_id))
        for row in mine.to_pylist():
            if row["previous_cluster"] is not None:
                found[f"{previous}/{row['previous_cluster']}"] = (
                    f"before: cluster {row['previous_cluster']} of run {previous[:8]}, "
                    f"{plural(row['n_shared'], 'account')} shared"
                )
    for run_id, table in lists.items():
        for cluster, kind, n in zip(
            *(table[name].to_pylist() for name in ("cluster_id", "kind", "n_accounts")), strict=True
        ):
            if run_id == side.run.id and cluster == side.cluster_id:
                continue
            where = "this run" if run_id == side.run.id else f"run {run_id[:8]}"
            words = f"{where}: cluster {cluster}, {kind}, {plural(n, 'account')}"
            found.setdefault(f"{run_id}/{cluster}", words)
    return list(found.items())


def _in_both(
    mine: pa.Table, theirs: pa.Table, key: str, row: str, facts: Mapping[str, str]
) -> pa.Table:
    """Return the rows whose id both tables have, in the order of the first.

    Parameters
    ----------
    mine, theirs : members or targets of the two clusters
    key, row : columns of `mine` that are kept: the id, and its row in the run
    facts : what is said of both sides, and the column that holds it; ends in _a and _b

    Returns
    -------
    pa.Table
        None when the ids of the two runs differ in kind.
    """
    here, there = (table[key].combine_chunks() for table in (mine, theirs))
    if _text(here.type) != _text(there.type):
        mine, here = mine.slice(0, 0), here.slice(0, 0)
    here = _alike(here)
    place = pc.index_in(here, value_set=_alike(there).cast(here.type))
    mine, theirs = mine.filter(pc.is_valid(place)), theirs.take(pc.drop_null(place))
    sides = {f"{name}_a": mine[column] for name, column in facts.items()}
    sides |= {f"{name}_b": theirs[column] for name, column in facts.items()}
    return pa.table({key: mine[key], row: mine[row], **sides})


def _alike(values: pa.Array) -> pa.Array:
    """Return ids so that those of two runs can be compared: integers may differ in width."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _alike(values.dictionary_decode())
    if pa.types.is_integer(kind):
        return values.cast(pa.decimal128(20, 0)).cast(pa.string())
    return values.cast(pa.string()) if pa.types.is_large_string(kind) else values


def _text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return not pa.types.is_integer(kind)
