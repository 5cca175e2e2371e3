"""Arrays on disk behave as those in memory, leave nothing behind and fail in one sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.datasets import read_log
from cib.datasets.budget import OVERHEAD
from cib.datasets.errors import TemporaryError, UsageError
from cib.datasets.scratch import Scratch, drop, on_disk, walk
from same_log import same

START = 1_709_251_200_000_000


@pytest.fixture
def log(tmp_path: Path, write: Callable[..., Path]) -> Path:
    """A log of 60,000 rows (1 MiB of codes and times) in six row groups, with a bit of all."""
    n = 60_000
    return write(
        "log.parquet",
        n=n,
        account_id=[None if i % 5_000 == 7 else f"a{i % 83}" for i in range(n)],
        action=["play" if i % 3 else "like" for i in range(n)],
        ts=pa.array([START + i // 2 % 20_000 * 10**6 for i in range(n)], pa.timestamp("us")),
        event_id=[f"e{i % 59_000}" if i % 4 else None for i in range(n)],
        market=["SE" if i % 9 else None for i in range(n)],
        duration_ms=pa.array([i if i % 11 else None for i in range(n)], pa.int32()),
        options={"row_group_size": 10_000},
    )


@pytest.mark.parametrize("scope", [{}, {"since": START + 10**9}, {"actions": ["play"]}])
def test_a_log_on_disk_is_the_log_in_memory(log: Path, scope: dict[str, Any]) -> None:
    whole = read_log(log, **scope)
    assert whole.scratch.spilled == 0
    assert not on_disk(whole.ts)
    for room in (800_000, 1_500_000):
        part = read_log(log, memory=OVERHEAD + room, scratch=log.parent, **scope)
        assert same(part, whole)
        assert part.scratch.spilled > 0
        assert part.scratch.held <= room
    assert sorted(os.listdir(log.parent)) == ["log.parquet"]


def test_ids_that_do_not_fit_are_refused(write: Callable[..., Path]) -> None:
    path = write("log.parquet", n=50_000, account_id=[f"{i:040d}" for i in range(50_000)])
    with pytest.raises(TemporaryError, match=r"50,000 rows need .* for their distinct ids alone"):
        read_log(path, memory=OVERHEAD + 2**20)


@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=50),
    st.integers(0, 60),
    st.sampled_from([None, 0, 100, 500]),
)
def test_arrays_keep_their_values(numbers: list[int], more: int, memory: int | None) -> None:
    scratch = Scratch(memory)
    array = scratch.empty(len(numbers), np.int64)
    array[:] = numbers
    drop(array)
    array = scratch.grow(array, len(numbers) + more, len(numbers))
    assert len(array) == len(numbers) + more
    assert array[: len(numbers)].tolist() == numbers
    assert memory is None or scratch.held <= memory
    assert on_disk(array) == (memory is not None and 8 * len(array) > memory)
    array = scratch.move(array)
    assert on_disk(array)
    assert array[: len(numbers)].tolist() == numbers
    assert scratch.held == 0
    scratch.release(array)
    assert scratch.held == 0


def test_views_are_on_disk_too() -> None:
    array = Scratch(0).empty(1_000, np.int64)
    array[:] = 5
    for view in (array[3:], np.asarray(array), np.asarray(array[3:])[::2].view(np.uint64)):
        assert on_disk(view)
        drop(view)
        assert (view == 5).all()
    assert not on_disk(np.asarray(array) + 1)


def test_memory_maps_of_others_are_never_dropped(tmp_path: Path) -> None:
    (tmp_path / "zeros").write_bytes(bytes(8_000))
    array = np.memmap(tmp_path / "zeros", np.int64, "c")
    array[:] = 5  # in memory only
    assert not on_disk(array)
    drop(array, np.asarray(array))
    assert (array == 5).all()


def test_files_have_no_name(tmp_path: Path) -> None:
    array = Scratch(0, tmp_path).empty(1_000, np.int8)
    assert on_disk(array)
    assert os.listdir(tmp_path) == []


def test_arrays_of_several_columns() -> None:
    scratch = Scratch(0)
    array = scratch.empty((3, 2), np.uint64)
    array[:] = 7
    array = scratch.grow(array, 5, 3)
    assert array.shape == (5, 2)
    assert array[:3].tolist() == [[7, 7]] * 3
    assert scratch.spilled == 48 + 80


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 7))
def test_walking_covers_every_row_once(begin: int, length: int, chunk: int) -> None:
    rows = [
        row
        for start, stop in walk((begin, begin + length), chunk=chunk)
        for row in range(start, stop)
    ]
    assert rows == list(range(begin, begin + length))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small disk needs root")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk(log: Path, small_disk: Path) -> None:
    with pytest.raises(TemporaryError) as caught:
        read_log(log, memory=OVERHEAD + 800_000, scratch=small_disk)
    for words in ("small: no temporary file of", "No space left", "--scratch", "--memory"):
        assert words in str(caught.value)
    assert os.listdir(small_disk) == []


def test_a_folder_that_is_not_there(log: Path) -> None:
    # said at once, and not when the memory is full
    with pytest.raises(UsageError, match="nowhere is not a folder that can be written to"):
        read_log(log, scratch=log.parent / "nowhere")
