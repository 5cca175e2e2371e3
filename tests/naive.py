"""Slow, obvious twins of every fast function, and random logs to compare them on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import comb, log, sqrt

import numpy as np

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


def overlap(
    rows: Iterable[tuple[int, int]],
    measure: str = "cosine",
    weights: str | Sequence[float] = "idf",
    threshold: float | None = 0.5,
    top_k: int | None = None,
    min_shared: int = 1,
) -> list[dict[str, float]]:
    """Similarity of every two accounts from their sets of tokens (account, token)."""
    of_account: dict[int, set[int]] = defaultdict(set)
    with_token: dict[int, set[int]] = defaultdict(set)
    for account, token in rows:
        of_account[account].add(token)
        with_token[token].add(account)
    square = {}
    for token, accounts in with_token.items():
        if measure != "cosine" or (isinstance(weights, str) and weights == "none"):
            weight = 1.0
        elif isinstance(weights, str):
            weight = log(len(of_account) / len(accounts))
        else:
            weight = float(weights[token])
        square[token] = weight * weight

    def total(tokens: set[int]) -> float:
        out = 0.0
        for token in sorted(tokens, key=lambda token: (len(with_token[token]), token)):
            out += square[token]
        return out

    found: dict[tuple[int, int], tuple[int, float]] = {}
    partners: dict[int, list[tuple[float, int]]] = defaultdict(list)
    norm = {account: total(tokens) for account, tokens in of_account.items()}
    for a, b in combinations(sorted(of_account), 2):
        common = of_account[a] & of_account[b]
        shared = total(common)
        if shared == 0 or len(common) < min_shared:
            continue
        if measure == "cosine":
            similarity = shared / sqrt(norm[a] * norm[b])
        elif measure == "jaccard":
            similarity = len(common) / len(of_account[a] | of_account[b])
        else:
            similarity = float(len(common))
        if threshold is None or similarity >= threshold:
            found[a, b] = len(common), similarity
            partners[a].append((-similarity, b))
            partners[b].append((-similarity, a))
    if top_k is not None:
        ranked = {(min(a, b), max(a, b)) for a in partners for _, b in sorted(partners[a])[:top_k]}
        found = {pair: value for pair, value in found.items() if pair in ranked}
    return [
        {"a": a, "b": b, "n_shared": n_shared, "similarity": similarity}
        for (a, b), (n_shared, similarity) in sorted(found.items())
    ]


def timelines(account: Sequence[int], ts: Sequence[int], content: Sequence[int]) -> list[Row]:
    """Rows by account, time and content."""
    return sorted(zip(account, ts, content, strict=True))


def near_the_median(times: Sequence[int], tolerance: float) -> tuple[int, int]:
    """Positive gaps between times, and those close to their upper median."""
    gaps = sorted(b - a for a, b in pairwise(sorted(times)) if b > a)
    middle = gaps[len(gaps) // 2] if gaps else 0
    return len(gaps), sum(abs(gap - middle) <= tolerance * middle for gap in gaps)


def fewest_in_stretch(times: Sequence[int], us_per_hour: int, stretch: int) -> int:
    """Rows in the quietest hours of the day that follow one another."""
    hours = [t // us_per_hour % 24 for t in times]
    return min(sum((hour - first) % 24 < stretch for hour in hours) for first in range(24))


def most_in_a_day(rows: Sequence[tuple[int, int]], us_per_day: int) -> int:
    """Most rows (time, content) with one content in one day."""
    return max(Counter((content, t // us_per_day) for t, content in rows).values())


def most_used(values: Sequence[int]) -> int:
    """The value that is there most often, the smallest of equals; -1 for nothing, as for none."""
    counts = Counter(value for value in values if value >= 0)
    return min(counts, key=lambda value: (-counts[value], value), default=-1)


def pieces(edges: Iterable[tuple[int, int, float]], labels: Sequence[int]) -> np.ndarray:
    """Connected pieces of each label, each named after its first node."""
    piece = list(range(len(labels)))
    for _ in labels:
        for a, b, _ in edges:
            if labels[a] == labels[b]:
                piece[a] = piece[b] = min(piece[a], piece[b])
    return np.array(piece)


def connected(edges: Iterable[tuple[int, int, float]], labels: Sequence[int]) -> bool:
    """Whether the nodes of every label hang together."""
    return len(set(pieces(edges, labels).tolist())) == len(set(np.asarray(labels).tolist()))


def quality(
    edges: Sequence[tuple[int, int, float]],
    labels: Sequence[int],
    objective: str,
    resolution: float,
) -> float:
    """Sum over pairs of nodes with one label of (A_ij - expected_ij) / 2m; 0 without edges."""
    n = len(labels)
    adjacency = np.zeros((n, n))
    for a, b, weight in edges:
        adjacency[a, b] += weight
        adjacency[b, a] += weight
    strength = adjacency.sum(axis=0)
    if not strength.sum():
        return 0.0
    expected = np.full((n, n), resolution)
    if objective == "modularity":
        expected = resolution * np.outer(strength, strength) / strength.sum()
    same = np.equal.outer(np.asarray(labels), np.asarray(labels))
    return float((adjacency - expected)[same].sum() / strength.sum())


def distinct_sightings(
    account: Sequence[int], device: Sequence[int], address: Sequence[int]
) -> dict[tuple[int, int, int], int]:
    """Count (account, device, address) combinations of which a device or an address is known."""
    rows = [(int(a), int(d), int(p)) for a, d, p in zip(account, device, address, strict=True)]
    return dict(Counter(row for row in rows if row[1] >= 0 or row[2] >= 0))


def joined(n: int, a: Sequence[int], b: Sequence[int]) -> list[int]:
    """Smallest node of each node's connected component, by relabelling until nothing changes."""
    name = list(range(n))
    changed = True
    while changed:
        changed = False
        for x, y in zip(a, b, strict=True):
            if name[x] != name[y]:
                name[x] = name[y] = min(name[x], name[y])
                changed = True
    return name


