"""Rare contents: accounts with many contents in common that hardly anybody else acts on.

A ring may have many targets, of which each account takes some, whenever it likes. Then its accounts
meet nowhere, and no two targets have the same audience. But what somebody pays for is rarely what
everybody plays, and of that any two of its accounts have more in common than tastes bring about.

1. Rare contents have at least two accounts and at most `rare`. A ring of a thousand has none of
   these. So the same is done twice more: with contents of four times as many accounts and a fourth
   of all accounts to link, and with sixteen times as many and a sixteenth.
2. Accounts with `SHARED` of them in common are linked (`overlap` finds all such pairs), the more
   closely, the larger a part that is of what the two have. Their communities are groups.
3. Contents of a group are those of which it has at least half the share that it has of others
   (`contents_of`); members are the accounts, from anywhere, that have at least half as many as the
   middling member, and `LIFT` times as many as their activity would bring about. Both settle in
   turn. Whether a content counts for an account is for the other accounts to say: two members must
   have it beside him. Otherwise whoever is in a group would bring his own contents along.
4. The null hypothesis is a taste, as for mirrored audiences: the more of a group's contents, the
   fewer accounts; but people may hear an album whole (`HEARD_WHOLE`). Its p-value (`edge_of`) asks
   whether so many accounts have about as many, given how few have some, and given that there are as
   many as it takes to form a group.
5. A group that has half of its accounts from stronger ones is left out (`apart`).
6. Benjamini-Hochberg over all groups of all layers, those that were left out included.

Groups most of whose contents were among those of the round before are left to it.

What else accounts do to look human does not count, so cover takes nothing away. On real listening
without any ring (23,566 accounts, 46,720 tracks of Last.fm) 37 to 70 groups form, wherever rare
begins from 10 accounts to 1,000, and no p-value is below 0.8.

Memory is 9 bytes for each account and rare content that it has, 40 more while pairs are looked for,
and 100 for each of at most MOST_PAIRS pairs: where there are more, it takes more in common to be
linked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.blocks import RARE, Block
from cib.algorithms.communities import leiden
from cib.algorithms.edge_test import FEWEST_TRIALS, HEARD_WHOLE, edge_of
from cib.algorithms.edged_groups import MOST_PAIRS, Found, Group, significant_blocks
from cib.algorithms.spectra_kernels import transpose
from cib.graphs.audiences import Audiences
from cib.graphs.codes import MAX_CODES
from cib.graphs.layers.layer import Layer
from cib.graphs.network import Network
from cib.graphs.overlap import TooManyPairs, overlap
from cib.graphs.threads import map_ordered

Codes = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]

SHARED = 8
"""Rare contents in common that link two accounts: strangers rarely have so many."""

SMALLEST = 5
"""Accounts that a group must have: fewer can prove nothing."""

ROUNDS = (1, 4, 16)
"""One in so many accounts is linked, by contents of at most so many times `rare` accounts."""

LIFT = 2
"""Times as many of a group's contents as choosing by popularity would bring about, that members
have at least: who is active has much of anything."""

_TURNS = 6
"""Most times that contents and members settle in turn."""


def rare_blocks(
    layers: Sequence[Layer],
    *,
    rare: int = 100,
    q: float = 0.05,
    min_size: int = 3,
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
    capped: Callable[[str, str], None] | None = None,
) -> list[Block]:
    """Find groups of accounts with rare contents in common, whenever they act on them.

    Parameters
    ----------
    layers : those whose tokens are contents are looked at
    rare : most accounts of a content by which all accounts are linked; of the others, one with at
        most 16 times as many links some
    q : false discovery rate; where there are only tastes, chance of finding any block
    min_size : fewest accounts of a block
    seed : of the communities of accounts
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
        groups: list[Group] = []
        looked_at = 0
        for every in ROUNDS:
            most = min(rare * every, MAX_CODES)
            audiences = Audiences.of(layer.events, smallest=2, largest=most, threads=threads)
            more, enough = groups_of(audiences, every, looked_at, seed=seed, threads=threads)
            groups += more
            looked_at = most
            if enough > SHARED and capped is not None:
                capped(
                    f"layer {layer.name}: accounts were linked by {enough} contents of at most "
                    f"{most:,} accounts instead of {SHARED}, for there were more than "
                    f"{MOST_PAIRS:,} pairs",
                    "a ring may be missed of which two accounts have fewer in common",
                )
        n_groups += len(groups)
        found += [Found(group, layer.name) for group in apart(groups, layer.events.n_accounts)]
    return significant_blocks(found, n_groups, signal=RARE, q=q, min_size=min_size)


