"""Fixtures shared by the tests of reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import settings

settings.register_profile("datasets", deadline=None)  # the first example compiles the kernels
settings.load_profile("datasets")

START = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a small valid log of `n` rows; named columns replace the usual ones, None drops one."""

    def write_file(name: str, n: int = 4, **columns: Any) -> Path:
        usual: Mapping[str, Any] = {
            "account_id": [f"a{i % 3}" for i in range(n)],
            "content_id": [f"c{i % 2}" for i in range(n)],
            "action": ["play"] * n,
            "ts": pa.array([START + i * 1_000_000 for i in range(n)], pa.timestamp("us", "UTC")),
        }
        options = columns.pop("options", {})
        table = {key: value for key, value in {**usual, **columns}.items() if value is not None}
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(table), path, **options)
        return path

    return write_file
