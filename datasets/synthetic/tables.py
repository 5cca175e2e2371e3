"""The Arrow tables of a world: events, dimensions and truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.events import ACTIONS, PLATFORMS, PLAY, TIERS
from cib.datasets.synthetic.markets import DAY_S, MARKET_CODES, START_US
from cib.datasets.synthetic.scripts import PARENT_KINDS

if TYPE_CHECKING:
    from cib.datasets.synthetic.demo import World

Array = npt.NDArray[Any]

_TS = pa.timestamp("us", "UTC")
_COUNTED_MS = 30_000  # what a play must last to count
_FRESH_US = 60 * DAY_S * 1_000_000


def events_table(world: World) -> pa.Table:
    """Every event by market, UTC day, time and event id, with `_partition` to cut files by."""
    parts = [_events_of(component, world) for component in world.components]
    table = pa.concat_tables(parts).combine_chunks()
    # Ties are broken by the random event id, so the order of rows says nothing about components.
    order = np.lexsort([table[name].to_numpy() for name in ("event_id", "_ts", "_partition")])
    return table.take(pa.array(order)).drop_columns(["_ts"])


def _events_of(component: Component, world: World) -> pa.Table:
    e, accounts = component.events, component.accounts
    ts = START_US + np.floor(e.start_s * 1e6).astype(np.int64)
    market = accounts.market[e.account].astype(np.int64)
    is_post = world.catalogue.is_post[e.content]
    return pa.table(
        {
            "event_id": e.event_id,
            "account_id": pa.array(accounts.account_id, pa.string()).take(pa.array(e.account)),
            "content_id": world.catalogue.content_id[e.content],
            "action": _codes(e.action, ACTIONS),
            "ts": pa.array(ts).view(_TS),
            "duration_ms": pa.array(e.duration_ms, pa.int32(), mask=e.duration_ms < 0),
            "content_kind": _codes(is_post.astype(np.int8), ("track", "post")),
            "parent_id": _hash(e.parent_id),
            "parent_kind": _codes(e.parent_kind, PARENT_KINDS),
            "ip_market": _codes(e.ip_market, MARKET_CODES),
            "device_hash": _hash(e.device),
            "ip_hash": _hash(e.ip),
            "platform": _codes(e.platform, PLATFORMS),
            "tier": _codes(accounts.tier[e.account], TIERS),
            "_partition": market * 1_000_000 + ts // (DAY_S * 1_000_000),
            "_ts": ts,
        }
    )


def accounts_table(world: World) -> pa.Table:
    """The account dimension, by account id."""
    table = pa.concat_tables(
        pa.table(
            {
                "account_id": pa.array(c.accounts.account_id, pa.string()),
                "created_ts": pa.array(c.accounts.created_us).view(_TS),
                "market": _codes(c.accounts.market, MARKET_CODES),
                "tier": _codes(c.accounts.tier, TIERS),
                "plan_id": _hash(c.accounts.plan_id),
            }
        )
        for c in world.components
    )
    return table.sort_by("account_id")


def content_table(world: World) -> pa.Table:
    """The content dimension, by content id."""
    c = world.catalogue
    post = c.is_post
    table = pa.table(
        {
            "content_id": c.content_id,
            "kind": _codes(post.astype(np.int8), ("track", "post")),
            "artist_id": pa.array(c.artist_id[c.artist], mask=post),
            "label_id": pa.array(c.label_id[c.artist], mask=post),
            "album_id": pa.array(c.album_id[c.album], mask=post),
            "length_ms": pa.array(c.length_ms, pa.int32(), mask=post),
            "release_ts": pa.array(c.release_us).view(_TS),
        }
    )
    return table.sort_by("content_id")


def truth_account_table(world: World) -> pa.Table:
    """What is true about every account, by account id."""
    parts = []
    for c in world.components:
        n, e = len(c.accounts), c.events
        bad = e.inauthentic
        total = np.bincount(e.account, minlength=n)
        share = np.bincount(e.account[bad], minlength=n) / np.maximum(total, 1)
        ts = START_US + np.floor(e.start_s * 1e6).astype(np.int64)
        first = np.full(n, np.iinfo(np.int64).max)
        last = np.full(n, np.iinfo(np.int64).min)
        np.minimum.at(first, e.account[bad], ts[bad])
        np.maximum.at(last, e.account[bad], ts[bad])
        none = last < first
        parts.append(
            pa.table(
                {
                    "account_id": pa.array(c.accounts.account_id, pa.string()),
                    "klass": pa.array(c.klass, pa.string()),
                    "ring_id": _text(c.ring_id, n),
                    "operator_id": _text(c.operator_id, n),
                    "scenario": _text(c.scenario, n),
                    "role": _text(c.role, n),
                    "confounder_group": pa.array(c.group, pa.string(), mask=c.group == ""),
                    "policy_view": _text(c.policy_view, n),
                    "active_from": pa.array(first, mask=none).view(_TS),
                    "active_to": pa.array(last, mask=none).view(_TS),
                    "target_share": share,
                    "is_fresh_account": c.accounts.created_us > START_US - _FRESH_US,
                }
            )
        )
    return pa.concat_tables(parts).sort_by("account_id")


def truth_content_table(world: World) -> pa.Table:
    """The rings' targets, by ring and content id; who gains is not presumed complicit."""
    ids = world.catalogue.content_id
    rows = [
        {
            "content_id": int(content),
            "ring_id": planted.spec.ring_id,
            "content_role": "target",
            "complicity": planted.spec.complicity,
        }
        for planted in world.rings
        for content in np.sort(ids[planted.targets])
    ]
    names = ("ring_id", "content_role", "complicity")
    schema = pa.schema([("content_id", pa.uint64()), *((name, pa.string()) for name in names)])
    return pa.Table.from_pylist(rows, schema)


