"""Whatever is wrong with a log is named: file, column, what was found, what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cib.datasets import InteractionLog, TemporaryError, read_log
from cib.datasets.errors import BadDataError

START = 1_709_251_200_000_000
STAMP = pa.timestamp("us", "UTC")


def refused(source: object, *words: str, **options: Any) -> str:
    """The message of the error, which must name all these words and be safe to print."""
    with pytest.raises(BadDataError) as caught:
        read_log(source, **options)  # type: ignore[arg-type]
    message = str(caught.value)
    for word in words:
        assert word in message
    assert caught.value.exit_code == 65
    assert message.isprintable()
    assert len(message) < 1500
    return message


def quarantined(log: InteractionLog) -> list[tuple[str, str, str, int, int | None]]:
    """file, column, reason, n_rows, first_row; and the sum agrees with the accounting."""
    assert log.quarantine is not None
    rows = log.quarantine.to_pylist()
    assert sum(row["n_rows"] for row in rows) == log.accounting.quarantined
    return [(r["file"], r["column"], r["reason"], r["n_rows"], r["first_row"]) for r in rows]


# Columns


def test_required_columns_that_no_file_has(write: Any) -> None:
    path = write(
        "log.parquet", account_id=None, content_id=None, ts=None,
        user_id=[1] * 4, object=[2] * 4, timestamp=[1_709_251_200] * 4,
    )  # fmt: skip
    refused(
        path, "log.parquet", "account_id (the account that acted)", "content_id", "ts",
        "columns found: action, user_id, object, timestamp",
        "--map account_id=user_id,content_id=object,ts=timestamp:s",
    )  # fmt: skip


def test_required_column_without_a_candidate(write: Any) -> None:
    path = write("log.parquet", ts=None, zzz=[1] * 4)
    refused(path, "log.parquet", "ts (when it happened (UTC))", "zzz", "--map ts=COLUMN")


def test_mapped_column_that_no_file_has(write: Any) -> None:
    path = write("in/a.parquet", account=["x"] * 4)
    write("in/b.parquet")
    refused(
        path.parent, "a.parquet and 1 more files", "no column acount (mapped to account_id)",
        "columns found: account_id, content_id, action, ts, account",
        "did you mean --map account_id=account?", columns={"account_id": "acount"},
    )  # fmt: skip
    path = write("in/colon.parquet", ts=None, **{"ts:": pa.array([START] * 4, STAMP)})
    for columns in ({}, {"ts": "ts:"}):
        refused(path, "--map ts=ts::", columns=columns)
    assert read_log(path, columns={"ts": "ts::"}).n_rows == 4


def test_column_missing_in_some_files(write: Any) -> None:
    folder = write("in/a.parquet", n=200).parent
    write("in/b.parquet", n=2, content_id=None)
    log = read_log(folder)
    assert quarantined(log) == [("b.parquet", "content_id", "no column content_id", 2, 0)]
    assert (log.accounting.read, log.accounting.used) == (202, 200)
    write("in/c.parquet", n=3, content_id=None)
    refused(folder, "5 of 205 rows", "no column content_id", "b.parquet", "--max-bad-share 0.01")


def test_action_missing_in_some_files(write: Any) -> None:
    folder = write("in/a.parquet").parent
    write("in/b.parquet", n=2, action=None)
    log = read_log(folder, max_bad_share=0.5)
    assert quarantined(log) == [("b.parquet", "action", "no column action", 2, 0)]


def test_column_there_twice(tmp_path: Path) -> None:
    column = pa.array(["x"])
    names = ["account_id", "account_id", "content_id", "ts"]
    pq.write_table(pa.table([column] * 4, names=names), tmp_path / "log.parquet")
    refused(tmp_path / "log.parquet", "log.parquet", "account_id", "2 times", "rename")


# Types


def test_float_ids(write: Any) -> None:
    path = write("log.parquet", account_id=[1.0, 2.0, 3.0, 4.0])
    refused(
        path, "log.parquet: column account_id", "double", "floating point", "integer or as text"
    )


@pytest.mark.parametrize(
    "values",
    [
        [True] * 4,
        [[1]] * 4,
        [{"a": 1}] * 4,
        pa.array([1] * 4, pa.decimal128(38, 0)),
        pa.array([1] * 4, STAMP),
    ],
)
def test_types_that_hold_no_ids(write: Any, values: Any) -> None:
    refused(
        write("log.parquet", content_id=values),
        "log.parquet: column content_id has type",
        "ids must be",
    )


def test_ids_of_two_types(write: Any) -> None:
    folder = write("in/a.parquet", who=[1, 2, 3, 4]).parent
    write("in/b.parquet", who=["1", "2", "3", "4"])
    refused(
        folder, "account_id: column who", "int64 in a.parquet", "string in b.parquet", "one type",
        columns={"account_id": "who"},
    )  # fmt: skip


def test_negative_ids_where_ids_are_unsigned(write: Any) -> None:
    folder = write("in/a.parquet", account_id=pa.array([2**64 - 1] * 4, pa.uint64())).parent
    write("in/b.parquet", account_id=pa.array([-1, 5, 6, 7], pa.int64()))
    log = read_log(folder, max_bad_share=0.5)
    assert quarantined(log) == [
        ("b.parquet", "account_id", "negative where other files have uint64", 1, 0)
    ]
    assert log.account_ids.to_pylist() == [5, 6, 7, 2**64 - 1]


@pytest.mark.parametrize("values", [[True] * 4, [[1]] * 4, pa.array([1] * 4, pa.duration("s"))])
def test_types_that_hold_no_instant(write: Any, values: Any) -> None:
    refused(write("log.parquet", ts=values), "log.parquet: column ts has type", "ISO 8601")


def test_optional_column_of_a_useless_type_can_be_left_out(write: Any) -> None:
    path = write("log.parquet", platform=[[1]] * 4)
    refused(path, "log.parquet: column platform", "list", "--map platform=")
    assert read_log(path, columns={"platform": ""}).n_rows == 4
    path = write("log.parquet", duration_ms=[True] * 4)
    refused(path, "log.parquet: column duration_ms", "bool", "whole numbers", "--map duration_ms=")


# Times


@pytest.mark.parametrize(
    ("unit", "per_second", "words"),
    [
        ("s", 1, "seconds"),
        ("ms", 1000, "milliseconds"),
        ("us", 10**6, "microseconds"),
        ("ns", 10**9, "nanoseconds"),
    ],
)
@pytest.mark.parametrize("statistics", [True, False])
def test_integer_times_without_a_unit(
    write: Any, unit: str, per_second: int, words: str, statistics: bool
) -> None:
    start = 1_709_251_200 * per_second
    path = write(
        "log.parquet",
        when=[start, start + 1, start + 5, start + 2],
        options={"write_statistics": statistics},
    )
    refused(
        path, "log.parquet: column when (ts)", f"from {start} to {start + 5}",
        f"looks like {words}", f"--map ts=when:{unit}", columns={"ts": "when"},
    )  # fmt: skip


def test_whole_log_in_another_unit(write: Any) -> None:
    path = write("log.parquet", ts=[1_709_251_200_000 + i for i in range(4)])
    refused(
        path, "4 of 4 rows (100.0%)", "read as seconds", "plausible as milliseconds", "log.parquet",
        "1709251200000", columns={"ts": "ts:s"},
    )  # fmt: skip


def test_one_file_in_another_unit(write: Any) -> None:
    folder = write("in/a.parquet", n=300, ts=[1_709_251_200 + i for i in range(300)]).parent
    write("in/b.parquet", n=3, ts=[1_709_251_200_000] * 3)
    log = read_log(folder, columns={"ts": "ts:s"})
    reason = "time outside 1990 to 2100 when read as seconds; it would be plausible as milliseconds"
    assert quarantined(log) == [("b.parquet", "ts", reason, 3, 0)]


def test_absurd_times(write: Any) -> None:
    values = [None, 0, 16_725_225_600, START // 10**6, START // 10**6 + 1]
    log = read_log(write("log.parquet", n=5, ts=values), columns={"ts": "ts:s"}, max_bad_share=0.9)
    reason = "time outside 1990 to 2100 when read as seconds"
    assert quarantined(log) == [
        ("log.parquet", "ts", "null", 1, 0),
        ("log.parquet", "ts", reason, 2, 1),
    ]
    assert log.quarantine is not None
    assert log.quarantine["example"].to_pylist() == [None, "0"]


def test_timestamps_from_another_millennium(write: Any) -> None:
    values = pa.array([2**62, 1_709_251_200, START, START], pa.timestamp("us"))
    log = read_log(write("log.parquet", ts=values), max_bad_share=0.9)
    assert log.quarantine is not None
    shown = dict(
        zip(
            log.quarantine["reason"].to_pylist(), log.quarantine["example"].to_pylist(), strict=True
        )
    )
    start = "time outside 1990 to 2100 when read as microseconds"
    assert shown == {
        start: f"{2**62} (timestamp[us])",
        f"{start}; it would be plausible as seconds": "1970-01-01T00:28:29.251200Z",
    }


def test_text_that_is_no_time(write: Any) -> None:
    values = ["2024-03-01T00:00:00Z", "yesterday\x1b[2J", "2024-03-01 01:00:00+01:00", "2024-02-30"]
    log = read_log(write("log.parquet", ts=values, account_id=list("abcd")), max_bad_share=0.5)
    assert quarantined(log) == [("log.parquet", "ts", "not an ISO 8601 time", 2, 1)]
    assert log.quarantine is not None
    assert log.quarantine["example"].to_pylist() == ["yesterday\\u{1b}[2J"]
    assert log.ts.tolist() == [START, START]


def test_a_date_beyond_the_calendar(write: Any) -> None:
    days = pa.array([19_783, 19_783, 2**31 - 1, 19_784], pa.date32())
    log = read_log(write("log.parquet", ts=days, account_id=list("abcd")), max_bad_share=0.5)
    assert quarantined(log) == [("log.parquet", "ts", "time outside 1990 to 2100", 1, 2)]
    assert log.quarantine is not None
    assert log.quarantine["example"].to_pylist() == ["<value out of range: 2147483647>"]


# Ids


def test_null_and_empty_values(write: Any) -> None:
    n = 10
    path = write(
        "log.parquet", n=n,
        account_id=[None, "", *["a"] * 8], content_id=["c", "c", None, "", *["c"] * 6],
        action=["x"] * 4 + [None, "", *["x"] * 4], options={"row_group_size": 3},
    )  # fmt: skip
    log = read_log(path, max_bad_share=0.6)
    assert quarantined(log) == [
        ("log.parquet", "account_id", "empty text", 1, 1),
        ("log.parquet", "account_id", "null", 1, 0),
        ("log.parquet", "action", "empty text", 1, 5),
        ("log.parquet", "action", "null", 1, 4),
        ("log.parquet", "content_id", "empty text", 1, 3),
        ("log.parquet", "content_id", "null", 1, 2),
    ]
    assert log.n_rows == 4
    refused(path, "6 of 10 rows (60.0%)", "null", max_bad_share=0.59)
    # rows out of scope do not thin out what is bad
    refused(path, "6 of 8 rows in scope (75.0%)", until=START + 8_000_000, max_bad_share=0.7)


def test_rows_without_a_time_are_bad_rows_of_the_whole_log(write: Any) -> None:
    """A few of them must not stop the scan of a short period."""
    times = [None, *(START + 1_000_000 * i for i in range(1, 10))]
    path = write("log.parquet", n=10, ts=pa.array(times, STAMP))
    log = read_log(path, since=START + 8_000_000, max_bad_share=0.1)
    assert (log.n_rows, log.accounting.quarantined, log.accounting.out_of_scope) == (2, 1, 7)
    refused(path, "1 of 10 rows (10.0%)", max_bad_share=0.09)


def test_a_column_that_is_all_null(write: Any) -> None:
    folder = write("in/a.parquet").parent
    write("in/b.parquet", account_id=pa.nulls(4))
    log = read_log(folder, max_bad_share=0.5)
    assert quarantined(log) == [("b.parquet", "account_id", "null", 4, 0)]
    refused(folder / "b.parquet", "account_id: null", max_bad_share=0.5)


def test_a_monstrous_id(write: Any) -> None:
    ids = ["x" * (2**20 + 1), "x" * 2**20, "b", "c"]
    log = read_log(write("log.parquet", content_id=ids), max_bad_share=0.5)
    assert quarantined(log) == [("log.parquet", "content_id", "longer than 1 MiB", 1, 0)]
    assert log.quarantine is not None
    assert len(log.quarantine["example"][0].as_py()) == 80
    assert log.content_ids.to_pylist() == ["b", "c", "x" * 2**20]


def test_text_that_is_not_utf8(write: Any) -> None:
    raw = pa.array([b"caf\xe9", b"ok", b"ok", "é".encode()], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), 4, raw.buffers())
    for column, reason in (("account_id", "not valid UTF-8"), ("action", "not valid UTF-8")):
        log = read_log(write("log.parquet", **{column: broken}), max_bad_share=0.5)
        assert quarantined(log) == [("log.parquet", column, reason, 1, 0)]
        assert log.quarantine is not None
        assert log.quarantine["example"].to_pylist() == ["caf\\xe9"]
    log = read_log(write("log.parquet", market=broken))
    assert log.extras["market"].to_pylist() == [None, "ok", "ok", "é"]
    assert log.notes is not None
    assert log.notes["reason"].to_pylist() == ["not valid UTF-8"]


def test_hostile_names_are_harmless_in_messages(write: Any) -> None:
    path = write("evil\x1b[2J\u202e.parquet", ts=None, **{"\x1b]0;pwned\x07": [1] * 4})
    message = refused(path, "evil\\u{1b}[2J\\u{202e}.parquet", "\\u{1b}]0;pwned\\u{7}")
    assert "\n" not in message


# Files


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["is empty (0 bytes)"]),
        (
            b"account,object,ts\n1,2,3\n",
            ['starts with "account,object,ts"', "looks like CSV, not Parquet"],
        ),
        (b'\n{"account": 1}\n', ["looks like JSON"]),
        (b"a\tb\n", ["tab-separated"]),
        (b"\x1f\x8b\x08\x00abc", ["gzip"]),
        (b"ARROW1\x00\x00", ["Feather"]),
        (b"\x00\x01\x02\x03" * 10, ["not Parquet", "\\u{0}"]),
        (b"hello", ['starts with "hello"', "not Parquet"]),
        (b"PAR1", ["truncated", "footer is missing", "4 bytes"]),
        (b"PAR1\x15\x04\x15" + b"x" * 90, ["truncated", "footer is missing"]),
        (b"PAR1" + b"\xff" * 20 + b"\x14\x00\x00\x00PAR1", ["footer is corrupt"]),
        (b"PAR1abcd\xff\xff\xff\x7fPAR1", ["footer is corrupt", "longer than the file"]),
        (b"PARE" + b"x" * 20 + b"PARE", ["encrypted"]),
    ],
)
def test_a_file_that_is_not_parquet(
    write: Any, tmp_path: Path, content: bytes, words: list[str]
) -> None:
    (tmp_path / "bad.parquet").write_bytes(content)
    refused(tmp_path / "bad.parquet", "bad.parquet", *words)
    folder = write("in/good.parquet", n=5000, account_id=[f"a{i}" for i in range(5000)]).parent
    (folder / "bad.parquet").write_bytes(content)
    log = read_log(folder)
    assert log.n_rows == log.accounting.read == 5000
    assert log.quarantine is not None
    (entry,) = log.quarantine.to_pylist()
    assert (entry["file"], entry["column"], entry["n_rows"]) == ("bad.parquet", "", 0)
    for word in words:
        assert word in entry["reason"]
    assert [e["rows"] for e in log.inputs] == [0, 5000]


def test_unreadable_files_that_hold_too_many_bytes(write: Any) -> None:
    folder = write("in/good.parquet").parent
    (folder / "bad.parquet").write_bytes(b"a,b\n" * 1000)
    refused(folder, "bad.parquet", "looks like CSV", "of the bytes", "--max-bad-share")
    assert read_log(folder, max_bad_share=0.9).n_rows == 4
    (folder / "good.parquet").unlink()
    refused(folder, "bad.parquet", "looks like CSV", "no other file", max_bad_share=1.0)


def test_a_truncated_file_among_good_ones(write: Any) -> None:
    folder = write("in/good.parquet", n=5000, account_id=[f"a{i}" for i in range(5000)]).parent
    whole = write("in/cut.parquet").read_bytes()
    (folder / "cut.parquet").write_bytes(whole[: len(whole) // 4])
    log = read_log(folder, max_bad_share=0.05)
    assert [entry[0] for entry in quarantined(log)] == ["cut.parquet"]
    assert "truncated" in quarantined(log)[0][2]


@pytest.mark.parametrize("kind", ["dangling", "pipe"])
def test_entries_that_are_no_files(write: Any, tmp_path: Path, kind: str) -> None:
    folder = write("in/good.parquet").parent
    bad = folder / "bad.parquet"
    if kind == "dangling":
        bad.symlink_to(tmp_path / "nowhere")
        reason = "is a link to a file that is not there"
    else:
        os.mkfifo(bad)
        reason = "is a named pipe, not a file"
    assert quarantined(read_log(folder)) == [("bad.parquet", "", reason, 0, None)]
    refused(bad, "bad.parquet", reason)


def test_a_file_without_permission(write: Any) -> None:
    folder = write("in/good.parquet").parent
    path = write("in/secret.parquet", n=1)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    refused(path, "secret.parquet", "permission denied", "grant read access")
    assert "permission denied" in quarantined(read_log(folder, max_bad_share=0.9))[0][2]


def test_a_folder_without_permission(write: Any) -> None:
    folder = write("in/sub/a.parquet").parent
    write("in/b.parquet")
    folder.chmod(0)
    try:
        if os.access(folder, os.R_OK):
            pytest.skip("this user may list everything")
        refused(folder.parent, "sub: permission denied to list this folder")
    finally:
        folder.chmod(0o755)


def test_a_corrupt_row_group(write: Any) -> None:
    n = 60_000
    path = write(
        "log.parquet", n=n, account_id=[f"a{i}" for i in range(n)], market=["SE"] * n,
        options={"row_group_size": 20_000, "compression": "zstd", "use_dictionary": ["action"]},
    )  # fmt: skip
    whole = read_log(path)
    chunk = pq.ParquetFile(path).metadata.row_group(1).column(0)
    data = bytearray(path.read_bytes())
    end = chunk.data_page_offset + chunk.total_compressed_size
    data[end - 2000 : end] = b"\x00" * 2000
    path.write_bytes(data)
    log = read_log(path, max_bad_share=0.5)
    ((file, column, reason, n_rows, first_row),) = quarantined(log)
    assert (file, column, n_rows, first_row) == ("log.parquet", "", 20_000, 20_000)
    assert reason.startswith("corrupt row group: ")
    assert (log.accounting.read, log.accounting.used) == (n, 40_000)
    expected = sorted(f"a{i}" for i in range(n) if not 20_000 <= i < 40_000)
    assert log.account_ids.to_pylist() == expected
    assert len(log.extras["market"]) == 40_000
    assert log.ts.tolist() == [*whole.ts[:20_000].tolist(), *whole.ts[40_000:].tolist()]
    refused(path, "20,000 of 60,000 rows (33.3%)", "corrupt row group", "log.parquet")


def test_a_silent_flip_is_found_by_the_page_checksum(write: Any) -> None:
    path = write(
        "log.parquet", n=1000, content_id=list(range(1000)),
        options={"write_page_checksum": True, "compression": "none", "use_dictionary": False},
    )  # fmt: skip
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(1)
    data = bytearray(path.read_bytes())
    data[chunk.data_page_offset + chunk.total_compressed_size - 100] ^= 1
    path.write_bytes(data)
    refused(path, "1,000 of 1,000 rows", "corrupt row group")


def test_an_index_beyond_its_dictionary(write: Any) -> None:
    n = 5000  # indices of 9 bits, of which 300 to 511 stand for nothing
    path = write(
        "log.parquet", n=n, account_id=[f"a{i % 300}" for i in range(n)],
        options={"compression": "none", "row_group_size": 4000},
    )  # fmt: skip
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(0)
    data = bytearray(path.read_bytes())
    at = chunk.data_page_offset + 2000
    data[at : at + 3] = b"\xff" * 3
    path.write_bytes(data)
    reason = "corrupt row group: account_id has values that are not in its dictionary"
    assert quarantined(read_log(path, max_bad_share=1)) == [("log.parquet", "", reason, 4000, 0)]


@pytest.mark.parametrize(
    ("there", "instead", "words"),
    [
        (b"\x16\xd8\x04", b"\x16\xc2\x00", "300 rows, and 33 in its row groups"),
        (b"\x16\xd8\x04", b"\x16\xd7\x04", "300 rows, and -300 in its row groups"),
        (b"\x18\x0aaccount_id", b"\x18\x0a\xffccount_id", "codec can't decode byte 0xff"),
        (b"\x15\x0c\x19", b"\x15\x7c\x19", "is of BYTE_ARRAY and UNKNOWN"),
    ],
    ids=["rows", "negative", "path", "type"],
)
def test_a_footer_that_contradicts_itself(
    write: Any, there: bytes, instead: bytes, words: str
) -> None:
    """Thrift's bytes: field, value. The last of each stands in the row group, not in the schema."""
    path = write("log.parquet", n=300)
    before, found, after = path.read_bytes().rpartition(there)
    assert found
    path.write_bytes(before + instead + after)
    refused(path, "log.parquet: the Parquet footer is corrupt", words, "write the file again")


