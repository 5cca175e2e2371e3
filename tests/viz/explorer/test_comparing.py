"""Two clusters side by side against sets of their ids."""

from __future__ import annotations

import numpy as np
import pytest

from cib.viz.explorer.comparing import compare
from cib.viz.explorer.library import Library
from cib.viz.explorer.run_tables import NoSuchCluster, RunTables
from explorer_tables import names, of_cluster


def ids(run: RunTables, table: str, cluster_id: int) -> set:
    column = "account_id" if table == "members" else "content_id"
    return {row[column] for row in of_cluster(run, table, cluster_id)}


def test_a_cluster_and_itself(run: RunTables) -> None:
    same = compare(run, 1, run, 1)
    members = [row["account_id"] for row in of_cluster(run, "members", 1)]
    assert same.accounts["account_id"].to_pylist() == members
    assert same.accounts["row_a"].equals(same.accounts["row_b"])
    assert same.n_accounts == (len(members), len(members))
    assert same.likeness_of_hours == pytest.approx(1)
    assert np.array_equal(*same.hours)
    devices = {row["device_hash"] for row in of_cluster(run, "interactions", 1)}
    assert set(same.machines["device_hash"]["value"].to_pylist()) == devices
    assert set(same.machines) == {"device_hash"}


def test_two_runs(copied) -> None:
    a, b = (Library(copied(name)).runs()[0].tables for name in ("plain", "bare"))
    other = 1 if ids(a, "members", 1) & ids(b, "members", 1) else 2
    found = compare(a, 1, b, other)
    shared = ids(a, "members", 1) & ids(b, "members", other)
    assert set(found.accounts["account_id"].to_pylist()) == shared
    assert shared
    for run, side in ((a, "row_a"), (b, "row_b")):
        all_ = names(run, "accounts", "account_id")
        assert [all_[i] for i in found.accounts[side].to_pylist()] == (
            found.accounts["account_id"].to_pylist()
        )
    assert set(found.targets["content_id"].to_pylist()) == (
        ids(a, "targets", 1) & ids(b, "targets", other)
    )
    assert found.machines == {}
    assert len(compare(a, 1, a, 2).accounts) == 0


def test_ids_of_two_types_have_nothing_in_common(copied) -> None:
    a, b = (Library(copied(name)).runs()[0].tables for name in ("plain", "numbers"))
    found = compare(a, 1, b, 1)
    assert (len(found.accounts), len(found.targets)) == (0, 0)
    assert found.accounts["account_id"].type == a.source.id_type
    with pytest.raises(NoSuchCluster):
        compare(a, 1, b, 99)
