"""Groups of accounts and contents that settle on each other, and whether a taste explains them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cib.algorithms.edge_test import FEWEST_TRIALS
from cib.algorithms.edged_groups import SMALLEST, Group, taste_edge
from cib.algorithms.spectra_kernels import transpose

Codes = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]

LIFT = 2
"""Times as many of a group's contents as choosing by popularity would bring about, that members
have at least: who is active has much of anything."""

KNOWN = 16
"""Times as many accounts as a group's contents have, up to which others are asked about, too."""

_TURNS = 6
"""Most times that contents and members settle in turn."""


@dataclass(frozen=True, slots=True)
class Lists:
    """A list for each code: an account's contents, or a content's accounts."""

    size: Counts
    """(n,) length of each."""
    start: Counts
    """(n + 1,) where each begins."""
    items: Codes
    """All of them, one after the other."""
    n_with_any: int
    """Number of lists that are not empty."""

    @classmethod
    def of(cls, owner: Codes, item: Codes, n: int) -> Lists:
        """Lists of owners 0 to n - 1; owners ascend.

        Examples
        --------
        >>> lists = Lists.of(np.array([0, 2, 2]), np.array([1, 0, 1]), 3)
        >>> lists.start.tolist(), lists.turned(2).start.tolist(), lists.turned(2).items.tolist()
        ([0, 1, 1, 3], [0, 1, 3], [2, 0, 2])
        """
        return cls._laid_out(np.bincount(owner, minlength=n), item)

    @classmethod
    def _laid_out(cls, size: Counts, items: Codes) -> Lists:
        start = np.concatenate(([0], np.cumsum(size)))
        return cls(size, start, items, int(np.count_nonzero(size)))

    def turned(self, n: int) -> Lists:
        """The owners of items 0 to n - 1."""
        turned = self._laid_out(
            np.bincount(self.items, minlength=n), np.empty(len(self.items), np.int32)
        )
        transpose(self.start, self.items, turned.start[:-1].copy(), turned.items)
        return turned

    def counts(self, owners: Codes) -> tuple[Codes, Counts]:
        """Items that these owners have, ascending, and how many of the owners have each.

        Examples
        --------
        >>> lists = Lists.of(np.array([0, 0, 1]), np.array([5, 6, 5]), 2)
        >>> [x.tolist() for x in lists.counts([0, 1])]
        [[5, 6], [2, 1]]
        """
        begin = self.start[owners]
        length = self.size[owners]
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
        popularity = accounts.size[content].sum() / len(accounts.items)
        if LIFT * popularity > 1 and n_others:
            popularity = n_hits / n_others  # of most of what there is nobody can have much more
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
    edge = taste_edge(hits, inside, len(content), contents.n_with_any)
    return Group(members, content, hits[inside], edge)


def seen_whole(group: Group, contents: Lists, accounts: Lists) -> Group:
    """Test a group again among well-known contents, too, and keep the largest p-value.

    Of an album whose first songs are too well known to be looked at, most who know some of the rest
    know all of it. So the group settles once more where none is left out; and once more accounts
    are asked about what members have at least as often as the group's contents, and `LIFT` times as
    often as they would choosing by popularity.

    Parameters
    ----------
    group : found among rarer contents
    contents, accounts : of each account, and of each content, with the well-known ones
    """
    whole = settle(group.account, contents, accounts)
    if whole is None or 2 * len(np.intersect1d(whole.account, group.account)) < len(group.account):
        return replace(group, edge=replace(group.edge, log10_p=0.0))
    log10_p = max(group.edge.log10_p, whole.edge.log10_p)
    content, n_inside = contents.counts(whole.account)
    own = np.isin(content, whole.content, assume_unique=True)
    as_often = n_inside >= np.median(n_inside[own])
    as_rare = accounts.size[content] <= KNOWN * np.median(accounts.size[whole.content])
    usual = contents.size[whole.account].sum() / len(contents.items)
    # what everybody plays says nothing of a taste; of most of what there is nobody makes much more
    theirs = (LIFT * usual > 1) | (n_inside >= LIFT * usual * accounts.size[content])
    more = as_often & as_rare & theirs & ~own
    if more.any():
        content = content[own | more]
        account, hits = accounts.counts(content)
        inside = np.isin(account, whole.account, assume_unique=True)
        edge = taste_edge(hits, inside, len(content), contents.n_with_any)
        log10_p = max(log10_p, edge.log10_p)
    return replace(group, edge=replace(group.edge, log10_p=log10_p))


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
