"""One account's rows of a log, against the plain way: read it all, keep what is the account's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cib.datasets.account_rows import account_rows
from cib.datasets.errors import BadDataError

N = 5000


def log(seed: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "account_id": [f"user{i}" for i in rng.integers(0, 40, N)],
            "content_id": rng.integers(0, 2**63, N, dtype=np.uint64),
            "action": rng.choice(["play", "like"], N),
            "ts": pa.array(rng.integers(1_700_000_000_000_000, 1_700_900_000_000_000, N),
                           pa.timestamp("us", "UTC")),
            "market": rng.choice(["SE", "DE"], N),
        }
    )  # fmt: skip


def plainly(table: pa.Table, account: Any) -> list[tuple[Any, ...]]:
    rows = [row for row in table.to_pylist() if row["account_id"] == account]
    return sorted((row["ts"], str(row["content_id"]), row["action"], row["market"]) for row in rows)


def found(rows: pa.Table) -> list[tuple[Any, ...]]:
    return sorted(
        (row["ts"], row["content_id"], row["action"], row["market"]) for row in rows.to_pylist()
    )


@pytest.mark.parametrize("groups", [N, 700])
def test_finds_every_row_in_order_of_time(tmp_path: Path, groups: int) -> None:
    table = log()
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=groups)
    got = account_rows(tmp_path / "a.parquet", "user7")
    assert found(got.rows) == plainly(table, "user7")
    assert got.n_all == len(got.rows) > 0
    times = got.rows["ts"].to_pylist()
    assert times == sorted(times)
    assert not got.faults


def test_files_may_differ_in_type_order_and_encoding(tmp_path: Path) -> None:
    first, second = log(1), log(2)
    pq.write_table(first, tmp_path / "a.parquet")
    other = second.select(["market", "ts", "content_id", "action", "account_id"])
    other = other.set_column(4, "account_id", other["account_id"].dictionary_encode())
    pq.write_table(other, tmp_path / "b.parquet")
    got = account_rows(tmp_path, "user3")
    assert found(got.rows) == sorted(plainly(first, "user3") + plainly(second, "user3"))
    assert got.n_files == 2


def test_whole_numbers_of_several_widths(tmp_path: Path) -> None:
    for name, kind, ids in (("a", pa.int16(), [1, 2]), ("b", pa.uint64(), [2, 2**63 + 9])):
        rows = {"account_id": pa.array(ids, kind), "content_id": ["x", "y"], "ts": [5, 6]}
        pq.write_table(pa.table(rows), tmp_path / f"{name}.parquet")
    columns = {"ts": "ts:s"}
    stamped = [
        {
            "account_id": pa.array([2, 3], pa.int32()),
            "content_id": ["p", "q"],
            "ts": [1_700_000_000] * 2,
        }
    ]
    pq.write_table(pa.table(stamped[0]), tmp_path / "c.parquet")
    assert account_rows(tmp_path, 2, columns=columns).n_all == 3
    assert account_rows(tmp_path, 2**63 + 9, columns=columns).n_all == 1
    assert account_rows(tmp_path, -1, columns=columns).n_all == 0


def test_foreign_names_and_folders(tmp_path: Path) -> None:
    table = log().rename_columns(["who", "what", "kind", "when", "country"])
    for day in ("1", "2"):
        folder = tmp_path / f"day={day}" / "country=SE"
        folder.mkdir(parents=True)
        pq.write_table(table.drop_columns(["country"]), folder / "x.parquet")
    columns = {"account_id": "who", "content_id": "what", "action": "kind", "ts": "when",
               "market": "country"}  # fmt: skip
    got = account_rows(tmp_path, "user1", columns=columns)
    assert got.n_all == 2 * len(plainly(log(), "user1"))
    assert set(got.rows["market"].to_pylist()) == {"SE"}


def test_a_log_without_actions_has_one(tmp_path: Path) -> None:
    pq.write_table(log().drop_columns(["action"]), tmp_path / "a.parquet")
    got = account_rows(tmp_path, "user1")
    assert set(got.rows["action"].to_pylist()) == {"interaction"}


def test_says_which_files_are_broken_and_reads_the_others(tmp_path: Path) -> None:
    pq.write_table(log(), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[: len(whole) // 2])
    got = account_rows(tmp_path, "user1")
    assert found(got.rows) == plainly(log(), "user1")
    (fault,) = got.faults
    assert fault.startswith("b.parquet: ")


def test_keeps_no_more_than_asked_for_and_counts_all(tmp_path: Path) -> None:
    pq.write_table(log(), tmp_path / "a.parquet", row_group_size=500)
    whole = account_rows(tmp_path, "user1")
    got = account_rows(tmp_path, "user1", most=20)
    assert len(got.rows) == 20
    assert got.n_all == whole.n_all > 20


def test_a_log_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(BadDataError, match="no such file"):
        account_rows(tmp_path / "gone", "user1")
