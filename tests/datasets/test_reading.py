"""`read_log` against a slow, obvious twin on random logs written in random ways."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.datasets import InteractionLog, fingerprint, read_log
from cib.datasets.errors import UsageError
from cib.datasets.scratch import Scratch
from same_log import same

START = 1_709_251_200_000_000  # 2024-03-01 UTC, a Friday
SECOND = 1_000_000
Row = dict[str, Any]


def rows_of(log: InteractionLog) -> list[Row]:
    """The log as plain rows, bytes as text."""

    def plain(values: pa.Array) -> list[Any]:
        return [v.decode() if isinstance(v, bytes) else v for v in values.to_pylist()]

    extras = {name: plain(values) for name, values in log.extras.items()}
    accounts, contents = plain(log.account_ids), plain(log.content_ids)
    return [
        {
            "account_id": accounts[log.account[i]],
            "content_id": contents[log.content[i]],
            "action": log.action_names[log.action[i]],
            "ts": int(log.ts[i]),
            **{name: values[i] for name, values in extras.items()},
        }
        for i in range(log.n_rows)
    ]


def naive_read(
    files: list[list[Row]], actions: set[str] | None, since: int | None, until: int | None
) -> tuple[list[Row], Counter[str], Counter[tuple[str, str]]]:
    """What reading means, one row at a time."""
    used: list[Row] = []
    fate: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    seen: set[object] = set()
    for row in (row for rows in files for row in rows):
        fate["read"] += 1
        ts = row["ts"]
        bad = None
        if ts is None:
            bad = ("ts", "null")
        elif ts == 0:
            bad = ("ts", "time outside 1990 to 2100")
        elif (since is not None and ts < since) or (until is not None and ts >= until):
            fate["out_of_scope"] += 1
            continue
        elif row["action"] is None:
            bad = ("action", "null")
        elif actions is not None and row["action"] not in actions:
            fate["out_of_scope"] += 1
            continue
        else:
            for name in ("account_id", "content_id"):
                if row[name] is None:
                    bad = (name, "null")
                elif row[name] == "":
                    bad = (name, "empty text")
                if bad:
                    break
        if bad:
            fate["quarantined"] += 1
            reasons[bad] += 1
            continue
        event = row.get("event_id")
        key = event or (row["account_id"], row["content_id"], row["action"], ts)
        if key in seen:
            fate["duplicates"] += 1
            continue
        seen.add(key)
        fate["used"] += 1
        used.append({name: value for name, value in row.items() if name != "event_id"})
    return used, fate, reasons


def layout(draw: Callable[..., Any], kinds: list[pa.DataType]) -> pa.DataType:
    kind = draw(st.sampled_from(kinds))
    if pa.types.is_string_view(kind) or draw(st.booleans()):  # Arrow writes no dictionary of views
        return kind
    return pa.dictionary(draw(st.sampled_from([pa.int8(), pa.int32()])), kind)


TEXT_KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.binary()]
STAMPS = [pa.timestamp(u, z) for u in ("s", "ms", "us", "ns") for z in (None, "UTC", "Asia/Tokyo")]


def as_column(values: list[Any], kind: pa.DataType) -> pa.Array:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_binary(plain):
        values = [v if v is None else v.encode() for v in values]
    column = pa.array(values, plain)
    return column if plain == kind else column.dictionary_encode().cast(kind)


@st.composite
def logs(draw: Callable[..., Any]) -> tuple[list[list[Row]], list[tuple[pa.Table, dict[str, Any]]]]:
    """Rows of up to three files, and the tables to write with their writer options."""
    integer_ids = draw(st.booleans())
    with_event, with_extras = draw(st.booleans()), draw(st.booleans())
    account = (
        st.integers(0, 5)
        if integer_ids
        else st.sampled_from(["", "a", "B", "é🎵", "\x1b[2J", "a\x00"])
    )
    columns: dict[str, st.SearchStrategy[Any]] = {
        "account_id": st.none() | account | account,
        "content_id": st.none() | st.integers(-3, 5),
        "action": st.none() | st.sampled_from(["play", "like", "skip"]),
        "ts": st.sampled_from([None, 0, *[START + i * SECOND for i in range(6)]]),
    }
    if with_event:
        columns["event_id"] = st.none() | st.sampled_from(["", "e1", "e2", "e3" * 9])
    if with_extras:
        columns["duration_ms"] = st.none() | st.integers(0, 2**31 - 1)
        columns["device_hash"] = st.none() | st.sampled_from(["d1", "d2"])
    files = draw(
        st.lists(st.lists(st.fixed_dictionaries(columns), max_size=12), min_size=1, max_size=3)
    )
    tables = []
    for rows in files:
        kinds = {
            "account_id": layout(
                draw, [pa.int8(), pa.uint16(), pa.int64()] if integer_ids else TEXT_KINDS
            ),
            "content_id": layout(draw, [pa.int8(), pa.int32(), pa.int64()]),
            "action": layout(draw, TEXT_KINDS),
            "ts": draw(
                st.sampled_from([*STAMPS, pa.string(), pa.int32(), pa.uint64(), pa.float64()])
            ),
            "event_id": layout(draw, TEXT_KINDS),
            "duration_ms": draw(
                st.sampled_from([pa.int32(), pa.int64(), pa.float64(), pa.string()])
            ),
            "device_hash": layout(draw, TEXT_KINDS),
        }
        table: dict[str, pa.Array] = {}
        for name in draw(st.permutations(list(columns))):
            values = [row[name] for row in rows]
            if name == "ts":
                kind = kinds["ts"]
                if pa.types.is_timestamp(kind):
                    values = pa.array(values, pa.timestamp("us", kind.tz)).cast(kind)
                elif pa.types.is_string(kind):
                    iso = [None if v is None else str(np.datetime64(v, "us")) for v in values]
                    values = pa.array(iso, kind)
                else:
                    values = pa.array([None if v is None else v // SECOND for v in values], kind)
                table[name] = values
            elif name == "duration_ms" and pa.types.is_string(kinds[name]):
                table[name] = pa.array([None if v is None else str(v) for v in values], pa.string())
            else:
                table[name] = as_column(values, kinds[name])
        options = {
            "row_group_size": draw(st.integers(1, 12)),
            "compression": draw(st.sampled_from(["none", "snappy", "zstd"])),
            "use_dictionary": draw(st.booleans()),
        }
        tables.append((pa.table(table), options))
    return files, tables


@settings(max_examples=60)
@given(
    logs(),
    st.none() | st.sets(st.sampled_from(["play", "like"])),
    st.none() | st.integers(-1, 6),
    st.none() | st.integers(-1, 6),
)
def test_reading_equals_its_naive_twin(
    log: tuple[list[list[Row]], list[tuple[pa.Table, dict[str, Any]]]],
    actions: set[str] | None, since: int | None, until: int | None,
) -> None:  # fmt: skip
    files, tables = log
    since = since if since is None else START + since * SECOND
    until = until if until is None else START + until * SECOND
    used, fate, reasons = naive_read(files, actions, since, until)
    scope: dict[str, Any] = {
        "columns": {"ts": "ts:s"},
        "actions": actions,
        "since": since,
        "until": until,
        "max_bad_share": 1.0,
    }
    with tempfile.TemporaryDirectory() as folder:
        for i, (table, options) in enumerate(tables):
            pq.write_table(table, f"{folder}/{i}.parquet", **options)
        if not used:
            with pytest.raises(Exception, match=r"no rows|none of"):
                read_log(folder, **scope)
            return
        found = read_log(folder, **scope)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Scratch, "memory", property(lambda _: 0, lambda *_: None), raising=False)
            on_disk = read_log(folder, **scope, threads=1)
    assert same(found, on_disk)
    assert on_disk.scratch.spilled > found.scratch.spilled == 0
    assert rows_of(found) == used
    account = found.accounting
    assert {k: v for k, v in fate.items() if v} == {
        k: getattr(account, k)
        for k in ("read", "used", "quarantined", "duplicates", "out_of_scope")
        if getattr(account, k)
    }
    assert found.quarantine is not None
    noted: Counter[tuple[str, str]] = Counter()
    for row in found.quarantine.to_pylist():
        noted[(row["column"], row["reason"].partition(" when")[0])] += row["n_rows"]
    assert noted == reasons
    for ids in (found.account_ids, found.content_ids):
        values = ids.to_pylist()
        assert values == sorted(
            values, key=lambda v: v if isinstance(v, int | bytes) else v.encode()
        )
    for codes, ids in ((found.account, found.account_ids), (found.content, found.content_ids)):
        assert set(codes.tolist()) == set(range(len(ids)))
    assert list(found.action_names) == sorted({row["action"] for row in used})


def test_arrays_have_the_types_that_the_contract_names(write: Any) -> None:
    log = read_log(write("log.parquet"))
    assert [a.dtype for a in (log.account, log.content, log.action, log.ts)] == [
        np.dtype(t) for t in ("int32", "int32", "int16", "int64")
    ]
    assert log.quarantine is not None
    assert log.quarantine.num_rows == 0
    assert log.quarantine.schema.names == [
        "file",
        "column",
        "reason",
        "n_rows",
        "first_row",
        "example",
    ]


@pytest.mark.parametrize(
    ("kinds", "result"),
    [
        ([pa.int8()], pa.int8()),
        ([pa.int32(), pa.int64()], pa.int64()),
        ([pa.uint32(), pa.int32()], pa.int64()),
        ([pa.uint64()], pa.uint64()),
        ([pa.uint64(), pa.int64()], pa.uint64()),
        ([pa.string()], pa.string()),
        ([pa.string(), pa.large_string()], pa.large_string()),
        ([pa.string_view()], pa.string()),
        ([pa.binary()], pa.binary()),
        ([pa.binary(), pa.string()], pa.string()),
        ([pa.dictionary(pa.int8(), pa.string())], pa.string()),
        ([pa.dictionary(pa.int8(), pa.int32())], pa.int32()),
        ([pa.binary(2)], pa.binary(2)),
    ],
)
def test_ids_come_back_in_their_type(
    write: Any, kinds: list[pa.DataType], result: pa.DataType
) -> None:
    numeric = pa.types.is_integer(result)
    values = [7, 11, 100, 7] if numeric else [b"zz", b"ab", b"yy", b"zz"]
    for i, kind in enumerate(kinds):
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        column = pa.array(values, plain if numeric else pa.binary()).cast(plain)
        write(
            f"in/{i}.parquet",
            account_id=column if plain == kind else column.dictionary_encode().cast(kind),
        )
    log = read_log(write("in/last.parquet", account_id=column).parent, max_bad_share=0)
    assert log.account_ids.type == result
    wanted = sorted(set(values))
    assert log.account_ids.to_pylist() == (
        [v.decode() for v in wanted] if "string" in str(result) else wanted
    )


@pytest.mark.parametrize("name", ["int8", "uint8", "int32", "int64", "uint32", "uint64"])
def test_integer_ids_at_the_limits_of_their_type(write: Any, name: str) -> None:
    limits = np.iinfo(name)
    ids = [int(limits.max), int(limits.min), 0, 1]
    kind = pa.from_numpy_dtype(np.dtype(name))
    log = read_log(
        write("log.parquet", account_id=pa.array(ids, kind), content_id=pa.array(ids, kind))
    )
    assert log.account_ids.type == kind
    assert log.account_ids.to_pylist() == sorted(set(ids))
    assert [log.content_ids[int(c)].as_py() for c in log.content] == ids


def test_strange_texts_are_ids_like_any_other(write: Any) -> None:
    ids = [
        "🎵🎶",
        "\x1b[31m",
        "\u202egpj",
        "a" * 100_000,
        "a\x00b",
        "A",
        "a",
        " ",
        "null",
        "é",
        "e\u0301",
    ]
    log = read_log(write("log.parquet", n=len(ids), account_id=ids))
    assert log.account_ids.to_pylist() == sorted(ids, key=str.encode)
    assert [log.account_ids[int(c)].as_py() for c in log.account] == ids


def test_without_action_every_row_is_an_interaction(write: Any) -> None:
    log = read_log(write("log.parquet", action=None))
    assert log.action_names == ("interaction",)
    assert log.action.tolist() == [0] * 4
    assert read_log(write("log.parquet", action=None), actions=["interaction"]).n_rows == 4


def test_numbered_actions_become_text(write: Any) -> None:
    log = read_log(write("log.parquet", action=pa.array([10, 9, 10, 9], pa.int8())))
    assert log.action_names == ("10", "9")
    assert log.action.tolist() == [0, 1, 0, 1]


def test_extras_stay_aligned_and_typed(write: Any) -> None:
    path = write(
        "in/a.parquet",
        account_id=["x", None, "x", "y"],
        duration_ms=[1.0, 2.0, None, float("nan")],
        royalty_micro=["5", "", "x", "-7"],
        received_ts=pa.array([START, START, 0, None], pa.timestamp("us")),
        market=["SE", "NO", "SE", None],
        text_hash=pa.array([2**64 - 1, 0, 5, None], pa.uint64()),
    )
    write("in/b.parquet", n=1)
    log = read_log(path.parent, max_bad_share=0.5)
    assert log.extras["duration_ms"].type == pa.int32()
    assert log.extras["duration_ms"].to_pylist() == [1, None, None, None]
    assert log.extras["royalty_micro"].type == pa.int64()
    assert log.extras["royalty_micro"].to_pylist() == [5, None, -7, None]
    assert log.extras["received_ts"].type == pa.timestamp("us", "UTC")
    assert log.extras["received_ts"].cast(pa.int64()).to_pylist() == [START, None, None, None]
    assert log.extras["market"].type == pa.dictionary(pa.int8(), pa.string())
    assert log.extras["market"].to_pylist() == ["SE", "SE", None, None]
    assert log.extras["market"].dictionary.to_pylist() == ["SE"]
    assert log.extras["text_hash"].type == pa.dictionary(pa.int8(), pa.uint64())
    assert log.extras["text_hash"].to_pylist() == [2**64 - 1, 5, None, None]
    assert log.notes is not None
    assert [(r["column"], r["n_rows"], r["example"]) for r in log.notes.to_pylist()] == [
        ("received_ts", 1, "1970-01-01T00:00:00Z"),
        ("royalty_micro", 1, "x"),
    ]
    assert log.accounting.used == 4
    assert log.accounting.quarantined == 1


def test_only_the_extras_asked_for_are_kept(write: Any) -> None:
    path = write("log.parquet", market=["SE"] * 4, tier=["free"] * 4)
    assert list(read_log(path).extras) == ["market", "tier"]
    assert list(read_log(path, extras=["tier"]).extras) == ["tier"]
    assert list(read_log(path, columns={"tier": ""}).extras) == ["market"]
    with pytest.raises(UsageError, match="ts"):
        read_log(path, extras=["ts"])


def test_optional_columns_can_have_foreign_names(write: Any) -> None:
    path = write("log.parquet", country=["SE", "NO", None, "SE"], rts=[START // 1000] * 4)
    log = read_log(path, columns={"market": "country", "received_ts": "rts:ms"})
    assert log.extras["market"].to_pylist() == ["SE", "NO", None, "SE"]
    assert log.extras["received_ts"].cast(pa.int64()).to_pylist() == [START] * 4


def test_names_with_dots_are_names(write: Any) -> None:
    path = write("log.parquet", account_id=None, user=[1] * 4, **{"user.id": ["x", "y", "x", "y"]})
    assert read_log(path, columns={"account_id": "user.id"}).account_ids.to_pylist() == ["x", "y"]
    assert read_log(path, columns={"account_id": "user"}).account_ids.to_pylist() == [1]


def test_event_ids_decide_what_is_a_duplicate(write: Any) -> None:
    same = pa.array([START] * 6, pa.timestamp("us"))
    log = read_log(
        write(
            "log.parquet",
            n=6,
            ts=same,
            account_id=["a"] * 6,
            content_id=["c"] * 6,
            event_id=["1", "2", None, "1", None, ""],
        )
    )
    assert log.accounting.duplicates == 3
    assert log.n_rows == 3
    assert "event_id" not in log.extras


def test_a_copied_file_adds_nothing_but_duplicates(write: Any) -> None:
    one = write("in/one.parquet", n=50)
    alone = read_log(one)
    (one.parent / "two.parquet").write_bytes(one.read_bytes())
    log = read_log(one.parent)
    assert rows_of(log) == rows_of(alone)
    assert log.accounting.duplicates == log.accounting.used == 50


def test_file_order_and_splitting_do_not_change_codes(write: Any, tmp_path: Path) -> None:
    whole = pq.read_table(write("whole/log.parquet", n=30))
    (tmp_path / "split").mkdir()
    for i in range(3):
        pq.write_table(whole.slice((2 - i) * 10, 10), tmp_path / f"split/{i}.parquet")
    one, two = read_log(tmp_path / "whole"), read_log(tmp_path / "split")
    assert one.account_ids.equals(two.account_ids)
    key = ("ts", "account_id", "content_id")
    assert sorted(rows_of(one), key=lambda r: [r[k] for k in key]) == sorted(
        rows_of(two), key=lambda r: [r[k] for k in key]
    )


def test_row_groups_out_of_scope_are_counted_without_being_read(write: Any) -> None:
    path = write("log.parquet", n=100, options={"row_group_size": 10})
    data = bytearray(path.read_bytes())
    groups = pq.ParquetFile(path).metadata
    for group in range(10):
        if group != 4:
            chunk = groups.row_group(group).column(0)
            begin = chunk.dictionary_page_offset or chunk.data_page_offset
            data[begin : begin + chunk.total_compressed_size] = (
                b"\xff" * chunk.total_compressed_size
            )
    path.write_bytes(data)
    log = read_log(path, since=START + 40 * SECOND, until=START + 50 * SECOND, max_bad_share=0)
    assert log.ts.tolist() == [START + i * SECOND for i in range(40, 50)]
    assert log.accounting.out_of_scope == 90


def test_progress_ends_at_the_total(write: Any) -> None:
    calls: list[tuple[int, int]] = []
    read_log(
        write("log.parquet", n=40, options={"row_group_size": 10}),
        progress=lambda *c: calls.append(c),
    )
    assert calls == [(10, 40), (20, 40), (30, 40), (40, 40)]


def test_inputs_equal_the_fingerprint_taken_before(write: Any) -> None:
    folder = write("in/a.parquet").parent
    write("in/sub/b.parquet", n=7)
    before = fingerprint(folder)
    assert [(e["name"], e["rows"]) for e in before] == [("a.parquet", 4), ("sub/b.parquet", 7)]
    assert list(read_log(folder).inputs) == before
    write("in/a.parquet", account_id=["z"] * 4)
    after = fingerprint(folder)
    assert after[0]["fingerprint"] != before[0]["fingerprint"]
    assert after[1] == before[1]


def test_a_log_that_does_not_fit_is_refused_before_it_is_read(write: Any) -> None:
    path = write("log.parquet", n=100)
    assert read_log(path, memory=2**30).n_rows == 100
    with pytest.raises(UsageError, match="--memory 1 MiB is too little for any log"):
        read_log(path, memory=2**20)


def test_wide_rows_are_decoded_in_smaller_batches(write: Any) -> None:
    texts = [f"{i}" * 3_000 for i in range(3_000)]
    log = read_log(
        write(
            "log.parquet",
            n=3_000,
            text=texts,
            options={"use_dictionary": False, "compression": "zstd"},
        )
    )
    assert log.extras["text"].to_pylist() == texts
