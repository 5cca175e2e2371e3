"""The truth tables: accounts, events, contents, contexts, infrastructure, rings, interventions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.addresses import fixed_addresses
from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.events import COUNTED_MS, PLAY, event_ids
from cib.datasets.synthetic.hardness import hardness
from cib.datasets.synthetic.markets import DAY_S, MARKET_CODES, START_US
from cib.datasets.synthetic.rings import Planted
from cib.datasets.synthetic.streams import account_ids
from cib.datasets.synthetic.survey import Survey
from cib.datasets.synthetic.tables import ROYALTY_MICRO, TS, texts
from cib.datasets.synthetic.world import World

Array = npt.NDArray[Any]

_FRESH_US = 60 * DAY_S * 1_000_000
_LAST = np.iinfo(np.int64).max


def account_table(world: World, everyday: Accounts) -> pa.Table:
    """What is true about every account, by account id.

    Parameters
    ----------
    world : confounders and rings
    everyday : the everyday listeners; those whom a ring took over or bought are the ring's here
    """
    taken = [p.component.borrowed for p in world.rings if len(p.component.borrowed)]
    theirs = np.unique(np.concatenate(taken)) if taken else np.empty(0, np.int64)
    own = everyday.take(~np.isin(everyday.number, theirs))
    n = len(own)
    parts = [
        _accounts(
            own.number,
            world.seed,
            # Carrier-grade NAT puts strangers behind one address: confounder G06.
            klass=np.where(own.addresses.behind_nat, "confounder", "organic"),
            group=np.where(own.addresses.behind_nat, "G06", ""),
            role=np.full(n, "listener"),
            policy_view=np.full(n, "authentic"),
            created_us=own.created_us,
        )
    ]
    for component in world.confounders:
        n = len(component.accounts)
        parts.append(
            _accounts(
                component.accounts.number,
                world.seed,
                klass=component.klass,
                group=np.full(n, component.group),
                role=component.role,
                policy_view=np.full(n, component.policy_view),
                created_us=component.accounts.created_us,
            )
        )
    claimed: set[int] = set()
    parts += [_ring_accounts(planted, world, claimed) for planted in world.rings]
    return pa.concat_tables(parts).sort_by("account_id")


def _accounts(
    number: Array,
    seed: int,
    *,
    klass: Array,
    role: Array,
    policy_view: Array,
    created_us: Array,
    group: Array | None = None,
    ring: Array | None = None,
    ring_2: Array | None = None,
    operator: str | None = None,
    scenario: str | None = None,
    first: Array | None = None,
    last: Array | None = None,
    share: Array | None = None,
) -> pa.Table:
    n = len(number)
    group = np.full(n, "") if group is None else group
    ring = np.full(n, None) if ring is None else ring
    ring_2 = np.full(n, "") if ring_2 is None else ring_2
    first = np.full(n, _LAST) if first is None else first
    last = np.full(n, -1) if last is None else last
    return pa.table(
        {
            "account_id": texts(account_ids(number, seed)),
            "klass": pa.array(klass.astype(object), pa.string()),
            "ring_id": pa.array(ring.astype(object), pa.string()),
            "ring_id_2": pa.array(ring_2.astype(object), pa.string(), mask=ring_2 == ""),
            "operator_id": pa.array([operator] * n, pa.string()),
            "scenario": pa.array([scenario] * n, pa.string()),
            "role": pa.array(role.astype(object), pa.string()),
            "confounder_group": pa.array(group.astype(object), pa.string(), mask=group == ""),
            "policy_view": pa.array(policy_view.astype(object), pa.string()),
            "active_from": pa.array(START_US + np.where(last < 0, 0, first), mask=last < 0).view(
                TS
            ),
            "active_to": pa.array(START_US + last, mask=last < 0).view(TS),
            "target_share": np.zeros(n) if share is None else share,
            "is_fresh_account": created_us > START_US - _FRESH_US,
        }
    )


def _ring_accounts(planted: Planted, world: World, claimed: set[int]) -> pa.Table:
    """Accounts of a ring, those it took over included; an account in two rings is the first's."""
    c, e = planted.component, planted.component.events
    n = len(c.accounts) + len(c.borrowed)
    bad = e.inauthentic
    total = np.bincount(e.account, minlength=n)
    share = np.bincount(e.account[bad], minlength=n) / np.maximum(total, 1)
    first, last = np.full(n, _LAST), np.full(n, -1)
    np.minimum.at(first, e.account[bad], e.start_us[bad])
    np.maximum.at(last, e.account[bad], e.start_us[bad])
    created = c.accounts.created_us
    if len(c.borrowed):
        created = np.concatenate([created, world.stage.honest(c.borrowed).created_us])
    ring = np.full(n, planted.spec.ring_id, object)
    if planted.clients is not None:
        ring = planted.ring_ids(planted.clients.account)
    number = c.numbers(np.arange(n))
    new = np.array([i for i, v in enumerate(number.tolist()) if v not in claimed], np.int64)
    claimed.update(number.tolist())
    return _accounts(
        number[new],
        world.seed,
        klass=c.klass[new],
        role=c.role[new],
        policy_view=np.full(len(new), c.policy_view),
        created_us=created[new],
        ring=ring[new],
        operator=planted.spec.operator,
        scenario=planted.spec.scenario,
        ring_2=c.second_ring[new] if len(c.second_ring) else None,
        first=first[new],
        last=last[new],
        share=share[new],
    )


