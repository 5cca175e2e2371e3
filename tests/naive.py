"""Slow, obvious twins of every fast function, and random logs to compare them on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import comb

Row = tuple[int, int, int]
"""(account, token, time)"""


def coaction(rows: Sequence[Row], window: int, min_tokens: int) -> list[dict[str, int]]:
    """Account pairs by brute force over all pairs of rows."""
    tokens: dict[tuple[int, int], set[int]] = defaultdict(set)
    events: dict[tuple[int, int], int] = defaultdict(int)
    shared: dict[tuple[int, int], set[int]] = defaultdict(set)
    for i, (a, token_a, t_a) in enumerate(rows):
        for b, token_b, t_b in rows[i + 1 :]:
            if a == b or token_a != token_b:
                continue
            pair = (min(a, b), max(a, b))
            shared[pair].add(token_a)
            if abs(t_a - t_b) <= window:
                tokens[pair].add(token_a)
                events[pair] += 1
    return [
        {
            "a": pair[0],
            "b": pair[1],
            "n_tokens": len(tokens[pair]),
            "n_events": events[pair],
            "n_shared": len(shared[pair]),
        }
        for pair in sorted(tokens)
        if len(tokens[pair]) >= min_tokens
    ]


def shared_counts(rows: Iterable[Row], min_tokens: int) -> dict[int, int]:
    """Number of account pairs by floor(log2(tokens shared)), for pairs that share enough."""
    of_account: dict[int, set[int]] = defaultdict(set)
    for account, token, _ in rows:
        of_account[account].add(token)
    counts: dict[int, int] = defaultdict(int)
    accounts = sorted(of_account)
    for i, a in enumerate(accounts):
        for b in accounts[i + 1 :]:
            n = len(of_account[a] & of_account[b])
            if n >= max(min_tokens, 1):
                counts[n.bit_length() - 1] += 1
    return dict(counts)


def token_pairs(rows: Sequence[Row], token: int, window: int) -> tuple[int, int]:
    """Event pairs of a token by different accounts: (within the window, at any distance)."""
    mine = [(a, t) for a, o, t in rows if o == token]
    close = total = 0
    for i, (a, t_a) in enumerate(mine):
        for b, t_b in mine[i + 1 :]:
            if a != b:
                total += 1
                close += abs(t_a - t_b) <= window
    return close, total


def co_action_chances(rows: Sequence[Row], a: int, b: int, window: int) -> list[Fraction]:
    """Chance of a co-action on each token that both touched, the pair left out (see docs)."""
    chances = []
    touched_a = {o for x, o, _ in rows if x == a}
    touched_b = {o for x, o, _ in rows if x == b}
    for token in sorted(touched_a & touched_b):
        close, total = token_pairs(rows, token, window)
        times_a = [t for x, o, t in rows if (x, o) == (a, token)]
        times_b = [t for x, o, t in rows if (x, o) == (b, token)]
        own = len(times_a) * len(times_b)
        own_close = sum(abs(s - t) <= window for s in times_a for t in times_b)
        rate = Fraction(close - own_close + min(own_close, 1), total - own + 1)
        chances.append(min(Fraction(1), own * rate))
    return chances


def repeats(rows: Sequence[Row], a: int, b: int) -> bool:
    """Whether either account acted more than once on a token they share."""
    shared = {o for x, o, _ in rows if x == a} & {o for x, o, _ in rows if x == b}
    return any(
        sum((x, o) == (account, token) for x, o, _ in rows) > 1
        for token in shared
        for account in (a, b)
    )


def occasions(
    rows: Sequence[Row], host: int, guest: int, window: int
) -> tuple[int, list[Fraction]]:
    """Occasions of the host that the guest joined, and the chance of each."""
    joined, chances = 0, []
    shared = {o for x, o, _ in rows if x == host} & {o for x, o, _ in rows if x == guest}
    for token in sorted(shared):
        times = sorted(t for x, o, t in rows if (x, o) == (host, token))
        others = [(x, t) for x, o, t in rows if o == token and x != host]
        groups: list[list[int]] = []
        for t in times:
            # windows that share a row belong to one occasion
            near = groups and any(
                abs(u - groups[-1][-1]) <= window and abs(u - t) <= window
                for u in [*times, *(u for _, u in others)]
            )
            if near:
                groups[-1].append(t)
            else:
                groups.append([t])
        draws = sum(x == guest for x, _ in others)
        for group in groups:
            inside = [x for x, u in others if any(abs(u - t) <= window for t in group)]
            joined += guest in inside
            miss = Fraction(comb(len(others) - len(inside), draws), comb(len(others), draws))
            chances.append(1 - miss)
    return joined, chances


def poisson_binomial_tail(chances: Sequence[Fraction], x: int) -> Fraction:
    """P(at least x successes), by exact rational convolution."""
    law = [Fraction(1)]
    for p in chances:
        law = [
            (law[k] * (1 - p) if k < len(law) else 0) + (law[k - 1] * p if k else 0)
            for k in range(len(law) + 1)
        ]
    return sum(law[max(x, 0) :], Fraction(0))


def nearest_gap(rows: Sequence[tuple[int, int, int, int]], i: int) -> int:
    """Time to the nearest row (cluster, token, time, account) of another account, -1 if none."""
    cluster, token, t, account = rows[i]
    gaps = [
        abs(u - t) for c, o, u, other in rows if (c, o) == (cluster, token) and other != account
    ]
    return min(gaps, default=-1)
