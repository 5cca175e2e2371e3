"""What many tests share: where the real logs are."""

from __future__ import annotations

from pathlib import Path

import pytest

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