def event_table(world: World, special: int) -> pa.Table:
    """The inauthentic events; every other event of the log is authentic.

    Parameters
    ----------
    world : its rings
    special : where the event ids of components that are no blocks start
    """
    schema = pa.schema(
        [
            ("event_id", pa.uint64()),
            ("account_id", pa.string()),
            ("ts", TS),
            ("ring_id", pa.string()),
            ("monetised", pa.bool_()),
        ]
    )
    parts = [schema.empty_table()]
    for planted in world.rings:
        c, e = planted.component, planted.component.events
        ids = event_ids(special + c.number, len(e), world.seed)
        keep = np.flatnonzero(e.inauthentic)
        numbers, code = np.unique(c.numbers(e.account[keep]), return_inverse=True)
        names = [planted.spec.ring_id]
        of_ring = np.zeros(len(keep), np.int64)
        if planted.clients is not None:
            of_ring = planted.event_clients()[keep]
            names = planted.ring_ids(np.arange(int(of_ring.max(initial=0)) + 1)).tolist()
        counted = (e.action[keep] == PLAY) & (e.duration_ms[keep] >= COUNTED_MS)
        parts.append(
            pa.table(
                {
                    "event_id": ids[keep],
                    "account_id": texts(account_ids(numbers, world.seed)).take(pa.array(code)),
                    "ts": pa.array(START_US + e.start_us[keep]).view(TS),
                    "ring_id": pa.array(names).take(pa.array(of_ring)),
                    "monetised": counted,
                },
                schema=schema,
            )
        )
    return pa.concat_tables(parts).sort_by("event_id")


def content_table(world: World) -> pa.Table:
    """The rings' contents, by ring and id; who gains is not presumed complicit."""
    names = ("ring_id", "content_role", "complicity")
    schema = pa.schema([("content_id", pa.uint64()), *((name, pa.string()) for name in names)])
    parts = [schema.empty_table()]
    for planted in _rings(world):
        t = planted.targets
        ids = world.stage.catalogue.content_id[t.content]
        order = np.argsort(ids)
        said = (np.full(len(ids), planted.spec.ring_id), t.role[order], t.complicity[order])
        columns = [pa.array(values.astype(object), pa.string()) for values in said]
        parts.append(pa.table([pa.array(ids[order]), *columns], schema=schema))
    return pa.concat_tables(parts)


def _rings(world: World) -> list[Planted]:
    """Every ring of the world; an operator's clients are rings of their own."""
    return [ring for planted in world.rings for ring in planted.rings()]


def context_table(world: World) -> pa.Table:
    """The playlists, threads and campaigns that rings brought."""
    rows = [
        {"parent_id": int(context.parent_id), "ring_id": planted.spec.ring_id, "kind": context.kind}
        for planted in world.rings
        for context in planted.component.contexts
    ]
    schema = pa.schema(
        [("parent_id", pa.uint64()), ("ring_id", pa.string()), ("kind", pa.string())]
    )
    return pa.Table.from_pylist(rows, schema)


def infra_table(world: World) -> pa.Table:
    """Devices and addresses that serve rings, and whether honest people use them too."""
    schema = pa.schema(
        [
            ("kind", pa.string()),
            ("hash", pa.uint64()),
            ("ring_id", pa.string()),
            ("shared_with_organic", pa.bool_()),
        ]
    )
    parts = [schema.empty_table()]
    for planted in _rings(world):
        c = planted.component
        bad = c.events.take(c.events.inauthentic)
        public = fixed_addresses()
        if len(c.borrowed):
            owners = world.stage.honest(c.borrowed)
            public = np.concatenate([public, owners.addresses.ip.ravel(), owners.device.ravel()])
        for kind, values in (("device", bad.device), ("ip", bad.ip)):
            found = np.unique(values[values > 0])
            n = len(found)
            parts.append(
                pa.table(
                    {
                        "kind": pa.array([kind] * n, pa.string()),
                        "hash": found,
                        "ring_id": pa.array([planted.spec.ring_id] * n, pa.string()),
                        "shared_with_organic": np.isin(found, public),
                    },
                    schema=schema,
                )
            )
    return pa.concat_tables(parts)