def pairs_within(start: Sequence[int], reach: int) -> list[tuple[int, int, int]]:
    """Pairs of each stretch: all of them, or each entry with the next `reach` around the end."""
    found = []
    for s, (low, high) in enumerate(pairwise(start)):
        entries = range(low, high)
        n = len(entries)
        for i in range(n):
            for step in range(1, n):
                if n <= 2 * reach + 1 and i + step < n:
                    found.append((entries[i], entries[i + step], s))
                if n > 2 * reach + 1 and step <= reach:
                    found.append((entries[i], entries[(i + step) % n], s))
    return found


def regulars(rows: Iterable[Row], least: int, smallest: int) -> list[tuple[int, int, int]]:
    """(token, account, actions) of the accounts that acted on a token often enough."""
    times = Counter((token, account) for account, token, _ in rows)
    often = {pair: n for pair, n in times.items() if n >= least}
    n_accounts = Counter(token for token, _ in often)
    return [(*pair, often[pair]) for pair in sorted(often) if n_accounts[pair[0]] >= smallest]


def hits_by_group(
    entries: Iterable[tuple[int, int]], of_token: Sequence[int], n_groups: int
) -> list[dict[int, int]]:
    """Tokens of each group that each account has, from (token, account)."""
    hits: list[Counter[int]] = [Counter() for _ in range(n_groups)]
    for token, account in entries:
        if of_token[token] >= 0:
            hits[of_token[token]][account] += 1
    return [dict(group) for group in hits]


def loops(rows: Iterable[Row], slot: int, loop: int, smallest: int) -> list[tuple[int, ...]]:
    """Token, slot, accounts and those with `loop` rows, of each with `smallest` accounts."""
    seen: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    for account, token, ts in rows:
        seen[token, ts // slot][account] += 1
    return sorted(
        (*place, len(times), sum(n >= loop for n in times.values()))
        for place, times in seen.items()
        if len(times) >= smallest
    )


def odd_hours(hours: Sequence[int], most: Fraction) -> set[int]:
    """Quietest hours that together hold at most a share; ties are taken together."""
    best: set[int] = set()
    for value in sorted(set(hours)):
        quiet = {h for h, n in enumerate(hours) if n <= value}
        if sum(hours[h] for h in quiet) > most * sum(hours):
            break
        best = quiet
    return best


def chance_of_an_odd_one(n: int, k: int, c: int) -> Fraction:
    """Chance that at least one of c draws without replacement from n, of which k odd, is odd."""
    return 1 - Fraction(comb(n - k, c), comb(n, c))
