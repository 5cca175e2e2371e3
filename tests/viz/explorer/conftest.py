"""Two real runs, an explorer over them on a real socket, a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browsers import chromium
from explorer_runs import explorer_of, make_runs


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of two runs that no test may change."""
    return make_runs(tmp_path_factory.mktemp("scanned"))


@pytest.fixture(scope="module")
def runs(scanned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of them for the tests of one file, without decisions."""
    return Path(shutil.copytree(scanned, tmp_path_factory.mktemp("copy") / "runs"))


@pytest.fixture(scope="module")
def served(runs: Path) -> Iterator[Any]:
    """An explorer over them: `.url`, `.port`, and `.explorer`."""
    with explorer_of(runs) as (server, explorer):
        server.explorer = explorer
        yield server


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Chromium for the tests of a file."""
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver
