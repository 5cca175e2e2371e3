"""Everyday listeners, a block at a time, so that any number of them fits into memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, make_accounts
from cib.datasets.synthetic.catalogue import Catalogue
from cib.datasets.synthetic.events import Events, finish
from cib.datasets.synthetic.markets import WEIGHT
from cib.datasets.synthetic.playing import play
from cib.datasets.synthetic.sessions import everyday
from cib.datasets.synthetic.social import with_reactions
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import ORGANIC, stream

Array = npt.NDArray[Any]

BLOCK = 2_048


@dataclass(frozen=True, slots=True)
class Block:
    """Accounts of one market that share a random stream."""

    number: int
    market: int
    first: int
    """Number of its first account."""
    n: int


def blocks_of(n_accounts: int) -> list[Block]:
    """Cut the everyday listeners into blocks, market by market.

    Parameters
    ----------
    n_accounts : all everyday listeners

    Examples
    --------
    >>> blocks = blocks_of(10_000)
    >>> sum(block.n for block in blocks)
    10000
    >>> blocks[1].first == blocks[0].n
    True
    """
    share = WEIGHT * n_accounts
    per_market = np.floor(share).astype(np.int64)
    missing = n_accounts - int(per_market.sum())
    per_market[np.argsort(per_market - share, kind="stable")[:missing]] += 1
    blocks: list[Block] = []
    first = 0
    for market, count in enumerate(per_market.tolist()):
        for begin in range(0, count, BLOCK):
            n = min(BLOCK, count - begin)
            blocks.append(Block(len(blocks), market, first, n))
            first += n
    return blocks


def block_accounts(seed: int, catalogue: Catalogue, block: Block) -> Accounts:
    """Draw the accounts of a block."""
    return _accounts(stream(seed, ORGANIC, block.number), catalogue, block)


def _accounts(rng: np.random.Generator, catalogue: Catalogue, block: Block) -> Accounts:
    return make_accounts(rng, catalogue, block.n, first_number=block.first, market=block.market)


def block_events(stage: Stage, block: Block) -> tuple[Accounts, Events]:
    """Draw the accounts of a block and all that they do."""
    rng = stream(stage.seed, ORGANIC, block.number)
    accounts = _accounts(rng, stage.catalogue, block)
    plays = play(rng, stage.catalogue, accounts, everyday(rng, accounts, stage.n_days))
    return accounts, finish(with_reactions(rng, stage, accounts, plays), stage.n_days)


def accounts_numbered(seed: int, catalogue: Catalogue, n_accounts: int, numbers: Array) -> Accounts:
    """Return the everyday listeners of these numbers, in that order."""
    blocks = blocks_of(n_accounts)
    firsts = np.array([block.first for block in blocks])
    of = np.searchsorted(firsts, numbers, side="right") - 1
    parts, places = [], []
    for b in np.unique(of).tolist():
        rows = np.flatnonzero(of == b)
        parts.append(block_accounts(seed, catalogue, blocks[b]).take(numbers[rows] - firsts[b]))
        places.append(rows)
    back = np.argsort(np.concatenate(places), kind="stable")
    return Accounts.concat(parts).take(back)