def truth_ring_table(world: World) -> pa.Table:
    """One row per ring with its size, camouflage and hardness."""
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("ring_id", "operator_id", "scenario", "preset")),
            *((name, pa.int64()) for name in ("n_accounts", "n_targets")),
            ("camouflage", pa.float64()),
            ("markets", pa.list_(pa.string())),
            *((name, _TS) for name in ("start", "end")),
            ("hidden_streams", pa.int64()),
            *((name, pa.float64()) for name in ("H", "lambda_pair", "jitter_s")),
            *((name, pa.int64()) for name in ("seed", "min_audience", "median_audience")),
        ]
    )
    return pa.Table.from_pylist(_ring_rows(world), schema)


def _ring_rows(world: World) -> list[dict[str, Any]]:
    """Hardness as in the specification: SNR of the planted block times the uncamouflaged share."""
    n_contents = len(world.catalogue.content_id)
    n_honest = sum(len(c.accounts) for c in world.honest)
    listeners = np.zeros(n_contents, np.int64)
    for component in world.honest:
        listeners += np.bincount(_pairs(component, n_contents) % n_contents, minlength=n_contents)
    n_items = int((listeners > 0).sum())
    p_out = listeners.sum() / (n_honest * n_items)
    rows = []
    for planted in world.rings:
        spec, e = planted.spec, planted.component.events
        n, t = spec.n_accounts, spec.n_targets
        pairs = _pairs(planted.component, n_contents)
        m = np.isin(pairs % n_contents, planted.targets).sum() / n
        camouflage = 1 - e.inauthentic.mean()
        noise = np.sqrt(p_out) * (np.sqrt(n_honest) + np.sqrt(n_items))
        ts = START_US + np.floor(e.start_s[e.inauthentic] * 1e6).astype(np.int64)
        counted = e.inauthentic & (e.action == PLAY) & (e.duration_ms >= _COUNTED_MS)
        rows.append(
            {
                "ring_id": spec.ring_id,
                "operator_id": planted.component.operator_id,
                "scenario": spec.scenario,
                "preset": None,
                "n_accounts": n,
                "n_targets": t,
                "camouflage": float(camouflage),
                "markets": [spec.market],
                "start": int(ts.min()),
                "end": int(ts.max()),
                "hidden_streams": int(counted.sum()),
                "H": float((m / t - p_out) * np.sqrt(n * t) / noise * (1 - camouflage)),
                "lambda_pair": float(m * m / t),
                "jitter_s": spec.jitter_s,
                "seed": world.seed,
                "min_audience": int(listeners[planted.targets].min()),
                "median_audience": int(np.median(listeners[planted.targets])),
            }
        )
    return rows


def _pairs(component: Component, n_contents: int) -> Array:
    """Distinct (account, content) of a component, as account * n_contents + content."""
    e = component.events
    return np.unique(e.account.astype(np.int64) * n_contents + e.content)


def _codes(codes: Array, names: tuple[str, ...]) -> pa.DictionaryArray:
    """Dictionary column from codes; negative codes are null."""
    indices = pa.array(codes.astype(np.int8), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names))


def _hash(values: Array) -> pa.Array:
    return pa.array(values, pa.uint64(), mask=values == 0)


def _text(value: str, n: int) -> pa.Array:
    return pa.array([value or None] * n, pa.string())
