"""Interaction logs made in memory for tests."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cib.datasets.durations import US_PER_DAY, US_PER_SECOND
from cib.datasets.log import InteractionLog, RowAccounting


def make_log(account, content, ts, action=None, **extras):
    """Log of codes and microseconds; extras are lists (text becomes dictionary-encoded)."""
    n = len(account)
    account, content = np.asarray(account, np.int32), np.asarray(content, np.int32)
    action = np.zeros(n, np.int16) if action is None else np.asarray(action, np.int16)
    columns = {name: pa.array(values) for name, values in extras.items()}
    return InteractionLog(
        account=account,
        content=content,
        action=action,
        ts=np.asarray(ts, np.int64),
        account_ids=pa.array([f"account {i:05}" for i in range(account.max() + 1)]),
        content_ids=pa.array(range(1000, 1001 + int(content.max()))),
        action_names=tuple(f"act{i}" for i in range(action.max() + 1)),
        extras={
            name: c.dictionary_encode() if pa.types.is_string(c.type) else c
            for name, c in columns.items()
        },
        accounting=RowAccounting(n, n, 0, 0),
    )


def crowd_and_ring(seed=0, n_crowd=300, n_ring=12, n_targets=15, jitter_s=5, **ring_extras):
    """A crowd that acts at random, and a ring (the last accounts) in step on content all touch.

    Returns the log and the ring's account codes.
    """
    rng = np.random.default_rng(seed)
    span = 10 * US_PER_DAY
    crowd = [
        (a, int(60 * rng.random() ** 2), int(rng.integers(0, span)))
        for a in range(n_crowd)
        for _ in range(20)
    ]
    ring = list(range(n_crowd, n_crowd + n_ring))
    steps = [
        (a, target, int(t) + int(rng.integers(0, jitter_s * US_PER_SECOND)))
        for target in range(n_targets)
        for t in rng.integers(0, span, 2)
        for a in ring
    ]
    account, content, ts = np.array(crowd + steps).T
    return make_log(account, content, ts), ring
