"""Groups of accounts and contents whose edge is tested, and those of them that become blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.algorithms.blocks import WHOLE_LOG, Block
from cib.algorithms.edge_test import HEARD_WHOLE, Edge, edge_of
from cib.algorithms.fdr import log10_q_values

SMALLEST = 5
"""Accounts that contents must share to be put together: fewer can prove nothing."""

MOST_PAIRS = 2**25
"""Pairs that are held of what groups are formed from: 3.4 GB."""


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts that act on the same contents."""

    account: npt.NDArray[np.int32]
    """(n,) account codes, ascending."""
    content: npt.NDArray[np.int32]
    """Content codes, ascending."""
    hits: npt.NDArray[np.int64]
    """(n,) contents of the group that count for each account."""
    edge: Edge
    """Whether a taste explains them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A group, and where it was found."""

    group: Group
    layer: str
    least: int = 1
    """Actions on a content from which on it counts."""


def taste_edge(
    hits: npt.NDArray[np.int64], inside: npt.NDArray[np.bool_], n_contents: int, n_accounts: int
) -> Edge:
    """Test whether a taste explains a group: `edge_of`, given that it could form.

    Parameters
    ----------
    hits : (n,) contents of the group that count for each account with any
    inside : (n,) who is in the group
    n_accounts : of the log; the others have no hits
    """
    trials = np.full(len(hits), n_contents, np.int64)
    return edge_of(hits, trials, inside, n_accounts, n_chosen=SMALLEST, least_chance=HEARD_WHOLE)


def significant_blocks(
    found: Sequence[Found], n_tests: int, *, signal: str, q: float, min_size: int
) -> list[Block]:
    """Blocks of the groups that are discoveries by Benjamini and Hochberg, strongest first.

    Parameters
    ----------
    found : groups
    n_tests : groups that were tested, with those that are not among `found`
    signal : what they were found by
    q : false discovery rate
    min_size : fewest accounts of a block
    """
    log10_p = np.array([one.group.edge.log10_p for one in found])
    log10_q = log10_q_values(log10_p + np.log10(max(n_tests, 1)), n_tests)
    blocks = []
    for one, q_value in zip(found, (10**log10_q).tolist(), strict=True):
        group = one.group
        if q_value > q or len(group.account) < min_size:
            continue
        honest = min(1.0, group.edge.expected / max(group.edge.n_core, 1))
        blocks.append(
            Block(
                group.account,
                group.content,
                WHOLE_LOG,
                group.hits,
                np.asarray(group.hits * honest, np.float64),
                np.full(len(group.account), 1 - honest),
                group.edge.log10_p,
                q_value,
                layer=one.layer,
                least=one.least,
                signal=signal,
            )
        )
    return sorted(
        blocks,
        key=lambda b: (b.log10_p, b.layer, b.least, int(b.account[0]), int(b.content[0])),
    )