def ring_table(world: World, survey: Survey, n_honest: int) -> pa.Table:
    """One row per ring: what it is, and how hard to find (see `hardness`)."""
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("ring_id", "operator_id", "scenario", "preset")),
            *((name, pa.int64()) for name in ("n_accounts", "n_targets")),
            ("camouflage", pa.float64()),
            ("markets", pa.list_(pa.string())),
            *((name, TS) for name in ("start", "end")),
            *((name, pa.int64()) for name in ("hidden_streams", "hidden_royalty_micro")),
            *((name, pa.float64()) for name in ("p_in", "p_out", "SNR", "H", "lambda_pair")),
            *((name, pa.float64()) for name in ("sync", "infra_lift", "volume_z", "jitter_s")),
            *((name, pa.int64()) for name in ("min_audience", "median_audience", "seed")),
        ]
    )
    rows = []
    for planted in _rings(world):
        spec, e = planted.spec, planted.component.events
        when = e.start_us[e.inauthentic]
        market = planted.component.accounts.market
        measures = hardness(planted, survey, world.confounders, n_honest, world.spec.n_days)
        rows.append(
            {
                "ring_id": spec.ring_id,
                "operator_id": spec.operator,
                "scenario": spec.scenario,
                "preset": spec.preset,
                "markets": sorted({MARKET_CODES[i] for i in np.unique(market).tolist()})
                or sorted(spec.markets),
                "start": START_US + int(when.min()) if len(when) else None,
                "end": START_US + int(when.max()) if len(when) else None,
                "hidden_royalty_micro": _royalty(planted.component),
                "jitter_s": spec.jitter_s,
                "seed": world.seed,
                **measures,
            }
        )
    return pa.Table.from_pylist(rows, schema)


def _royalty(component: Component) -> int:
    """Micro-dollars that the ring's counted plays accrued, those on borrowed accounts left out."""
    e, n = component.events, len(component.accounts)
    counted = e.inauthentic & (e.action == PLAY) & (e.duration_ms >= COUNTED_MS) & (e.account < n)
    account = e.account[counted]
    total: int = ROYALTY_MICRO[
        component.accounts.market[account], component.accounts.tier[account]
    ].sum()
    return int(total)


def interventions_table(world: World) -> pa.Table:
    """When accounts were removed, and how operators answered."""
    rows = [
        {
            "ts": START_US + (step.day + 1) * DAY_S * 1_000_000,
            "ring_id": planted.spec.ring_id,
            "action": "accounts_removed",
            "n_removed": step.removed,
            "share_removed": step.share_removed,
            "adversary_response": step.response,
            "response_delay_days": step.delay_days,
        }
        for planted in world.rings
        for step in planted.interventions
    ]
    schema = pa.schema(
        [
            ("ts", TS),
            ("ring_id", pa.string()),
            ("action", pa.string()),
            ("n_removed", pa.int64()),
            ("share_removed", pa.float64()),
            ("adversary_response", pa.string()),
            ("response_delay_days", pa.int64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def review_table(accounts: pa.Table, rng: np.random.Generator, n_days: int) -> pa.Table:
    """A simulated human review of some accounts.

    Parameters
    ----------
    accounts : `account_table`
    rng : the reviews' stream
    n_days : length of the log; reviews come at its end

    Notes
    -----
    A fifth of the accounts in rings and confounder groups and 1 in 200 of the others are sampled;
    `inclusion_prob` says which. Reviewers call 2% of honest accounts inauthentic and miss 10% of
    the others; organised fans (grey) are mislabelled at 0.3, all of a reviewer's alike.
    """
    n = accounts.num_rows
    ring = accounts["ring_id"].is_valid().to_numpy(zero_copy_only=False)
    group = accounts["confounder_group"].to_numpy(zero_copy_only=False)
    marked = ring | np.array([g is not None and g != "G06" for g in group])
    chance = np.where(marked, 0.2, 0.005)
    drawn = rng.random(n) < chance
    reviewer = rng.integers(0, 8, n)
    wrong = rng.random(n) < np.where(ring, 0.10, 0.02)
    mistaken = rng.random(8) < 0.3
    wrong = np.where(group == "G02", mistaken[reviewer], wrong)
    label = np.where(ring ^ wrong, "inauthentic", "authentic")
    rows = np.flatnonzero(drawn)
    return pa.table(
        {
            "unit": accounts["account_id"].take(pa.array(rows)),
            "sampled_ts": pa.array(np.full(len(rows), START_US + n_days * DAY_S * 1_000_000)).view(
                TS
            ),
            "inclusion_prob": chance[rows],
            "label": pa.array(label[rows].astype(object), pa.string()),
            "reviewer_id": reviewer[rows],
        }
    )
