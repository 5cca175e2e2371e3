"""Dictionary pages, dictionary types and plain pages are one and the same log."""

from __future__ import annotations

import tempfile
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.datasets import read_log
from cib.datasets.footers import read_footers
from cib.datasets.sources import list_files
from same_log import same

START = 1_709_251_200_000_000
TEXT = [None, "", "a", "b", "c" * 40, "\xff"]


def of(path: Any) -> frozenset[str]:
    """Columns of a file that will be decoded as dictionaries."""
    return read_footers(list_files(path))[0].dictionaries


def table(accounts: Any, contents: Any = None, first: int = 0) -> pa.Table:
    n = len(accounts)
    return pa.table(
        {
            "account_id": accounts,
            "content_id": contents if contents is not None else ["c"] * n,
            "ts": pa.array([START + first + i for i in range(n)], pa.timestamp("us")),
        }
    )


def awkward(n: int, value_type: pa.DataType) -> pa.Array:
    """Codes into a dictionary with unused, repeated and empty entries."""
    entries = pa.array(["unused", "x", "y", "x", "", "unused too"], value_type)
    codes = [None if i % 7 == 3 else 1 + i % 4 for i in range(n)]
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int8()), entries)


@pytest.mark.parametrize("value_type", [pa.string(), pa.large_string(), pa.binary()])
@pytest.mark.parametrize("n", [5, 3_000])
def test_strange_dictionaries(tmp_path: Any, value_type: pa.DataType, n: int) -> None:
    column = awkward(n, value_type)
    pq.write_table(table(column), tmp_path / "dictionary.parquet", row_group_size=1_100)
    plain = column.dictionary_decode()
    if pa.types.is_large_string(value_type):  # Arrow gives these dictionaries back as of strings
        plain = plain.cast(pa.string())
    pq.write_table(
        table(plain), tmp_path / "plain.parquet", use_dictionary=False, row_group_size=1_100
    )
    logs = [
        read_log(tmp_path / f"{name}.parquet", max_bad_share=1) for name in ("dictionary", "plain")
    ]
    assert same(*logs)
    assert logs[0].accounting.quarantined == sum(not value for value in plain.to_pylist())


@settings(max_examples=25)
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=40), min_size=1, max_size=3),
    st.booleans(),
)
def test_row_groups_with_their_own_dictionaries(groups: list[list[int]], typed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, dictionary in (("dictionary", True), ("plain", False)):
            writer = None
            for i, codes in enumerate(groups):
                column = pa.array([TEXT[code] for code in codes], pa.string())
                if typed and dictionary:
                    column = column.dictionary_encode()
                part = table(column, first=1_000 * i)
                writer = writer or pq.ParquetWriter(
                    f"{folder}/{name}.parquet", part.schema, use_dictionary=dictionary
                )
                writer.write_table(part)
            writer.close()  # type: ignore[union-attr]
        usable = [TEXT[code] for codes in groups for code in codes if TEXT[code]]
        if usable:
            logs = [
                read_log(f"{folder}/{name}.parquet", max_bad_share=1)
                for name in ("dictionary", "plain")
            ]
            assert same(*logs)
            assert [logs[0].account_ids[c].as_py() for c in logs[0].account.tolist()] == usable


def test_a_dictionary_that_overflows_into_plain_pages(tmp_path: Any) -> None:
    n = 60_000
    few = [f"{i % 100:030d}" for i in range(n // 2)]
    texts = few + [f"{i:030d}" for i in range(n // 2)]
    for name, options in (
        ("overflow", {"dictionary_pagesize_limit": 20_000, "data_page_size": 10_000}),
        ("plain", {"use_dictionary": False}),
        ("typed", {}),
    ):
        column = pa.array(texts)
        if name == "typed":
            column = column.dictionary_encode()
        pq.write_table(table(column, pa.array(few + few)), tmp_path / f"{name}.parquet", **options)
    assert of(tmp_path / "overflow.parquet") == {"content_id"}
    assert of(tmp_path / "plain.parquet") == set()
    assert of(tmp_path / "typed.parquet") == {"content_id"}
    one, two, three = (
        read_log(tmp_path / f"{name}.parquet") for name in ("overflow", "plain", "typed")
    )
    assert same(one, two)
    assert same(one, three)


def test_mostly_dictionary_pages_and_a_plain_rest(tmp_path: Any) -> None:
    texts = ["x"] * 200_000 + [f"{i:030d}" for i in range(3_000)]
    path = tmp_path / "log.parquet"
    pq.write_table(table(pa.array(texts)), path, dictionary_pagesize_limit=20_000)
    assert "account_id" in of(path)
    log = read_log(path)
    assert log.account_ids.to_pylist() == sorted(set(texts))
    assert [log.account_ids[c].as_py() for c in log.account[-3_100:].tolist()] == texts[-3_100:]


def test_dictionaries_of_integers(tmp_path: Any) -> None:
    column = pa.array([5, None, -7, 5, 5]).dictionary_encode()
    pq.write_table(table(column), tmp_path / "log.parquet")
    log = read_log(tmp_path / "log.parquet", max_bad_share=1)
    assert log.account_ids.to_pylist() == [-7, 5]
    assert log.account.tolist() == [1, 0, 1, 1]


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
@pytest.mark.parametrize("typed", [False, True])
def test_delta_encodings_are_decoded_plain(tmp_path: Any, encoding: str, typed: bool) -> None:
    column = pa.array(["a"] * 5_000 + ["b"])
    pq.write_table(
        table(column.dictionary_encode() if typed else column),
        tmp_path / "log.parquet",
        use_dictionary=False,
        column_encoding={"account_id": encoding},
    )
    assert "account_id" not in of(tmp_path / "log.parquet")
    assert read_log(tmp_path / "log.parquet").account_ids.to_pylist() == ["a", "b"]


def test_a_column_may_be_named_as_the_schema_is_kept(tmp_path: Any) -> None:
    texts = pa.array([f"{i:030d}" for i in range(500)]).dictionary_encode()
    path = tmp_path / "log.parquet"
    pq.write_table(table(texts).rename_columns(["ARROW:schema", "content_id", "ts"]), path)
    log = read_log(path, columns={"account_id": "ARROW:schema"})
    assert log.n_accounts == 500