def groups_of(
    audiences: Audiences,
    every: int = 1,
    looked_at: int = 0,
    *,
    seed: int = 0,
    threads: int | None = None,
) -> tuple[list[Group], int]:
    """Group the accounts that share enough of these contents, and test each group.

    Groups that have fewer than SMALLEST accounts, or FEWEST_TRIALS contents, are left out.

    Parameters
    ----------
    every : one in so many accounts is linked; all may be members
    looked_at : groups most of whose contents have no more accounts are left out

    Returns
    -------
    groups, enough
        Contents in common that link two accounts.
    """
    pairs, enough = linked(audiences, every, threads)
    a, b, shared = (pairs[name].to_numpy() for name in ("a", "b", "n_shared"))
    accounts = Lists.of(audiences.token, audiences.account, audiences.n_tokens)
    contents = accounts.turned(audiences.n_accounts)
    code, ends = np.unique(np.concatenate((a, b)), return_inverse=True)
    alike = shared * (shared / np.sqrt(contents.size[a] * contents.size[b]))
    network = Network.from_edges(ends[: len(a)], ends[len(a) :], alike, len(code), threads=threads)
    membership = leiden(network, seed=seed, threads=threads).membership
    n_members = np.bincount(membership)
    by_group = np.split(code[np.argsort(membership, kind="stable")], np.cumsum(n_members)[:-1])
    jobs = [(one, contents, accounts) for one in by_group if len(one) >= SMALLEST]
    groups = [
        group
        for group in map_ordered(settle, jobs, threads)
        if group is not None and np.median(accounts.size[group.content]) > looked_at
    ]
    return groups, enough


def linked(audiences: Audiences, every: int, threads: int | None) -> tuple[pa.Table, int]:
    """Pairs of accounts with enough contents in common, and how many are enough."""
    enough = SHARED
    some = audiences.account % every == 0
    while True:
        try:
            pairs = overlap(
                audiences.account[some],
                audiences.token[some],
                measure="count",
                threshold=enough,
                most_pairs=MOST_PAIRS,
                threads=threads,
            )
        except TooManyPairs:
            enough *= 2
        else:
            return pairs, enough


def apart(groups: Sequence[Group], n_accounts: int) -> list[Group]:
    """The strongest groups first, without those that have half of their accounts from others.

    Several communities may settle on the same ring.
    """
    taken = np.zeros(n_accounts, np.bool_)
    kept = []
    for group in sorted(groups, key=lambda g: (g.edge.log10_p, g.account.tolist())):
        if 2 * np.count_nonzero(taken[group.account]) < len(group.account):
            taken[group.account] = True
            kept.append(group)
    return kept


