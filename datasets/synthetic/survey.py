"""What honest people did around the rings' targets, counted while the log is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.batches import Rows
from cib.datasets.synthetic.events import ACTIONS, PLAY
from cib.datasets.synthetic.population import Block
from cib.datasets.synthetic.spilling import Buckets

Array = npt.NDArray[Any]

_NEAR_US = 300_000_000
_EVERY = 16
"""Density, volume and sharing are taken from every 16th block."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Everyday listeners of one block, as the measure of what is usual."""

    market: int
    n_accounts: int
    n_pairs: int
    """Distinct (account, content)."""
    daily_plays: Array
    """(n,) plays per day of those who played at all."""
    n_sharing: int
    """Pairs of accounts with a device or an address in common."""


@dataclass(frozen=True, slots=True)
class Audience:
    """What honest people did on some contents; aligned arrays."""

    content: Array
    """Ascending indices into the catalogue, each once."""
    n_events: Array
    n_near: Array
    """Events with another account's event on the same content within five minutes."""
    n_accounts: Array

    @staticmethod
    def of(content: Array, number: Array, start_us: Array) -> Audience:
        """Count events; all of a content's, for neighbours in time are looked for among them."""
        found, place = np.unique(content, return_inverse=True)
        who = np.unique(number, return_inverse=True)[1]
        pairs = np.unique(place.astype(np.int64) << 32 | who)
        n = len(found)
        return Audience(
            content=found,
            n_events=np.bincount(place, minlength=n),
            n_near=np.bincount(place[near_another(content, number, start_us)], minlength=n),
            n_accounts=np.bincount(pairs >> 32, minlength=n),
        )

    @staticmethod
    def concat(parts: list[Audience]) -> Audience:
        """Put the counts of different contents together."""
        columns = {
            f.name: np.concatenate([np.empty(0, np.int64), *(getattr(p, f.name) for p in parts)])
            for f in fields(Audience)
        }
        order = np.argsort(columns["content"])
        return Audience(**{name: values[order] for name, values in columns.items()})


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted while a batch is written."""

    by_action: Array
    """(n_actions,) events, rings' included, duplicates not."""
    touched: Array
    """(n_contents,) bool: somebody honest touched it."""
    hits: dict[str, Array]
    """Honest events on rings' targets: content, number, start_us; aligned."""
    own_events: Array
    """Events of each of the batch's everyday listeners, by number."""
    samples: list[Sample]

    @staticmethod
    def of(
        rows: Rows, n_honest: int, wanted: Array, own_events: Array, samples: list[Sample]
    ) -> Counts:
        """Count one batch.

        Parameters
        ----------
        rows : of the batch
        n_honest : that many rows, the first, are no ring's
        wanted : (n_contents,) bool, some ring's target
        own_events : of the batch's everyday listeners
        samples : of the batch's blocks
        """
        e = rows.events
        content = e.content[:n_honest]
        touched = np.zeros(len(wanted), bool)
        touched[content] = True
        hit = np.flatnonzero(wanted[content])
        return Counts(
            by_action=np.bincount(e.action, minlength=len(ACTIONS)),
            touched=touched,
            hits={
                "content": e.content[hit],
                "number": rows.number[e.account[hit]],
                "start_us": e.start_us[hit],
            },
            own_events=own_events,
            samples=samples,
        )


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts over the whole log."""

    by_action: Array
    """(n_actions,) events, rings' included, duplicates not."""
    touched: Array
    """(n_contents,) bool: somebody honest touched it."""
    audience: Audience
    """Of the rings' targets."""
    own_events: Array
    """(n_everyday,) events of each everyday listener, by number."""
    samples: tuple[Sample, ...]

    @staticmethod
    def sum(batches: Iterable[Counts], hits: Buckets) -> Survey:
        """Put the batches' counts together, one after the other.

        What is as long as the catalogue is held once, however many batches there are, and what
        people did on the targets waits in `hits` until it can be counted content by content.
        """
        by_action, touched = np.zeros(len(ACTIONS), np.int64), np.zeros(0, bool)
        own_events: list[Array] = []
        samples: list[Sample] = []
        for batch in batches:
            by_action += batch.by_action
            if len(touched):
                touched |= batch.touched
            else:
                touched = batch.touched
            hits.add(batch.hits, batch.hits["content"] % len(hits))
            own_events.append(batch.own_events)
            samples += batch.samples
        audience = [Audience.of(**found) for found in map(hits.read, range(len(hits))) if found]
        return Survey(
            by_action,
            touched,
            Audience.concat(audience),
            np.concatenate(own_events),
            tuple(samples),
        )


def near_another(content: Array, account: Array, start_us: Array) -> Array:
    """Mask of events with another account's event on the same content within five minutes."""
    order = np.lexsort((start_us, content))
    content, account, start_us = content[order], account[order], start_us[order]
    near = np.zeros(len(content), bool)
    for step in (1, 2, 3):  # the neighbour may be the account itself
        close = (
            (content[step:] == content[:-step])
            & (start_us[step:] - start_us[:-step] <= _NEAR_US)
            & (account[step:] != account[:-step])
        )
        near[step:] |= close
        near[:-step] |= close
    found = np.empty(len(near), bool)
    found[order] = near
    return found


def sample(block: Block, accounts: Accounts, rows: Rows, n_days: int) -> list[Sample]:
    """Return the sample that a block gives, if it is one that gives any."""
    if block.number % _EVERY:
        return []
    e = rows.events
    key = np.sort(e.account.astype(np.int64) << 32 | e.content)
    plays = np.bincount(e.account[e.action == PLAY], minlength=len(accounts))
    return [
        Sample(
            market=block.market,
            n_accounts=len(accounts),
            n_pairs=int((np.diff(key) != 0).sum()) + bool(len(key)),
            daily_plays=plays[plays > 0] / n_days,
            n_sharing=sharing_pairs(e.account, e.device, e.ip),
        )
    ]


def sharing_pairs(account: Array, device: Array, ip: Array) -> int:
    """Count pairs of accounts with a device or an address in common; 0 is none.

    Counted once for each thing in common, so that two who share both count twice.
    """
    total = 0
    for value in (device, ip):
        _, code = np.unique(value, return_inverse=True)
        pair = np.unique(code[value > 0].astype(np.int64) << 32 | account[value > 0])
        _, size = np.unique(pair >> 32, return_counts=True)
        total += int((size * (size - 1) // 2).sum())
    return total
