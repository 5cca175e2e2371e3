"""From components to rows in the order of the files, a batch of accounts at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.ordering_kernels import sort_keys
from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.events import DUPLICATE_RATE, Events, drawn_by_id, event_ids
from cib.datasets.synthetic.markets import MARKETS
from cib.datasets.synthetic.population import Block, block_events, blocks_of
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import account_ids, scrambled

Array = npt.NDArray[Any]

SPECIAL = 1 << 23
"""Event ids of components that are no blocks start here."""
_BATCH_EVENTS = 2_000_000
_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Accounts of one market that are written together: some blocks, and some of everybody else.

    Confounders and rings are spread over their market's batches, so that no file says who is who.
    """

    market: int
    part: int
    """Counts the batches of the market."""
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Events, their ids and the accounts that `events.account` counts in."""

    events: Events
    event_id: Array
    """(n,) uint64."""
    number: Array
    """(n_accounts,) int64."""
    tier: Array
    """(n_accounts,) int8, index into `TIERS`."""

    def take(self, rows: Array | slice) -> Rows:
        """Return some rows; the accounts stay."""
        return Rows(self.events.take(rows), self.event_id[rows], self.number, self.tier)

    @staticmethod
    def none() -> Rows:
        """No row at all."""
        return Rows(
            Events.of(0), np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int8)
        )

    @staticmethod
    def concat(parts: list[Rows]) -> Rows:
        """Put several lots together."""
        if not parts:
            return Rows.none()
        first = np.append(0, np.cumsum([len(part.number) for part in parts]))
        moved = [
            part.events.replace(account=part.events.account + first[i]) if i else part.events
            for i, part in enumerate(parts)
        ]
        return Rows(
            Events.concat(moved),
            np.concatenate([part.event_id for part in parts]),
            np.concatenate([part.number for part in parts]),
            np.concatenate([part.tier for part in parts]),
        )


def batches_of(n_accounts: int, n_days: int) -> list[Batch]:
    """Cut the world into batches of about `_BATCH_EVENTS` events; every market has at least one."""
    per_block = 20 * 2_048 * (n_days + 2)
    at_once = max(_BATCH_EVENTS // per_block, 1)
    blocks = blocks_of(n_accounts)
    batches = []
    for market in range(len(MARKETS)):
        mine = [block for block in blocks if block.market == market]
        groups = [tuple(mine[i : i + at_once]) for i in range(0, len(mine), at_once)] or [()]
        batches += [Batch(market, part, group) for part, group in enumerate(groups)]
    return batches


def component_event_ids(component: Component, seed: int) -> Array:
    """Return the ids of a confounder group's or ring's events, (n,) uint64."""
    return event_ids(SPECIAL + component.number, len(component.events), seed)


def component_rows(component: Component, seed: int, tier: Array) -> Rows:
    """Return a component's rows; `tier` is of its accounts and those it borrowed."""
    e = component.events
    ids = component_event_ids(component, seed)
    number = np.concatenate([component.accounts.number, component.borrowed])
    return Rows(e, ids, number, tier.astype(np.int8))


def block_rows(stage: Stage, block: Block) -> tuple[Accounts, Rows]:
    """Draw a block: its accounts and their rows."""
    accounts, events = block_events(stage, block)
    ids = event_ids(block.number, len(events), stage.seed)
    return accounts, Rows(events, ids, accounts.number, accounts.tier.astype(np.int8))


def batch_of(batches: list[Batch], number: Array, market: Array) -> Array:
    """Return the index of the batch that each account is written with.

    Parameters
    ----------
    batches : all of them
    number : (n,) of the accounts; everyday listeners stay with their block
    market : (n,)
    """
    first_of = np.array([block.first for batch in batches for block in batch.blocks] or [0])
    last = max((block.first + block.n for batch in batches for block in batch.blocks), default=0)
    holder = np.array([i for i, batch in enumerate(batches) for _ in batch.blocks] or [0])
    at_home = holder[np.clip(np.searchsorted(first_of, number, side="right") - 1, 0, None)]
    markets = np.array([batch.market for batch in batches])
    first_batch = np.searchsorted(markets, np.arange(len(MARKETS)))
    n_batches = np.bincount(markets, minlength=len(MARKETS))
    # In proportion to the batches' own accounts: a small last one must not be full of others.
    size = np.array([sum(block.n for block in batch.blocks) for batch in batches], np.float64)
    size[size == 0] = 1.0
    share = size / np.bincount(markets, size)[markets]
    until = np.cumsum(share) - np.cumsum(share)[first_batch[markets]] + share[first_batch[markets]]
    u = (scrambled(number, 5) >> np.uint64(11)) * 2.0**-53
    drawn = np.searchsorted(markets + until, market + u, side="right")
    drawn = np.clip(drawn, first_batch[market], first_batch[market] + n_batches[market] - 1)
    holders: Array = np.where(number < last, at_home, drawn)
    return holders


def renamed(rows: Rows, seed: int) -> tuple[Rows, npt.NDArray[np.bytes_]]:
    """Let rows count in accounts by id, each of them once and none without a row.

    Files keep the ids of their accounts in this order, so it must not say who came from which
    component; and an account that somebody took over comes with two of them.
    """
    account = rows.events.account
    used = np.flatnonzero(np.bincount(account, minlength=len(rows.number)))
    ids, first, code = np.unique(
        account_ids(rows.number[used], seed), return_index=True, return_inverse=True
    )
    place = np.zeros(len(rows.number), np.int32)
    place[used] = code
    kept = used[first]
    events = rows.events.replace(account=place[account])
    return Rows(events, rows.event_id, rows.number[kept], rows.tier[kept]), ids


def delivered(rows: Rows, *, coarse: bool = False) -> Rows:
    """Put rows in the order of the file, 0.05% of them twice.

    By time, ties by event id: the order of rows says nothing about components. With `coarse`
    times count by the minute.
    """
    n = len(rows.event_id)
    start = rows.events.start_us // (_MINUTE_US if coarse else 1)
    keys, order = start.astype(np.uint64), np.arange(n)
    if n:
        sort_keys(keys, order, np.empty_like(keys), np.empty_like(order), 0, n)
    tied = np.flatnonzero(keys[1:] == keys[:-1])
    if len(tied):
        among = np.unique(np.concatenate([tied, tied + 1]))
        members = order[among]
        order[among] = members[np.lexsort((rows.event_id[members], keys[among]))]
    again = drawn_by_id(rows.event_id[order], 3, DUPLICATE_RATE)
    return rows.take(np.repeat(order, 1 + again))
