"""The truth about accounts, contents, contexts and infrastructure."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.addresses import fixed_addresses
from cib.datasets.synthetic.building import World
from cib.datasets.synthetic.markets import DAY_S, START_US
from cib.datasets.synthetic.ring_facts import NEVER
from cib.datasets.synthetic.specials import SpecialRing
from cib.datasets.synthetic.streams import account_ids
from cib.datasets.synthetic.tables import TS, texts

Array = npt.NDArray[Any]

_FRESH_US = 60 * DAY_S * 1_000_000


def account_table(world: World, everyday: Accounts, own_events: Array) -> pa.Table:
    """What is true about every account, by account id.

    Parameters
    ----------
    world : confounders and rings
    everyday : the everyday listeners; those whom a ring took over or bought are the ring's here
    own_events : (n_everyday,) what each of them did by itself
    """
    borrowed = [ring.planted.component.borrowed for ring in world.rings]
    taken = [numbers for numbers in borrowed if len(numbers)]
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
    parts += [_ring_accounts(ring, world, own_events, claimed) for ring in world.rings]
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
    first = np.full(n, NEVER) if first is None else first
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


def _ring_accounts(
    special: SpecialRing, world: World, own_events: Array, claimed: set[int]
) -> pa.Table:
    """Accounts of a ring, those it took over included; an account in two rings is the first's."""
    planted, did = special.planted, special.activity
    c = planted.component
    n = len(c.accounts) + len(c.borrowed)
    total = did.n_events.copy()
    total[len(c.accounts) :] += own_events[c.borrowed].astype(np.int64)
    share = did.n_inauthentic / np.maximum(total, 1)
    created = c.accounts.created_us
    if special.owners is not None:
        created = np.concatenate([created, special.owners.created_us])
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
        first=did.first_us[new],
        last=did.last_us[new],
        share=share[new],
    )


def content_table(world: World) -> pa.Table:
    """The rings' contents, by ring and id; who gains is not presumed complicit."""
    names = ("ring_id", "content_role", "complicity")
    schema = pa.schema([("content_id", pa.uint64()), *((name, pa.string()) for name in names)])
    parts = [schema.empty_table()]
    for ring in world.single_rings():
        planted, t = ring.planted, ring.planted.targets
        ids = world.stage.catalogue.content_id[t.content]
        order = np.argsort(ids)
        said = (np.full(len(ids), planted.spec.ring_id), t.role[order], t.complicity[order])
        columns = [pa.array(values.astype(object), pa.string()) for values in said]
        parts.append(pa.table([pa.array(ids[order]), *columns], schema=schema))
    return pa.concat_tables(parts)


def context_table(world: World) -> pa.Table:
    """The playlists, threads and campaigns that rings brought."""
    rows = [
        {"parent_id": int(context.parent_id), "ring_id": planted.spec.ring_id, "kind": context.kind}
        for planted in (ring.planted for ring in world.rings)
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
    for special in world.rings:
        public, owners = fixed_addresses(), special.owners
        if owners is not None:
            public = np.concatenate([public, owners.addresses.ip.ravel(), owners.device.ravel()])
        for ring in special.singles:
            for kind, found in (("device", ring.devices), ("ip", ring.ips)):
                n = len(found)
                parts.append(
                    pa.table(
                        {
                            "kind": pa.array([kind] * n, pa.string()),
                            "hash": found,
                            "ring_id": pa.array([ring.planted.spec.ring_id] * n, pa.string()),
                            "shared_with_organic": np.isin(found, public),
                        },
                        schema=schema,
                    )
                )
    return pa.concat_tables(parts)