@dataclass(frozen=True, slots=True)
class Lists:
    """A list for each code: an account's contents, or a content's accounts."""

    start: Counts
    """(n + 1,) where each begins."""
    items: Codes
    """All of them, one after the other."""

    @classmethod
    def of(cls, owner: Codes, item: Codes, n: int) -> Lists:
        """Lists of owners 0 to n - 1; owners ascend.

        Examples
        --------
        >>> lists = Lists.of(np.array([0, 2, 2]), np.array([1, 0, 1]), 3)
        >>> lists.start.tolist(), lists.turned(2).start.tolist(), lists.turned(2).items.tolist()
        ([0, 1, 1, 3], [0, 1, 3], [2, 0, 2])
        """
        return cls(np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n)))), item)

    def turned(self, n: int) -> Lists:
        """The owners of items 0 to n - 1."""
        start = np.concatenate(([0], np.cumsum(np.bincount(self.items, minlength=n))))
        owners = np.empty(len(self.items), np.int32)
        transpose(self.start, self.items, start[:-1].copy(), owners)
        return Lists(start, owners)

    @property
    def size(self) -> Counts:
        """(n,) length of each."""
        return np.diff(self.start)

    def counts(self, owners: Codes) -> tuple[Codes, Counts]:
        """Items that these owners have, ascending, and how many of the owners have each.

        Examples
        --------
        >>> lists = Lists.of(np.array([0, 0, 1]), np.array([5, 6, 5]), 2)
        >>> [x.tolist() for x in lists.counts([0, 1])]
        [[5, 6], [2, 1]]
        """
        begin = self.start[owners]
        length = self.start[np.add(owners, 1)] - begin
        end = np.cumsum(length)
        place = np.repeat(begin - end + length, length) + np.arange(length.sum())
        return np.unique(self.items[place], return_counts=True)


def settle(members: Codes, contents: Lists, accounts: Lists) -> Group | None:
    """Find which contents a group has in common and who has them, in turn, and test its edge.

    A content counts for an account that has it when it would be the group's without that account.

    Parameters
    ----------
    members : account codes to start from, ascending
    contents, accounts : of each account, and of each content

    Returns
    -------
    Group or None
        None when too few are left.
    """
    for _ in range(_TURNS):
        content, without_one = contents_of(members, contents, accounts)
        if len(content) < FEWEST_TRIALS:
            return None
        account, hits = accounts.counts(content)
        is_member = np.isin(account, members, assume_unique=True)
        n_others = len(accounts.items) - contents.size[members].sum()
        n_hits = accounts.size[content].sum() - hits[is_member].sum()
        popularity = n_hits / n_others if n_others else 1.0
        # what is in common for the sake of one account alone does not count for it
        own, own_hits = accounts.counts(content[without_one])
        without = np.zeros(len(account), np.int64)
        without[np.searchsorted(account, own)] = own_hits
        hits = np.where(is_member, without, hits)
        expected = popularity * contents.size[account]
        usual = np.median(hits[is_member])
        inside = (2 * hits >= usual) & (hits >= LIFT * expected)
        before, members = members, account[inside]
        if len(members) < SMALLEST:
            return None
        if np.array_equal(members, before):
            break
    trials = np.full(len(hits), len(content), np.int64)
    n_accounts = int(np.count_nonzero(contents.size))
    edge = edge_of(hits, trials, inside, n_accounts, n_chosen=SMALLEST, least_chance=HEARD_WHOLE)
    return Group(members, content, hits[inside], edge)


def contents_of(
    members: Codes, contents: Lists, accounts: Lists
) -> tuple[Codes, npt.NDArray[np.bool_]]:
    """Contents of which a group has at least half the share that it has of others, ascending.

    A content's share is the part of its accounts that are members, of which there must be two. The
    share to compare with is that of the content at the upper quartile, by members.

    Returns
    -------
    content, without_one
        Which of them would be among these without any one of their members.
    """
    content, n_inside = contents.counts(members)
    content, n_inside = content[n_inside > 1], n_inside[n_inside > 1]
    if not len(content):
        return content, np.zeros(0, np.bool_)
    others = accounts.size[content] - 1
    share = n_inside / (others + 1)
    order = np.argsort(share, kind="stable")
    n_below = np.cumsum(n_inside[order])
    usual = share[order[np.searchsorted(n_below, 0.75 * n_below[-1])]]
    # an account outside takes nothing from the members, and itself from the others
    common = 2 * n_inside >= usual * others
    without_one = (n_inside > 2) & (2 * (n_inside - 1) >= usual * others)
    return content[common], without_one[common]
