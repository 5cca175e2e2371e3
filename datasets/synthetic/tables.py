"""From rows to the Arrow tables of the log; what a degraded log lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.synthetic.batches import Rows
from cib.datasets.synthetic.catalogue import CONTENT_KINDS, Catalogue
from cib.datasets.synthetic.events import (
    ACTIONS,
    COUNTED_MS,
    MISSING_RATE,
    OFFLINE,
    PLATFORMS,
    PLAY,
    REASONS_END,
    REPORT_REASONS,
    SHUFFLE,
    TIERS,
    drawn_by_id,
)
from cib.datasets.synthetic.markets import MARKET_CODES, MARKETS, START_US, WEIGHT
from cib.datasets.synthetic.scripts import PARENT_KINDS
from cib.datasets.synthetic.streams import account_ids

Array = npt.NDArray[Any]

Degrade = Literal[
    "full", "no-device", "no-duration", "minute-rounded", "required-columns-only", "missing-ip"
]
DEGRADES: tuple[Degrade, ...] = get_args(Degrade)
TS = pa.timestamp("us", "UTC")
_MINUTE_US = 60_000_000
_MISSING_IP = 0.2
# As good as random or ever growing: a dictionary would only be thrown away again.
_PLAIN = ("event_id", "content_id", "ts", "received_ts", "duration_ms", "text_hash")
_REQUIRED = ("account_id", "content_id", "action", "ts")
_LACKS: dict[Degrade, tuple[str, ...]] = {
    "no-device": ("device_hash", "ip_hash", "asn"),
    "no-duration": ("duration_ms", "reason_end", "royalty_micro"),
}
# Micro-dollars for a play that counts, an assumption: what subscribers pay, shared out.
_RATE = {"premium": 4_600, "family": 2_100, "duo": 3_000, "student": 2_300, "trial": 0, "free": 900}
ROYALTY_MICRO = np.array(
    [[int(_RATE[tier] * (0.35 + market.paid)) for tier in TIERS] for market in MARKETS], np.int64
)
"""(n_markets, n_tiers) what a counted play accrues."""


def log_table(
    rows: Rows,
    ids: pa.StringArray,
    catalogue: Catalogue,
    market: int,
    seed: int,
    degrade: Degrade = "full",
) -> pa.Table:
    """Make the log's columns, but for `market`, which is in the files' path.

    Parameters
    ----------
    rows : in the order of the file
    ids : of the accounts that the rows count in
    catalogue : what their contents are
    market : where their accounts are billed
    seed : of the world
    degrade : what is missing
    """
    e = rows.events
    tier = rows.tier[e.account]
    start_us = e.start_us
    if degrade == "minute-rounded":
        start_us = start_us - start_us % _MINUTE_US
    ts = START_US + start_us
    played = e.duration_ms >= 0
    counts = (e.action == PLAY) & (e.duration_ms >= COUNTED_MS)
    share = _missing_ip(market) if degrade == "missing-ip" else MISSING_RATE
    ip = np.where(drawn_by_id(rows.event_id, 1, share), np.uint64(0), e.ip)
    device = np.where(drawn_by_id(rows.event_id, 2, MISSING_RATE), np.uint64(0), e.device)
    late = e.received_us > 0
    received = np.where(late, START_US + e.received_us, ts)
    columns = {
        "event_id": pa.array(rows.event_id),
        "account_id": _accounts(e.account, ids),
        "content_id": pa.array(catalogue.content_id[e.content]),
        "action": codes(e.action, ACTIONS),
        "ts": pa.array(ts).view(TS),
        "duration_ms": pa.array(e.duration_ms, mask=~played),
        "content_kind": codes(catalogue.kind[e.content], CONTENT_KINDS),
        "parent_id": hashed(e.parent_id),
        "parent_kind": codes(e.parent_kind, PARENT_KINDS),
        "ip_market": codes(e.ip_market, MARKET_CODES),
        "device_hash": hashed(device),
        "ip_hash": hashed(ip),
        "asn": pa.array(e.asn, mask=(e.asn == 0) | (ip == 0)),
        "platform": codes(e.platform, PLATFORMS),
        "tier": codes(tier, TIERS),
        "reason_end": codes(e.reason_end, REASONS_END),
        "shuffle": pa.array((e.flags & SHUFFLE) > 0, mask=~played),
        "offline": pa.array((e.flags & OFFLINE) > 0, mask=~played),
        "received_ts": pa.array(received).view(TS),
        "text_hash": hashed(e.text_hash),
        "target_account_id": _targets(e.target_account, seed),
        "report_reason": codes(e.report_reason, REPORT_REASONS),
        "royalty_micro": pa.array(ROYALTY_MICRO[market][tier], mask=~counts),
    }
    if degrade == "required-columns-only":
        columns = {name: columns[name] for name in _REQUIRED}
    for name in _LACKS.get(degrade, ()):
        del columns[name]
    return pa.table(columns)


def _missing_ip(market: int) -> float:
    """Share of addresses missing when degraded: a fifth of all, more where carriers use NAT."""
    cgnat = np.array([m.cgnat_share for m in MARKETS])
    return float(_MISSING_IP * (0.5 + cgnat[market]) / (0.5 + (cgnat * WEIGHT).sum()))


def _accounts(account: Array, ids: pa.StringArray) -> pa.DictionaryArray:
    """Ids of the accounts; a file lists those with a row in it, or the list would say who else."""
    here = np.bincount(account, minlength=len(ids)) > 0
    place = (np.cumsum(here) - 1).astype(np.int32)
    return pa.DictionaryArray.from_arrays(
        pa.array(place[account]), ids.take(pa.array(np.flatnonzero(here)))
    )


def _targets(number: Array, seed: int) -> pa.DictionaryArray:
    """Ids of the accounts that were followed, mentioned or reported."""
    some = number >= 0
    # By id: the order of numbers would say who is who.
    ids, code = np.unique(account_ids(number[some], seed), return_inverse=True)
    index = np.zeros(len(number), np.int32)
    index[some] = code
    names = texts(ids) if len(ids) else pa.array([], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=~some), names)


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table of the world as a Parquet file."""
    with parquet_writer(path, table.schema) as writer:
        writer.write_table(table)


def parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Open a Parquet file of the world."""
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=[name for name in schema.names if name not in _PLAIN],
        write_statistics=True,
    )


def texts(values: npt.NDArray[np.bytes_]) -> pa.StringArray:
    """Make text from fixed-width ASCII without a Python string each."""
    width = values.dtype.itemsize
    offsets = np.arange(len(values) + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(
        len(values), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(values))
    )


def codes(values: Array, names: tuple[str, ...]) -> pa.DictionaryArray:
    """Dictionary column from codes; negative codes are null."""
    small = values.astype(np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(small, mask=small < 0), pa.array(names))


def hashed(values: Array) -> pa.Array:
    """Column of hashes; 0 is null."""
    return pa.array(values, mask=values == 0)
