"""Files, folders, globs, Hive partitions and URIs."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cib.datasets import read_log
from cib.datasets.errors import BadDataError
from cib.datasets.sources import lies_in, list_files


def names(source: object) -> list[str]:
    return [file.name for file in list_files(source)]  # type: ignore[arg-type]


def test_a_folder_is_searched_in_depth_and_hidden_names_are_not(write: Any, tmp_path: Path) -> None:
    for name in ("b.parquet", "a/z.parquet", "a/b/c.PARQUET", "x.parquet/part-0.parquet"):
        write(f"in/{name}")
    for name in ("_SUCCESS.parquet", ".a.parquet", "_temporary/0.parquet", ".tmp/0.parquet"):
        write(f"in/{name}")
    (tmp_path / "in/notes.txt").write_text("hello")
    wanted = ["a/b/c.PARQUET", "a/z.parquet", "b.parquet", "x.parquet/part-0.parquet"]
    assert names(tmp_path / "in") == wanted
    assert names(f"{tmp_path}/in/") == wanted
    log = read_log(tmp_path / "in")
    assert log.accounting.read == 16
    assert log.other_files == {"n": 1, "example": "notes.txt"}
    assert read_log(f"{tmp_path}/in/*/*.p*").other_files == {"n": 0, "example": None}
    assert read_log(tmp_path / "in/b.parquet").other_files == {"n": 0, "example": None}


def test_one_file_may_be_called_anything(write: Any) -> None:
    assert read_log(write("_log.data")).n_rows == 4
    assert names(write("odd[1]*.parquet")) == ["odd[1]*.parquet"]


def test_globs(write: Any, tmp_path: Path) -> None:
    for name in ("a/1.parquet", "a/2.pq", "b/1.parquet", "b/deep/1.parquet"):
        write(name)
    assert names(f"{tmp_path}/*/1.parquet") == ["a/1.parquet", "b/1.parquet"]
    assert names(f"{tmp_path}/a/*.pq") == ["2.pq"]
    assert names(f"{tmp_path}/**/1.parquet") == ["a/1.parquet", "b/1.parquet", "b/deep/1.parquet"]
    assert names(f"{tmp_path}/[b]") == ["b/1.parquet", "b/deep/1.parquet"]


def test_what_lies_in_a_source(write: Any, tmp_path: Path) -> None:
    log = write("a/log.parquet")
    (tmp_path / "linked").symlink_to(log)
    for source in (log, log.parent, tmp_path, tmp_path / "linked", log.as_uri()):
        assert lies_in(source, tmp_path / "linked"), source
    assert lies_in(log.parent, tmp_path / "a/new/table.csv")
    assert lies_in(f"{tmp_path}/*/*.parquet", tmp_path / "a/new.parquet")
    assert lies_in(f"{tmp_path}/[ab]", tmp_path / "a/new.csv")
    assert not lies_in(log, tmp_path / "a/new.parquet")
    assert not lies_in(f"{tmp_path}/*/*.parquet", tmp_path / "a/new.csv")
    assert not lies_in("memory://a", tmp_path / "a/new.csv")


def test_folders_name_columns(write: Any, tmp_path: Path) -> None:
    for market, action in (
        ("SE", "play"),
        ("N%4F", "save%20it"),
        ("__HIVE_DEFAULT_PARTITION__", "play"),
    ):
        write(f"in/market={market}/action={action}/0.parquet", action=None, account_id=[market] * 4)
    log = read_log(tmp_path / "in")
    found = set(
        zip(
            log.account_ids.take(pa.array(log.account)).to_pylist(),
            log.extras["market"].to_pylist(),
            strict=True,
        )
    )
    assert found == {("SE", "SE"), ("N%4F", "NO"), ("__HIVE_DEFAULT_PARTITION__", None)}
    assert log.action_names == ("play", "save it")
    assert read_log(tmp_path / "in/market=SE").extras["market"].to_pylist() == ["SE"] * 4
    assert read_log(tmp_path / "in/market=SE/action=play/0.parquet").action_names == ("play",)
    assert set(read_log(f"{tmp_path}/in/market=S*/*/*.parquet").extras["market"].to_pylist()) == {
        "SE"
    }


def test_a_column_in_the_file_wins_over_the_folder(write: Any, tmp_path: Path) -> None:
    write("in/action=like/0.parquet")
    assert read_log(tmp_path / "in").action_names == ("play",)


def test_folders_can_be_mapped_and_can_hold_ids(write: Any, tmp_path: Path) -> None:
    write("in/user=u%2F1/0.parquet", account_id=None)
    write("in/user=u2/0.parquet", account_id=None)
    log = read_log(tmp_path / "in", columns={"account_id": "user"})
    assert log.account_ids.to_pylist() == ["u/1", "u2"]


def test_uris(write: Any, tmp_path: Path) -> None:
    path = write("in/my file.parquet", account_id=["q"] * 4)
    assert read_log(f"file://{tmp_path}/in/my%20file.parquet").account_ids.to_pylist() == ["q"]
    memory = fsspec.filesystem("memory")
    for place in (
        "cib_test/market=SE/a.parquet",
        "cib_test/market=NO/b.parquet",
        "cib_test/_x/c.parquet",
        "cib_test/_x/part-0",
        "cib_test/part-0",
    ):
        memory.pipe(place, path.read_bytes())
    try:
        log = read_log("memory://cib_test")
        assert [entry["name"] for entry in log.inputs] == [
            "market=NO/b.parquet",
            "market=SE/a.parquet",
        ]
        assert log.other_files == {"n": 1, "example": "part-0"}
        assert log.extras["market"].dictionary.to_pylist() == ["NO"]  # the copy is all duplicates
        assert log.accounting.duplicates == 4
        assert read_log("memory://cib_test/market=SE/a.parquet").n_rows == 4
        assert [f.name for f in list_files("memory://cib_test/*/a.parquet")] == [
            "market=SE/a.parquet"
        ]
        assert [f.name for f in list_files("memory://cib_test/**/*.parquet")] == [
            "_x/c.parquet", "market=NO/b.parquet", "market=SE/a.parquet",
        ]  # fmt: skip
        for nowhere in (
            "memory://cib_nowhere/x.parquet",
            "memory://cib_test/*/z.parquet",
            "nonsense://x/y",
        ):
            with pytest.raises(BadDataError, match=nowhere.partition("://")[0]):
                read_log(nowhere)
    finally:
        memory.rm("cib_test", recursive=True)


def test_a_thousand_tiny_files(tmp_path: Path) -> None:
    template = pa.table(
        {"account_id": ["a", "b"], "content_id": [1, 2], "ts": pa.array([0, 1], pa.timestamp("s"))}
    )
    for i in range(1000):
        times = pa.array([1_700_000_000 + i, 1_700_000_000 + i], pa.timestamp("s"))
        pq.write_table(template.set_column(2, "ts", times), tmp_path / f"{i:04}.parquet")
    start = time.perf_counter()
    log = read_log(tmp_path)
    assert time.perf_counter() - start < 20
    assert log.accounting.used == 2000
    assert len(log.inputs) == 1000
    assert log.ts[::2].tolist() == [(1_700_000_000 + i) * 1_000_000 for i in range(1000)]


def test_links_are_followed_and_loops_end(write: Any, tmp_path: Path) -> None:
    write("real/a.parquet")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link").symlink_to(tmp_path / "real")
    (tmp_path / "real/loop").symlink_to(tmp_path / "in")
    assert names(tmp_path / "in") == ["link/a.parquet"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: None, ["no such file or folder"]),
        (lambda p: p.mkdir(), ["is empty"]),
        (
            lambda p: (p.mkdir(), (p / "a.csv").write_text("x")),
            ["no *.parquet", ".csv", "a.csv", "glob"],
        ),
        (lambda p: (p / "_delta_log").mkdir(parents=True), ["Delta Lake", "deleted rows"]),
    ],
)
def test_sources_with_nothing_to_read(tmp_path: Path, make: Any, words: list[str]) -> None:
    make(tmp_path / "in")
    with pytest.raises(BadDataError) as caught:
        read_log(tmp_path / "in")
    for word in [os.fspath(tmp_path / "in"), *words]:
        assert word in str(caught.value)


def test_runs_of_cib_are_no_log(write: Any, tmp_path: Path) -> None:
    write("in/a.parquet")
    run = write("in/runs/0123/accounts.parquet").parent
    (run / "manifest.json").write_text('{"run_id": "0123", "inputs": []}')
    other = write("in/other/b.parquet").parent
    (other / "manifest.json").write_text('{"sha256": {}}')
    assert names(tmp_path / "in") == ["a.parquet", "other/b.parquet"]
    for pattern in ("in/**/*.parquet", "in/*"):
        assert {Path(name).name for name in names(tmp_path / pattern)} == {"a.parquet", "b.parquet"}
    assert names(run / "accounts.parquet") == ["accounts.parquet"]
    for source in (run, run.parent):
        with pytest.raises(BadDataError, match="holds runs of cib and no log"):
            read_log(source)
    with pytest.raises(BadDataError, match=r"no file matches outside of .*0123, which is a run"):
        read_log(run / "*.parquet")


def test_a_glob_without_matches(tmp_path: Path) -> None:
    with pytest.raises(BadDataError, match=r"\*\.parquet: no file matches"):
        read_log(tmp_path / "*.parquet")
