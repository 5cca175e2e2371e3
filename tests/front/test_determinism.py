"""The same input, configuration and version give the same bytes, however the work is spread."""

from __future__ import annotations

import shutil

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cib
from cib.datasets.run_folder import TABLES
from command_line import cib as run_cib
from command_line import done
from small_log import small_log, write

FOUND = [name for name in TABLES if name != "quarantine"]


def table_bytes(run):
    return {name: (run / f"{name}.parquet").read_bytes() for name in TABLES}


def test_threads_hash_seeds_and_processes_change_no_byte(log, scanned, tmp_path):
    _, first = scanned
    for threads in (1, 2, 3):
        out = tmp_path / f"{threads}"
        result = run_cib(
            "scan", log, "--out", out, "--threads", threads, PYTHONHASHSEED=str(threads)
        )
        run, manifest = done(result, out)
        assert run.name == first.name
        assert table_bytes(run) == table_bytes(first)
        assert_pages_agree(run, first, manifest)


def assert_pages_agree(run, first, manifest):
    """Pages may differ in when and how fast the scan went, and in the number of threads."""
    page, other = (
        (r / "report.html").read_text(encoding="utf-8").splitlines() for r in (run, first)
    )
    assert len(page) == len(other)
    stage = f"<tr><td>{manifest['stages'][0]['name']}</td>"
    for line, twin in zip(page, other, strict=True):
        if line != twin:
            assert any(text in line for text in (manifest["created"], stage, ">threads<"))


@pytest.fixture(scope="module")
def busy():
    """Rows of a log with several rings, and what a scan of it finds."""
    return small_log(rings=4)


@pytest.fixture(scope="module")
def found(busy, tmp_path_factory):
    path = write(busy, tmp_path_factory.mktemp("busy") / "log.parquet")
    run = cib.scan(path, threads=1)
    assert len(run.clusters) > 1
    return {name: run.table(name) for name in FOUND}


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32 - 1), n_files=st.integers(1, 5), n_threads=st.integers(1, 3))
def test_rows_in_any_order_files_groups_and_partitions(
    busy, found, tmp_path, seed, n_files, n_threads
):
    rng = np.random.default_rng(seed)
    folder = tmp_path / "log"
    shutil.rmtree(folder, ignore_errors=True)
    shuffled = busy.take(pa.array(rng.permutation(len(busy))))
    cuts = np.sort(rng.integers(0, len(busy) + 1, n_files - 1))
    for i, rows in enumerate(np.split(np.arange(len(busy)), cuts)):
        part = shuffled.take(pa.array(rows)).select(rng.permutation(busy.column_names).tolist())
        if rng.random() < 0.5:  # one action per folder, named by the folder
            part, name = part.drop_columns(["action"]), f"action=play/{i}.parquet"
        else:
            name = f"{rng.integers(10)}/{i}.parquet"
        if rng.random() < 0.5:
            place = part.schema.get_field_index("account_id")
            part = part.set_column(place, "account_id", part["account_id"].dictionary_encode())
        unit = str(rng.choice(["ms", "us", "ns"]))
        place = part.schema.get_field_index("ts")
        part = part.set_column(place, "ts", part["ts"].cast(pa.timestamp(unit, "Asia/Tokyo")))
        write(part, folder / name, row_group_size=int(rng.integers(1, 3000)))
    run = cib.scan(folder, threads=n_threads)
    for name in FOUND:
        assert run.table(name).cast(found[name].schema).equals(found[name]), name
    assert run.manifest["rows"]["used"] == len(busy)


def test_other_names_of_accounts_change_nothing_but_the_names(busy, found, tmp_path):
    names = sorted(set(busy["account_id"].to_pylist()))
    renamed = small_log({name: f"x{name}" for name in names}, rings=4)  # in the same order
    run = cib.scan(write(renamed, tmp_path / "log.parquet"))
    for name in FOUND:
        table, twin = run.table(name), found[name]
        for column in twin.column_names:
            values, plain = table[column].to_pylist(), twin[column].to_pylist()
            if column.startswith("account_"):
                plain = [f"x{value}" for value in plain]
            if column not in ("reason", "statement", "benign_statement"):  # these quote names
                assert values == plain, (name, column)
