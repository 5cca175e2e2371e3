"""The columns of planted rows: what the event says, in the log's types, nulls and units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.events import PLATFORMS, REPORT_REASONS, TIERS
from cib.datasets.synthetic.markets import MARKET_CODES
from cib.datasets.synthetic.planting.casting import Cast
from cib.datasets.synthetic.planting.ids import ids_like
from cib.datasets.synthetic.planting.survey import Log
from cib.datasets.synthetic.planting.times import times_like
from cib.datasets.synthetic.scripts import PARENT_KINDS
from cib.datasets.times import OK, to_micros

Array = npt.NDArray[Any]

_CONSTANT = 0.99
_FEW = 20
_HASHES = ("device_hash", "ip_hash", "asn", "parent_id", "text_hash")


@dataclass(frozen=True, slots=True)
class Donors:
    """Rows of the log that lend planted rows what nobody planted: (n,) indices into the donors."""

    by_row: Array
    """A row of the same action."""
    by_account: Array
    """A row of the account that this one is modelled on."""
    by_content: Array
    """A row of the same content, -1 where there is none."""


def row_table(
    rng: np.random.Generator, log: Log, casts: list[Cast], account_ids: pa.Array
) -> pa.Table:
    """Make the planted rows, ring after ring, with all columns that the log's files have.

    Parameters
    ----------
    rng : random stream
    log : the log
    casts : the rings
    account_ids : of the log's and then of the new accounts

    Notes
    -----
    A column that a ring knows of has the ring's value; every other one has that of a row of the
    log: of the same content where the column goes with contents, of one account of the log for all
    rows of a ring account where it goes with accounts, of any row of the same action else. Where
    that row has null, so has the planted one.
    """
    rows = log.donors.rows
    assert rows is not None
    account = np.concatenate([cast.account for cast in casts])
    content = np.concatenate([cast.content for cast in casts])
    action = np.concatenate([cast.action for cast in casts])
    ts_us = np.concatenate([cast.ts_us for cast in casts])
    donors = _donors(rng, log, account, content, action)
    ours = {ref.theirs: name for name, ref in log.schema.refs.items()}
    events = _event_values(log, casts)
    columns: dict[str, pa.Array] = {}
    for theirs in rows.column_names:
        name = ours.get(theirs, "")
        column = rows[theirs].combine_chunks()
        if name == "account_id":
            columns[theirs] = account_ids.take(pa.array(account))
            continue
        if name == "content_id":
            columns[theirs] = log.content_ids.take(pa.array(content))
            continue
        lent = column.take(pa.array(_level(log, column, donors)))
        if name == "action":
            values = pa.array(log.actions).take(pa.array(action)).cast(column.type)
        elif name == "ts":
            values = times_like(ts_us, column, log.schema.refs["ts"].unit)
        elif name == "received_ts":
            values = _received(log, rows, ts_us, donors.by_row)
        elif name == "event_id":
            known = column.drop_null().unique()
            values = ids_like(rng, known.take(pc.array_sort_indices(known)), len(account)).ids
        elif name in events:
            values = _known(rng, name, events[name], column, lent)
        else:
            values = lent
        values = values.cast(column.type)
        columns[theirs] = pc.if_else(lent.is_null(), pa.scalar(None, column.type), values)
    return pa.table(columns)


def _donors(
    rng: np.random.Generator, log: Log, account: Array, content: Array, action: Array
) -> Donors:
    """Draw who lends what."""
    sample, n = log.donors, len(account)
    by_action = np.argsort(sample.action, kind="stable")
    low = np.searchsorted(sample.action[by_action], action, side="left")
    high = np.searchsorted(sample.action[by_action], action, side="right")
    u = rng.random(n)
    same = by_action[np.minimum(low + (u * (high - low)).astype(np.int64), len(sample) - 1)]
    by_row = np.where(high > low, same, (u * len(sample)).astype(np.int64))
    starts = sample.starts()
    sampled = sample.account[starts[:-1]]
    who, place = np.unique(account, return_inverse=True)
    model = sample.account[rng.integers(0, len(sample), len(who))]
    # Accounts of the log that a ring borrowed stay what they are.
    own = np.isin(who, sampled)
    model = np.where(own, who, model)
    slot = np.searchsorted(sampled, model)
    by_account = starts[slot][place]
    by_account = by_account + (rng.random(n) * np.diff(starts)[slot][place]).astype(np.int64)
    first_of = np.full(len(log.content_ids), -1, np.int64)
    first_of[sample.content[::-1]] = np.arange(len(sample))[::-1]
    return Donors(by_row, by_account, first_of[content])


def _level(log: Log, column: pa.Array, donors: Donors) -> Array:
    """Choose the donors of a column, which goes with contents, with accounts or with neither."""
    coded = column.dictionary_encode(null_encoding="encode").indices.to_numpy(zero_copy_only=False)
    sample = log.donors
    for of, chosen in ((sample.content, donors.by_content), (sample.account, donors.by_account)):
        order = np.argsort(of, kind="stable")
        same = of[order][1:] == of[order][:-1]
        equal = coded[order][1:] == coded[order][:-1]
        if same.sum() >= _FEW and equal[same].mean() >= _CONSTANT > equal[~same].mean():
            return np.where(chosen >= 0, chosen, donors.by_row)
    return donors.by_row


def _event_values(log: Log, casts: list[Cast]) -> dict[str, tuple[Array, tuple[str, ...]]]:
    """What rings know, by our column: codes or numbers, and what codes mean; negative or 0: not."""
    parts: dict[str, list[Array]] = {}
    for cast in casts:
        e = cast.planted.component.events
        accounts: Accounts = cast.planted.component.accounts
        own = e.account < len(accounts)
        mine = np.where(own, e.account, 0)
        some = len(accounts) > 0
        for name, values in (
            ("duration_ms", e.duration_ms),
            ("parent_kind", e.parent_kind),
            ("parent_id", e.parent_id),
            ("device_hash", e.device),
            ("ip_hash", e.ip),
            ("asn", e.asn),
            ("text_hash", e.text_hash),
            ("ip_market", e.ip_market),
            ("platform", e.platform),
            ("report_reason", e.report_reason),
            ("market", np.where(own, accounts.market[mine], -1) if some else np.full(len(e), -1)),
            ("tier", np.where(own, accounts.tier[mine], -1) if some else np.full(len(e), -1)),
        ):
            parts.setdefault(name, []).append(values)
    names = {
        "parent_kind": PARENT_KINDS,
        "ip_market": MARKET_CODES,
        "market": MARKET_CODES,
        "platform": PLATFORMS,
        "tier": TIERS,
        "report_reason": REPORT_REASONS,
    }
    return {name: (np.concatenate(v), names.get(name, ())) for name, v in parts.items()}


def _known(
    rng: np.random.Generator,
    name: str,
    values: tuple[Array, tuple[str, ...]],
    column: pa.Array,
    lent: pa.Array,
) -> pa.Array:
    """Write a ring's values as the log does; without a value, or a word for it, the lent stays."""
    value, words = values
    if words:
        there = set(column.unique().to_pylist())
        usable = np.array([word in there for word in words])
        known = (value >= 0) & usable[np.maximum(value, 0)]
        if not known.any():
            return lent
        ours = pa.array(words).take(pa.array(np.maximum(value, 0).astype(np.int64)))
        return pc.if_else(pa.array(known), ours.cast(column.type), lent)
    if name in _HASHES:
        distinct, code = np.unique(value, return_inverse=True)
        there = column.drop_null().unique()
        if not len(there):
            return lent
        made = ids_like(rng, there.take(pc.array_sort_indices(there)), len(distinct)).ids
        return pc.if_else(pa.array(value > 0), made.take(pa.array(code)), lent)
    numbers = pa.array(value).cast(column.type, safe=False)
    return pc.if_else(pa.array(value >= 0), numbers, lent)


def _received(log: Log, rows: pa.Table, ts_us: Array, donor: Array) -> pa.Array:
    """Let rows arrive as late as the row that lends its lag."""
    ref, ts = log.schema.refs["received_ts"], log.schema.refs.get("ts")
    column = rows[ref.theirs].combine_chunks()
    arrived, status = to_micros(column, ref.unit)
    started, valid = arrived, status
    if ts is not None:
        started, valid = to_micros(rows[ts.theirs].combine_chunks(), ts.unit)
    lag = np.where((status == OK) & (valid == OK), arrived - started, 0)
    return times_like(ts_us + lag[donor], column, ref.unit)
