"""A log of about 2,000 rows with one planted ring, small enough to scan in a second or two."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

START = 1_709_251_200_000_000
"""2024-03-01 UTC, microseconds."""

DAY = 86_400_000_000
RING = [f"bot{member:02d}" for member in range(10)]


def small_log(rename=None, rings=1, **columns):
    """150 listeners over a week, and 10 bots that play 12 songs within 20 seconds of each other.

    Parameters
    ----------
    rename : maps names of accounts and contents to others
    rings : number of such groups of bots, each with songs of its own
    columns : replace or add columns; None drops one
    """
    rng = np.random.default_rng(0)
    account = [f"user{i:03d}" for i in rng.integers(0, 150, 1800)]
    content = [f"song{i:03d}" for i in rng.zipf(1.5, 1800) % 80]
    ts = (START + rng.integers(0, 7 * 86_400, 1800) * 1_000_000).tolist()
    for target in range(12 * rings):
        start = START + int(rng.integers(0, 7 * 86_400)) * 1_000_000
        ring = target // 12
        account += RING if ring == 0 else [f"{name} of ring {ring}" for name in RING]
        content += [f"song{target:03d}"] * len(RING)
        ts += (start + rng.integers(0, 20, len(RING)) * 1_000_000).tolist()
    names = rename or {}
    usual = {
        "account_id": [names.get(name, name) for name in account],
        "content_id": [names.get(name, name) for name in content],
        "action": ["play"] * len(ts),
        "ts": pa.array(ts, pa.timestamp("us", "UTC")),
    }
    return pa.table({k: v for k, v in {**usual, **columns}.items() if v is not None})


def write(table, path, **options):
    """Write a table, making its folder; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)
    return path
