"""Mirrored audiences: contents that the same accounts act on, and next to nobody else does.

Tastes overlap, and they fade out: of those who love an artist's rarest song many love the others,
some know a few of them, more know one. Who acts on orders acts on what was ordered. So the
contents of a ring have one and the same audience, whatever else its accounts do to look human,
however slowly they work, and wherever they do it from.

1. The audience of a content are the accounts that acted on it at least once; and, told apart, those
   that did several times, which parts a ring's targets from what others play now and then.
2. Contents are alike when their audiences have a Jaccard similarity of at least one half (`overlap`
   finds all such pairs). Communities of alike contents are groups. Of the contents of accounts that
   have thousands, some are compared (`Audiences.sample`), and the others join the group whose
   members their audience is like: a catalogue of 100,000 songs that the same accounts stream has
   five billion pairs.
3. Members of a group are the accounts in the audiences of at least half of its contents.
4. The null hypothesis is a taste: the more of a group's contents, the fewer accounts; but people
   may hear an album whole (`HEARD_WHOLE`). Its p-value (`edge_of`) asks whether so many accounts
   have nearly all, given how few have some, and given that there are as many as it takes to form a
   group: contents were put together because they share accounts, so the first `SMALLEST` of them
   prove nothing.
5. Benjamini-Hochberg over all groups of enough contents to have an edge, of all layers.

On real listening without any ring (23,566 accounts, 46,720 tracks of Last.fm) 545 such groups form,
albums mostly, and none is significant at q = 0.05.

Memory is what `cib.graphs.audiences` takes for one layer at a time, and 100 bytes for each of at
most MOST_PAIRS pairs: where there are more, fewer contents are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.blocks import AUDIENCE, Block
from cib.algorithms.communities import leiden
from cib.algorithms.edge_test import FEWEST_TRIALS, Edge
from cib.algorithms.edged_groups import (
    MOST_PAIRS,
    SMALLEST,
    Found,
    Group,
    significant_blocks,
    taste_edge,
)
from cib.graphs.audiences import Audiences
from cib.graphs.audiences_kernels import hits_by_group, nearest_group
from cib.graphs.layers.layer import Layer
from cib.graphs.network import Network
from cib.graphs.overlap import TooManyPairs

LEAST = (1, 3)
"""Actions on a content that make an account part of its audience; each is tried."""

MOST_CONTENTS = 1024
"""Contents of an account that are compared."""


def mirrored_blocks(
    layers: Sequence[Layer],
    *,
    similarity: float = 0.5,
    q: float = 0.05,
    min_size: int = 3,
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
    capped: Callable[[tuple[str, str]], None] | None = None,
) -> list[Block]:
    """Find groups of contents with one and the same audience.

    Parameters
    ----------
    layers : those whose tokens are contents are looked at
    similarity : Jaccard similarity of two audiences from which on they are alike
    q : false discovery rate; where there are only tastes, chance of finding any block
    min_size : fewest accounts of a block
    seed : of the communities of contents
    threads : None for all cores; the result is the same for any number
    progress : called with the name of each layer as it starts
    capped : called with what was left out, if anything was, and what that costs

    Returns
    -------
    list of Block
        Strongest first.
    """
    found: list[Found] = []
    n_groups = 0
    for layer in layers:
        if not isinstance(layer, Layer) or not layer.of_contents:
            continue
        if progress is not None:
            progress(layer.name)
        audiences = Audiences.of(layer.events, smallest=SMALLEST, threads=threads)
        for least in LEAST:
            if least > 1:
                audiences = audiences.at_least(least, SMALLEST)
            groups, n_left_out, most = groups_of(audiences, similarity, seed=seed, threads=threads)
            if n_left_out and capped is not None:
                what = (
                    f"layer {layer.name}: audiences of {n_left_out:,} contents, whose accounts "
                    f"have more than {most:,} each, were not compared"
                )
                effect = "a ring with few targets may be missed if its accounts have so many"
                capped((what, effect))
            n_groups += len(groups)
            found += [Found(one, layer.name, least) for one in groups]
    return significant_blocks(found, n_groups, signal=AUDIENCE, q=q, min_size=min_size)


def groups_of(
    audiences: Audiences, similarity: float, *, seed: int = 0, threads: int | None = None
) -> tuple[list[Group], int, int]:
    """Group the contents whose audiences are alike, and find who makes each group's audience.

    Groups of fewer than FEWEST_TRIALS contents, which can have no edge, are left out.

    Returns
    -------
    groups, n_left_out, most
        Contents that were not compared with others and are in no group; of an account, as many as
        were compared.
    """
    compared, pairs, most = alike(audiences, similarity, threads)
    if not len(pairs):
        return [], int(np.count_nonzero(~compared)), most
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    contents, ends = np.unique(np.concatenate((a, b)), return_inverse=True)
    network = Network.from_edges(
        ends[: len(a)],
        ends[len(a) :],
        pairs["similarity"].to_numpy(),
        len(contents),
        threads=threads,
    )
    communities = leiden(network, seed=seed, threads=threads)
    n_contents = np.bincount(communities.membership)
    large = np.flatnonzero(n_contents >= FEWEST_TRIALS)
    number = np.full(len(n_contents), -1, np.int32)
    number[large] = np.arange(len(large))
    group = number[communities.membership]
    of_content = np.full(audiences.n_tokens, -1, np.int32)
    of_content[contents] = group
    if not compared.all():
        join(of_content, audiences, compared, n_contents[large], similarity)
    start, account, hits = hits_by_group(
        audiences.token, audiences.account, of_content, audiences.n_accounts, len(large)
    )
    order = np.argsort(of_content, kind="stable").astype(np.int32)
    ends = np.searchsorted(of_content[order], np.arange(len(large) + 1))
    groups = [
        group_of(order[first:last], account[low:high], hits[low:high], audiences.n_accounts)
        for (first, last), (low, high) in zip(pairwise(ends), pairwise(start), strict=True)
    ]
    return groups, int(np.count_nonzero(~compared & (of_content < 0))), most


def alike(
    audiences: Audiences, similarity: float, threads: int | None
) -> tuple[npt.NDArray[np.bool_], pa.Table, int]:
    """Contents that were compared, the pairs of them that are alike, how many of an account."""
    most = MOST_CONTENTS
    while True:
        compared = audiences.sample(most, similarity)
        some = audiences if compared.all() else audiences.of_tokens(compared)
        try:
            pairs = some.alike(
                similarity, min_shared=SMALLEST, most_pairs=MOST_PAIRS, threads=threads
            )
        except TooManyPairs:
            most //= 4  # of no contents there are no pairs
        else:
            return compared, pairs, most


def join(
    of_content: npt.NDArray[np.int32],
    audiences: Audiences,
    compared: npt.NDArray[np.bool_],
    n_contents: npt.NDArray[np.int64],
    similarity: float,
) -> None:
    """Put contents that were not compared into the groups whose members their audience is like."""
    n_accounts, n_groups = audiences.n_accounts, len(n_contents)
    some, others = audiences.of_tokens(compared), audiences.of_tokens(~compared)
    start, account, hits = hits_by_group(some.token, some.account, of_content, n_accounts, n_groups)
    group = np.repeat(np.arange(n_groups, dtype=np.int32), np.diff(start))
    inside = 2 * hits >= n_contents[group]
    account, group = account[inside], group[inside]
    order = np.argsort(account, kind="stable")
    nearest, how_like = nearest_group(
        others.token,
        others.account,
        np.searchsorted(account[order], np.arange(n_accounts + 1)),
        group[order],
        np.bincount(group, minlength=n_groups),
        audiences.n_tokens,
    )
    joins = how_like >= similarity
    of_content[joins] = nearest[joins]


def group_of(
    content: npt.NDArray[np.int32],
    account: npt.NDArray[np.int32],
    hits: npt.NDArray[np.int64],
    n_accounts: int,
) -> Group:
    """Members of a group of contents, and whether a taste explains them.

    Parameters
    ----------
    account, hits : (n,) accounts in the audience of any of the contents, and of how many
    n_accounts : of the log; the others are in the audience of none
    """
    inside = 2 * hits >= len(content)
    if not inside.any():
        return Group(account[inside], content, hits[inside], Edge(0, 0.0, 0.0))
    edge = taste_edge(hits, inside, len(content), n_accounts)
    members, hits = account[inside], hits[inside]
    order = np.argsort(members)
    return Group(members[order], content, hits[order], edge)
