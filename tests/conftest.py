"""What many tests share: where the real logs are, and how the benchmarks are imported."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from wheel_tree import ROOT

REAL_LOGS = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def real_log():
    """Return the path of a real log by name, or skip the test when the logs are not here."""

    def path(name: str) -> Path:
        file = REAL_LOGS / f"{name}.parquet"
        if not file.exists():
            pytest.skip(f"the real log {name} is not on this machine")
        return file

    return path


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """Import a module of the benchmarks, which are no package."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module