def test_a_file_that_changes_while_it_is_read(write: Any) -> None:
    folder = write("in/a.parquet").parent
    for i in range(9):  # more than are decoded ahead
        write(f"in/b{i}.parquet")

    def rewrite(done: int, total: int) -> None:
        if done == 4:
            write("in/c.parquet", n=9)

    write("in/c.parquet")
    with pytest.raises(TemporaryError, match=r"c\.parquet: changed while it was read; run again"):
        read_log(folder, progress=rewrite)


def test_a_file_whose_name_is_not_text(write: Any) -> None:
    folder = write("in/a.parquet").parent
    (folder / "a.parquet").rename(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.parquet"))
    log = read_log(folder)
    assert [entry["name"] for entry in log.inputs] == ["caf\\udce9.parquet"]
    refused(folder, "caf\\xe9.parquet", columns={"ts": "nope"})


def test_memory_is_the_machines_fault_unless_damage_asks_for_it() -> None:
    from cib.datasets.batches import _asks_too_much

    assert _asks_too_much(MemoryError("malloc of size 9000000000000 failed"), 1_000_000)
    assert not _asks_too_much(MemoryError("malloc of size 1000000 failed"), 1_000_000)
    assert not _asks_too_much(MemoryError(), 1_000_000)


# Nothing left


def test_no_rows(write: Any) -> None:
    refused(write("log.parquet", n=0), "log.parquet", "has no rows")


def test_empty_files_among_others_do_not_matter(write: Any) -> None:
    folder = write("in/a.parquet").parent
    write(
        "in/b.parquet", n=0, account_id=pa.nulls(0), content_id=pa.array([], pa.float64()), ts=None
    )
    log = read_log(folder, max_bad_share=0)
    assert log.n_rows == 4
    assert quarantined(log) == []


def test_nothing_in_scope(write: Any) -> None:
    path = write("log.parquet")
    refused(
        path, "none of 4 rows is left", "4 outside", "actions found: play",
        "times found: 2024-03-01T00:00:00Z to 2024-03-01T00:00:03Z", "widen", actions=["plya"],
    )  # fmt: skip
    # row groups that nobody decodes tell their times as well
    found = "times found: 2024-03-01T00:00:00Z to 2024-03-01T00:00:03Z"
    refused(path, "none of 4 rows is left", found, since=START + 10**9)
