"""Small real runs of several kinds, an explorer over two of them, a real browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import cib
from browsers import chromium
from cib.viz.explorer.runs.library import Library
from cib.viz.explorer.runs.run_tables import RunTables
from explorer_runs import HOSTILE, explorer_of, make_runs
from small_log import RING, small_log, write

N_ROWS = 1800 + 2 * 120


def log(**columns: object) -> pa.Table:
    """Two rings among listeners, with the columns that pages show when they are there."""
    rng = np.random.default_rng(1)
    return small_log(
        rings=2,
        duration_ms=pa.array(rng.integers(30_000, 36_000, N_ROWS), pa.int32()),
        market=rng.choice(["SE", "US"], N_ROWS, p=[0.7, 0.3]).tolist(),
        device_hash=pa.array(rng.integers(0, 40, N_ROWS), pa.int64()),
        parent_id=[f"list{i}" for i in rng.integers(0, 9, N_ROWS)],
        parent_kind=["playlist"] * N_ROWS,
        **columns,
    )


def numbers() -> pa.Table:
    """The same with ids that are whole numbers, negative ones and ones beyond int64 included."""
    table = log()
    accounts = table["account_id"].combine_chunks().dictionary_encode()
    contents = table["content_id"].combine_chunks().dictionary_encode()
    account = np.asarray(accounts.indices, np.int64) * 7 - 500
    content = np.asarray(contents.indices, np.uint64) + np.uint64(2**64 - 1000)
    table = table.set_column(0, "account_id", pa.array(account))
    return table.set_column(1, "content_id", pa.array(content))


def scanned(table: pa.Table, folder: Path) -> Path:
    """Scan a table; return the run's folder."""
    path = cib.scan(write(table, folder / "log.parquet"), out=folder / "runs").path
    assert path is not None
    return path


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return folders of finished runs; tests work on copies."""
    folder = tmp_path_factory.mktemp("scans")
    plain = small_log(rings=2)
    tables = {"plain": log(), "hostile": log(rename=HOSTILE), "numbers": numbers(), "bare": plain}
    return {name: scanned(table, folder / name) for name, table in tables.items()}


@pytest.fixture
def copied(scans: dict[str, Path], tmp_path: Path):
    """Return a function that copies a run to where a test may do as it likes with it."""

    def copy(name: str = "plain", to: str = "runs") -> Path:
        place = tmp_path / to / scans[name].name
        shutil.copytree(scans[name], place)
        return place

    return copy


@pytest.fixture(params=["plain", "hostile", "numbers"])
def run(request: pytest.FixtureRequest, copied) -> RunTables:
    """Return the tables of a run of each kind."""
    return Library(copied(request.param)).runs()[0].tables


@pytest.fixture
def plain(copied) -> RunTables:
    """Return the tables of the plain run."""
    return Library(copied()).runs()[0].tables


@pytest.fixture(scope="session")
def ring() -> list[str]:
    """Return the accounts of the first ring."""
    return RING


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of two runs of one log, which no test may change."""
    return make_runs(tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def runs(two_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of them for the tests of one file, without decisions."""
    return Path(shutil.copytree(two_runs, tmp_path_factory.mktemp("copy") / "runs"))


@pytest.fixture(scope="module")
def served(runs: Path):
    """Serve an explorer over them: `.url`, `.port`, and `.explorer`."""
    with explorer_of(runs) as (server, explorer):
        server.explorer = explorer
        yield server


@pytest.fixture(scope="module")
def hidden(runs: Path, tmp_path_factory: pytest.TempPathFactory):
    """Serve the same runs to those who see pseudonyms."""
    book = tmp_path_factory.mktemp("book") / "casebook.sqlite"
    with explorer_of(runs, casebook=book, pseudonyms=True) as (server, explorer):
        server.explorer = explorer
        yield server


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory):
    """One Chromium for the tests of a file."""
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver
