"""Specials: confounder groups and rings, whose events are on disk until they are written.

What the truth needs of a ring's events is taken before they go.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.batches import Batch, Rows, batch_of, component_rows
from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.ring_facts import Activity, RingFacts
from cib.datasets.synthetic.rings import Planted
from cib.datasets.synthetic.spilling import Parts

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Special:
    """A confounder group or ring whose events are on disk."""

    component: Component
    """Without its events."""
    tier: Array
    """(n_accounts + borrowed,) int8, index into `TIERS`."""
    parts: Parts
    """Its rows, by the batch that they are written with."""

    def rows(self, batch: int) -> Rows:
        """Read the rows of a batch."""
        columns = self.parts.read(batch)
        event_id = columns.pop("event_id")
        number = np.concatenate([self.component.accounts.number, self.component.borrowed])
        return Rows(Events(**columns), event_id, number, self.tier)


@dataclass(frozen=True, slots=True)
class SpecialRing:
    """A ring whose events are on disk, and what the truth needs of them."""

    planted: Planted
    """Without its events."""
    special: Special
    activity: Activity
    owners: Accounts | None
    """The everyday listeners whose accounts it borrowed, without their habits; None for none."""
    singles: tuple[RingFacts, ...]
    """The rings that the truth knows: this one, or one of each client."""


def put_away(
    component: Component, owners: Accounts | None, batches: list[Batch], seed: int, path: Path
) -> Special:
    """Put a component's events on disk; whoever has the component lets go of it.

    Parameters
    ----------
    component : confounder group or ring
    owners : the everyday listeners whose accounts it borrowed, None for none
    batches : that the log is written in
    seed : of the world
    path : of the file to make
    """
    a = component.accounts
    number, market, tier = a.number, a.market, a.tier
    if owners is not None:
        number = np.concatenate([number, owners.number])
        market = np.concatenate([market, owners.market])
        tier = np.concatenate([tier, owners.tier])
    rows = component_rows(component, seed, tier)
    holder = batch_of(batches, number, market).astype(np.min_scalar_type(len(batches)))
    holder = holder[component.events.account]
    order = np.argsort(holder, kind="stable")
    start = np.searchsorted(holder[order], np.arange(len(batches) + 1))
    parts = Parts(
        path, (_columns(rows, order[start[i] : start[i + 1]]) for i in range(len(batches)))
    )
    return Special(component.without_events(), rows.tier, parts)


def _columns(rows: Rows, some: Array) -> dict[str, Array]:
    part = rows.take(some)
    columns = {f.name: getattr(part.events, f.name) for f in fields(Events)}
    return {"event_id": part.event_id, **columns}
