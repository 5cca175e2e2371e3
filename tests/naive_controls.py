"""Slow, obvious twins of what finds controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def match_nearest(values: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """Place in `values` (ascending) that each number wanted takes, -1 when all are taken."""
    free = list(range(len(values)))
    taken = []
    for number in wanted:
        best = min(free, key=lambda i: (abs(values[i] - number), values[i], i), default=-1)
        if best >= 0:
            free.remove(best)
        taken.append(best)
    return taken


def controls(
    rows: Sequence[tuple[int, int, int]],
    of_account: Sequence[int],
    targets: Sequence[tuple[int, int]],
    most: int,
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Controls by looking at every account for every member.

    Parameters
    ----------
    rows : (account, content, market); an account has one market, -1 for none
    of_account : cluster of each account, -1 for none
    targets : (cluster, content)

    Returns
    -------
    (cluster, account) of the controls, and (cluster, row) of what they do with its targets.
    """
    n_interactions = Counter(account for account, _, _ in rows)
    market = {account: where for account, _, where in rows}
    found, acts = set(), set()
    for cluster in {cluster for cluster, _ in targets}:
        contents = {content for c, content in targets if c == cluster}
        people = {a for a, content, _ in rows if content in contents and of_account[a] < 0}
        members = [a for a in range(len(of_account)) if of_account[a] == cluster]
        members.sort(key=lambda a: (n_interactions[a], a))
        if len(members) > most:
            members = [members[i * len(members) // most] for i in range(most)]
        for member in sorted(members, key=lambda a: (-n_interactions[a], a)):
            near = [a for a in sorted(people) if market[a] == market.get(member, -1)]
            near.sort(
                key=lambda a: (abs(n_interactions[a] - n_interactions[member]), n_interactions[a])
            )
            if near:
                people.remove(near[0])
                found.add((cluster, near[0]))
        chosen = {a for c, a in found if c == cluster}
        acts |= {
            (cluster, i)
            for i, (a, content, _) in enumerate(rows)
            if a in chosen and content in contents
        }
    return found, acts
