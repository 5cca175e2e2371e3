"""The made-up log of `warming`: one case for every kernel that the end of a scan needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from cib.algorithms.evidence import EDGE_SCHEMA, Evidence
from cib.datasets.durations import US_PER_HOUR, US_PER_SECOND
from cib.datasets.log import InteractionLog

N_LISTENERS, N_RING, N_PUMPS, N_PLAYS, N_DAYS = 400, 30, 20, 80, 20
N_ACCOUNTS = N_LISTENERS + N_RING + N_PUMPS
WINDOW = 60 * US_PER_SECOND
"""Microseconds."""

START = 1_709_251_200_000_000
"""2024-03-01 UTC, microseconds."""


def small_log() -> InteractionLog:
    """Three weeks of made-up listening with one case for every kernel.

    A ring that plays contents together which hardly anybody else plays, accounts that loop one
    content, and accounts that are taken over while their owners sleep, among listeners.
    """
    rng = np.random.default_rng(0)
    bed = rng.integers(0, 24, N_LISTENERS)

    def at(account: Any, hours_after_bed: Any) -> Any:
        hour = (bed[account % N_LISTENERS] + hours_after_bed) % 24
        return rng.integers(0, N_DAYS, len(account)) * 24 + hour

    listener = np.repeat(np.arange(N_LISTENERS), 120)
    victim = np.repeat(np.arange(60), 8)
    ring = np.repeat(np.arange(N_LISTENERS, N_LISTENERS + N_RING), N_PLAYS)
    pump = np.repeat(np.arange(N_LISTENERS + N_RING, N_ACCOUNTS), 40)
    hours = (
        at(listener, 8 + rng.integers(0, 16, len(listener))),
        at(victim, rng.integers(2, 6, len(victim))),
        np.tile(rng.integers(0, N_DAYS * 24, N_PLAYS), N_RING),
        9 * 24 + rng.integers(0, 24, len(pump)),
    )
    known = rng.random(len(listener)) < 0.004  # some of the ring's contents
    contents = (
        np.where(known, 413 + listener % 20, np.minimum(rng.zipf(1.3, len(listener)), 400)),
        401 + rng.integers(0, 12, len(victim)),
        413 + np.tile(np.arange(N_PLAYS) % 20, N_RING),
        np.zeros(len(pump)),
    )
    account = np.concatenate((listener, victim, ring, pump)).astype(np.int32)
    n = len(account)
    within = rng.integers(0, US_PER_HOUR, n)
    within[account // N_LISTENERS > 0] %= WINDOW
    own, few = (pa.array((account % m).astype(str)).dictionary_encode() for m in (n, 3))
    return InteractionLog(
        account=account,
        content=np.concatenate(contents).astype(np.int32),
        action=(rng.random(n) < 0.05).astype(np.int16),
        ts=START + np.concatenate(hours) * US_PER_HOUR + within,
        account_ids=pa.array(range(N_ACCOUNTS)),
        content_ids=pa.array(range(433)),
        action_names=("play", "react"),
        extras={
            "duration_ms": pa.array(rng.integers(30_000, 300_000, n).astype(np.int32)),
            **dict.fromkeys(("device_hash", "ip_hash", "parent_id"), own),
            **dict.fromkeys(("asn", "market", "ip_market", "parent_kind"), few),
        },
    )


def ring_evidence(layer: str) -> Evidence:
    """Edges between neighbours in the small log's ring, in a table like that of a scan."""
    a = np.repeat(np.arange(N_LISTENERS, N_ACCOUNTS - N_PUMPS - 2), 2)
    values = {"a": a, "b": a + np.tile((1, 2), len(a) // 2), "log10_p": -9, "log10_chance": -7}
    values |= {"layer": layer, "statistic": "", "window_us": WINDOW, "observed": 9, "q_value": 1e-7}
    columns = [np.broadcast_to(values.get(name, 1), len(a)) for name in EDGE_SCHEMA.names]
    table = pa.table([pa.array(c.tolist()) for c in columns], names=EDGE_SCHEMA.names)
    return Evidence(table.cast(EDGE_SCHEMA), [], 1e6)
