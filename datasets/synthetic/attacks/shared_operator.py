"""A10, one operator, many clients: rings with targets of their own that share what they run on.

Each client buys streams of some targets, and no two clients have one in common; the operator runs
them with another scenario (`of`), each from accounts of the client's own. A share of the accounts
of every client runs on the operator's common addresses and devices (`Infra.shared`), and a share
works for two clients. So infrastructure joins rings whose contents have nothing in common. CGNAT
and offices look alike. 5 to 30 rings that share 10 to 60% are the scenario's ranges.

The truth gives each client a ring, see `rings.Clients`. Rings of several specifications can share
machines too: give them the same `operator_id` and an `Infra.shared`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic import attacks
from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.components import Component, Targets
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.merging import merged
from cib.datasets.synthetic.operating import choose_targets
from cib.datasets.synthetic.rings import Clients, Infra, Planted, RingSpec
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="shared-operator",
    number=10,
    scenario="A10",
    n_accounts=400,
    n_targets=160,
    audience=(5, 300),
    target_share=0.5,
    plays_per_day=40.0,
    clock="diurnal",
    jitter_s=1_800.0,
    infra=Infra(accounts_per_ip=8, accounts_per_device=4, asns=6, shared=0.3),
    complicity="paying_client",
    options={"clients": 10, "of": "A02", "double_share": 0.15},
)
"""Options: `clients`, rings of about equal size; `of`, scenario by which they are run, which takes
further options as its own; `double_share` of the accounts work for a second client."""
SWEEP = {
    "options.clients": (5, 10, 30),
    "infra.shared": (0.1, 0.3, 0.6),
    "options.double_share": (0.0, 0.15, 0.6),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the rings of all clients as one component."""
    scenario = attacks.SCENARIOS[spec.choice("of", "A02")]
    targets = choose_targets(rng, stage, spec)
    n_clients = max(min(round(spec.option("clients", 10)), len(targets)), 1)
    lots = np.array_split(targets, n_clients)
    sizes = np.diff(np.linspace(0, spec.n_accounts, n_clients + 1).round().astype(np.int64))
    streams = rng.spawn(n_clients)
    # The operator is named: its common machines do not depend on the client.
    ordered = replace(spec, scenario=spec.choice("of", "A02"), operator_id=spec.operator)
    ordered = replace(ordered, options={**scenario.DEFAULTS.options, **spec.options})
    parts, client, ran = [], [], []
    for i in range(n_clients):
        if not sizes[i]:
            continue
        order = replace(ordered, n_accounts=int(sizes[i]), n_targets=len(lots[i]))
        planted: Planted = scenario.make(
            streams[i], stage, replace(order, given=tuple(lots[i].tolist()))
        )
        parts.append(planted.component)
        ran.append(i)
        client.append(np.full(len(planted.component.accounts), i))
    component, who, also = _doubled(rng, spec, merged(parts), np.concatenate(client))
    lent = np.full(len(component.borrowed), -1)
    for part, i in reversed(list(zip(parts, ran, strict=True))):
        lent[np.searchsorted(component.borrowed, part.borrowed)] = i
    clients = Clients(
        account=np.append(who, lent),
        account_2=np.append(also, np.full(len(lent), -1)),
        target=np.repeat(np.arange(n_clients), [len(lot) for lot in lots]),
    )
    planted = Planted(spec, component, Targets.of(targets, spec.complicity), clients=clients)
    if (clients.account_2 < 0).all():
        return planted
    second = planted.ring_ids(clients.account_2)
    second[clients.account_2 < 0] = ""
    return replace(planted, component=replace(component, second_ring=second))


def _doubled(
    rng: np.random.Generator, spec: RingSpec, component: Component, client: Array
) -> tuple[Component, Array, Array]:
    """Let accounts of one client do the work of some of the next one's, who are not needed then."""
    n = len(client)
    also = np.full(n, -1)
    stand_in = np.arange(n)
    share = spec.option("double_share", 0.15)
    names = np.unique(client)
    for before, after in pairwise(names):
        # Who stands in is still there, and does it for one client only.
        able = np.flatnonzero((client == before) & (stand_in == np.arange(n)))
        spare = np.flatnonzero(client == after)
        k = min(round(share * len(spare)), len(able), len(spare) - 1)
        if k < 1:
            continue
        able, spare = rng.choice(able, k, replace=False), rng.choice(spare, k, replace=False)
        stand_in[spare], also[able] = able, after
    gone = stand_in != np.arange(n)
    if not gone.any():
        return component, client, also
    e = component.events
    own = e.account < n
    left = np.zeros(len(e), bool)
    left[own] = gone[e.account[own]]
    e, moved = e.take(~left | e.inauthentic), left[~left | e.inauthentic]
    by = np.where(moved, stand_in[np.where(moved, e.account, 0)], 0)
    e = _from_its_machine(e, moved, by, component.accounts)
    clear = ~_clashing(e, moved)
    e = e.take(clear)
    kept = np.flatnonzero(~gone)
    every = np.append(~gone, np.ones(len(component.borrowed), bool))
    place = np.cumsum(every) - 1
    component = replace(
        component,
        accounts=component.accounts.take(kept),
        events=e.replace(account=place[e.account]),
        klass=component.klass[every],
        role=component.role[every],
    )
    return component, client[kept], also[kept]


def _from_its_machine(e: Events, moved: Array, by: Array, accounts: Accounts) -> Events:
    """Give events to other accounts, with what these run on; what was missing stays missing."""
    own = {
        "device": accounts.device[by, 1],
        "ip": accounts.addresses.ip[by, 0],
        "asn": accounts.addresses.asn[by, 0],
        "platform": accounts.platform[by, 1],
        "ip_market": accounts.ip_market[by],
    }
    changed = {name: np.where(moved, new, getattr(e, name)) for name, new in own.items()}
    for name in ("device", "ip"):
        changed[name] = np.where(getattr(e, name) == 0, np.uint64(0), changed[name])
    return e.replace(account=np.where(moved, by, e.account), **changed)


def _clashing(e: Events, moved: Array) -> Array:
    """Mask of moved events that would run into others of their account: one thing at a time."""
    order = np.lexsort((e.start_us, e.account))
    account, start = e.account[order].astype(np.int64), e.start_us[order]
    end = start + np.maximum(e.duration_ms[order], 0).astype(np.int64) * 1_000
    low, high = int(start.min(initial=0)), int(end.max(initial=0))
    base = account * (high - low + 1)
    latest = np.maximum.accumulate(base + end - low)
    # What starts at the same time is the same event, delivered twice.
    other = (account[1:] == account[:-1]) & (start[1:] != start[:-1])
    late, early = np.zeros(len(e), bool), np.zeros(len(e), bool)
    late[1:] = other & (latest[:-1] > (base + start - low)[1:])
    early[:-1] = other & (end[:-1] > start[1:])
    clash = np.zeros(len(e), bool)
    clash[order] = (late | early) & moved[order]
    return clash
