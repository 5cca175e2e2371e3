"""CSV that a spreadsheet never computes, read back by pandas, DuckDB and a strict reader."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.viz.explorer.exports.safe_csv import csv_bytes, guarded

STARTS = ("=", "+", "-", "@", "\t", "\r")


def cells_of(table: pa.Table) -> list[list[str]]:
    text = csv_bytes(table).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("start", STARTS)
def test_what_begins_like_a_formula_gets_an_apostrophe(start: str) -> None:
    (cell,) = cells_of(pa.table({"who": [f"{start}1+1"]}))[1]
    assert cell.startswith("'")
    assert cell.endswith("1+1")


def test_numbers_stay_numbers() -> None:
    table = pa.table({"n": [-5, 7], "x": [-0.5, 1e300], "id": pa.array([2**63, 1], pa.uint64())})
    read = pd.read_csv(io.BytesIO(csv_bytes(table)))
    assert read["n"].tolist() == [-5, 7]
    assert read["x"].tolist() == [-0.5, 1e300]
    assert read["id"].tolist() == [2**63, 1]


def test_the_separator_of_other_countries_opens_no_cell() -> None:
    """Excel in most of Europe takes semicolons for what stands between cells."""
    line = csv_bytes(pa.table({"who": ['x;=1+1;"=2+2"']})).decode("utf-8-sig").splitlines()[1]
    for cell in line.replace('"', "").split(";"):
        assert not cell.startswith(STARTS)


def test_times_null_and_what_cannot_be_seen() -> None:
    when = datetime(2024, 3, 1, 21, 4, 5, 678901, tzinfo=UTC)
    table = pa.table(
        {
            "ts": pa.array([when, None], pa.timestamp("us", "UTC")),
            "who": ["free\u202egpj\x00\n.exe", None],
        }
    )
    read = pd.read_csv(io.BytesIO(csv_bytes(table)), parse_dates=["ts"])
    assert read["ts"][0] == pd.Timestamp(when)
    assert read["who"][0] == r"free\u{202e}gpj\u{0}\u{a}.exe"
    assert read.isna().loc[1].all()


def test_duckdb_reads_it(tmp_path: object) -> None:
    path = f"{tmp_path}/a.csv"
    with open(path, "wb") as file:
        file.write(csv_bytes(pa.table({"who": ["a,b", 'say "x"', "=1"], "n": [1, 2, 3]})))
    rows = duckdb.sql(f"SELECT who, n FROM read_csv('{path}') ORDER BY n").fetchall()
    assert rows == [("a,b", 1), ('say "x"', 2), ("'=1", 3)]


def test_dictionaries_bytes_and_empty_tables() -> None:
    table = pa.table(
        {"a": pa.array(["=x", "y", "=x"]).dictionary_encode(), "b": [b"\xff=", b"", b"k"]}
    )
    assert cells_of(table) == [["a", "b"], ["'=x", r"\\xff="], ["y", ""], ["'=x", "k"]]
    assert cells_of(table.slice(0, 0)) == [["a", "b"]]


@given(st.lists(st.text(max_size=12), min_size=1, max_size=8))
def test_no_text_becomes_a_formula_and_rows_stay_rows(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    rows = cells_of(pa.table({"who": texts, "n": list(range(len(texts)))}))
    assert len(rows) == len(texts) + 1
    for text, (cell, n) in zip(texts, rows[1:], strict=True):
        assert not cell.startswith(STARTS)
        assert cell == guarded(text)
        assert texts[int(n)] == text
