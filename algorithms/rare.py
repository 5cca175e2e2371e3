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
5. Leaving well-known contents out makes edges of its own where groups are large. So what looks
   significant after the first round is tested once more among contents that 16 times as many
   accounts have, and the largest p-value counts (`seen_whole`).
6. All of it is done once more with what accounts act on six times or more (`LEAST`): who hides
   among what others play once or twice rarely plays that over and over.
7. A group that has half of its accounts from stronger ones is left out (`apart`), and one most of
   whose acts are on contents that the round before looked at is left to that.
8. Benjamini-Hochberg over all groups of all layers, those that were left out as weaker included.

What else accounts do to look human does not count, so cover takes nothing away. On real listening
without any ring (23,566 accounts, 46,720 tracks of Last.fm) 37 to 77 groups form, wherever rare
begins from 10 accounts to 1,000, and no p-value is below 0.8.

Memory is 9 bytes for each account and rare content that it has, 40 more while pairs are looked for,
and 100 for each of at most MOST_PAIRS pairs: where there are more, it takes more in common to be
linked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from cib.algorithms.blocks import RARE, Block
from cib.algorithms.communities import leiden
from cib.algorithms.edged_groups import MOST_PAIRS, SMALLEST, Found, Group, significant_blocks
from cib.algorithms.settling import KNOWN, Lists, seen_whole, settle
from cib.graphs.audiences import Audiences
from cib.graphs.codes import MAX_CODES
from cib.graphs.events import Events
from cib.graphs.layers.layer import Layer
from cib.graphs.network import Network
from cib.graphs.overlap import TooManyPairs, overlap
from cib.graphs.threads import map_ordered

SHARED = 8
"""Rare contents in common that link two accounts: strangers rarely have so many."""

LEAST = (1, 6)
"""Actions on a content from which on an account has it; each is tried."""

ROUNDS = (1, 4, 16)
"""One in so many accounts is linked, by contents of at most so many times `rare` accounts."""


def rare_blocks(
    layers: Sequence[Layer],
    *,
    rare: int = 100,
    q: float = 0.05,
    min_size: int = 3,
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
    capped: Callable[[tuple[str, str]], None] | None = None,
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
        here: list[Found] = []
        for least in LEAST:
            groups, enough = rounds(layer.events, least, rare, q, seed, threads)
            here += [Found(group, layer.name, least) for group in groups]
            if enough > SHARED and capped is not None:
                often = "" if least == 1 else f" acted on {least} times or more"
                what = (
                    f"layer {layer.name}: accounts were linked by {enough} contents{often} instead "
                    f"of {SHARED}, for there were more than {MOST_PAIRS:,} pairs"
                )
                capped((what, "a ring may be missed of which two accounts have fewer in common"))
        n_groups += len(here)
        found += apart(here, layer.events.n_accounts)
    return significant_blocks(found, n_groups, signal=RARE, q=q, min_size=min_size)


def rounds(
    events: Events, least: int, rare: int, q: float, seed: int, threads: int | None
) -> tuple[list[Group], int]:
    """Groups of all rounds, and the most contents in common that it took to be linked.

    Parameters
    ----------
    least : actions on a content from which on an account has it
    """
    largest = min(rare * ROUNDS[-1], MAX_CODES)
    whole = Audiences.of(events, least=least, smallest=2, largest=largest, threads=threads)
    n_accounts = np.bincount(whole.token, minlength=whole.n_tokens)
    groups: list[Group] = []
    looked_at, most_needed = 0, SHARED
    for every in ROUNDS:
        most = min(rare * every, MAX_CODES)
        audiences = whole if every == ROUNDS[-1] else whole.of_tokens(n_accounts <= most)
        more, enough = groups_of(audiences, every, looked_at, seed=seed, threads=threads)
        if every > 1:
            more = tested_whole(more, events, least, KNOWN * most, q, threads)
        groups += more
        looked_at, most_needed = most, max(most_needed, enough)
    return groups, most_needed


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
    if not len(a):
        return [], enough
    accounts = Lists.of(audiences.token, audiences.account, audiences.n_tokens)
    contents = accounts.turned(audiences.n_accounts)
    code, ends = np.unique(np.concatenate((a, b)), return_inverse=True)
    alike = shared * (shared / np.sqrt(contents.size[a] * contents.size[b]))
    network = Network.from_edges(ends[: len(a)], ends[len(a) :], alike, len(code), threads=threads)
    membership = leiden(network, seed=seed, threads=threads).membership
    n_members = np.bincount(membership)
    by_group = np.split(code[np.argsort(membership, kind="stable")], np.cumsum(n_members)[:-1])
    jobs = [(one, contents, accounts) for one in by_group if len(one) >= SMALLEST]
    groups = [group for group in map_ordered(settle, jobs, threads) if group is not None]
    return [
        group for group in groups if usual_audience(group, contents, accounts) > looked_at
    ], enough


def usual_audience(group: Group, contents: Lists, accounts: Lists) -> float:
    """Accounts of the content of a middling act of a group's members on its contents."""
    content, n_inside = contents.counts(group.account)
    own = np.isin(content, group.content, assume_unique=True)
    return float(np.median(np.repeat(accounts.size[content[own]], n_inside[own])))


def tested_whole(
    groups: Sequence[Group],
    events: Events,
    least: int,
    largest: int,
    q: float,
    threads: int | None,
) -> list[Group]:
    """The groups, those of p-values up to q tested again among contents of `largest` accounts."""
    if not any(group.edge.log10_p <= np.log10(q) for group in groups):
        return list(groups)
    audiences = Audiences.of(
        events, least=least, smallest=2, largest=min(largest, MAX_CODES), threads=threads
    )
    accounts = Lists.of(audiences.token, audiences.account, audiences.n_tokens)
    contents = accounts.turned(audiences.n_accounts)
    return [
        seen_whole(group, contents, accounts) if group.edge.log10_p <= np.log10(q) else group
        for group in groups
    ]


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


def apart(found: Sequence[Found], n_accounts: int) -> list[Found]:
    """The strongest groups first, without those that have half of their accounts from others.

    Several communities may settle on the same ring.
    """
    taken = np.zeros(n_accounts, np.bool_)
    kept = []
    for one in sorted(found, key=lambda f: (f.group.edge.log10_p, f.group.account.tolist())):
        account = one.group.account
        if 2 * np.count_nonzero(taken[account]) < len(account):
            taken[account] = True
            kept.append(one)
    return kept
