"""What honest people did around the rings' targets, counted while the log is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.batches import Rows
from cib.datasets.synthetic.events import ACTIONS, PLAY
from cib.datasets.synthetic.population import Block

Array = npt.NDArray[Any]

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
class Survey:
    """Counts over the honest rows of a batch, or of all batches."""

    by_action: Array
    """(n_actions,) events, rings' included, duplicates not."""
    touched: Array
    """(n_contents,) bool: somebody honest touched it."""
    hit_content: Array
    hit_number: Array
    hit_start_us: Array
    """Honest events on rings' targets, aligned."""
    own_events: Array
    """(n_everyday,) events of each everyday listener, by number."""
    samples: tuple[Sample, ...]

    @staticmethod
    def of(
        rows: Rows, n_honest: int, wanted: Array, own_events: Array, samples: list[Sample]
    ) -> Survey:
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
        return Survey(
            by_action=np.bincount(e.action, minlength=len(ACTIONS)),
            touched=touched,
            hit_content=e.content[hit],
            hit_number=rows.number[e.account[hit]],
            hit_start_us=e.start_us[hit],
            own_events=own_events,
            samples=tuple(samples),
        )

    @staticmethod
    def sum(parts: Iterable[Survey]) -> Survey:
        """Put the batches' counts together, one after the other.

        What is as long as the catalogue is held once, however many batches there are.
        """
        nothing = np.empty(0, bool)
        whole: Survey | None = None
        rest: list[Survey] = []
        for part in parts:
            if whole is None:
                whole = part
            else:
                whole.by_action[:] += part.by_action
                whole.touched[:] |= part.touched
            rest.append(replace(part, by_action=nothing, touched=nothing))
        if whole is None:
            raise ValueError("A world has at least one batch.")
        return replace(
            whole,
            hit_content=np.concatenate([part.hit_content for part in rest]),
            hit_number=np.concatenate([part.hit_number for part in rest]),
            hit_start_us=np.concatenate([part.hit_start_us for part in rest]),
            own_events=np.concatenate([part.own_events for part in rest]),
            samples=tuple(sample for part in rest for sample in part.samples),
        )


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
