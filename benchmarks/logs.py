"""The log that the projection benchmark runs on: a Zipf crowd with planted co-sharing rings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MONTH_S = 30 * 86400
N_RINGS, RING_ACCOUNTS, RING_CONTENTS, RING_SPREAD_S = 20, 25, 30, 10


def write_log(path: Path, n_rows: int, seed: int = 7) -> None:
    """Write n_rows interactions of n_rows / 10 accounts with n_rows / 10 contents, plus rings.

    Contents follow a Zipf law with exponent 1, account activity is lognormal, times are uniform
    seconds of 30 days. Each ring shares 30 contents of its own, every member within 10 s.
    """
    rng = np.random.default_rng(seed)
    n_accounts = n_contents = n_rows // 10
    popularity = np.cumsum(1 / np.arange(1, n_contents + 1))
    activity = np.cumsum(rng.lognormal(size=n_accounts))
    content = np.searchsorted(popularity, rng.random(n_rows) * popularity[-1])
    account = np.searchsorted(activity, rng.random(n_rows) * activity[-1])
    ts = rng.integers(0, MONTH_S, n_rows)
    ring, item, member = np.indices((N_RINGS, RING_CONTENTS, RING_ACCOUNTS)).reshape(3, -1)
    start = rng.integers(0, MONTH_S - RING_SPREAD_S, N_RINGS * RING_CONTENTS)
    planted_ts = start[ring * RING_CONTENTS + item] + rng.integers(0, RING_SPREAD_S + 1, len(ring))
    account = np.concatenate([account, n_accounts + ring * RING_ACCOUNTS + member])
    content = np.concatenate([content, n_contents + ring * RING_CONTENTS + item])
    order = rng.permutation(len(account))
    table = pa.table(
        {
            "account_id": account[order],
            "content_id": content[order],
            "ts": np.concatenate([ts, planted_ts])[order] + 1_700_000_000,
        }
    )
    pq.write_table(table, path, compression="zstd")
