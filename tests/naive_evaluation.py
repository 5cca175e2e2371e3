"""Slow, obvious twins of the measures of `cib.algorithms.evaluation`, and random trials."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np

from cib.algorithms.evaluation.trial import Trial


def recall_at_fpr(positive, negative, max_fpr):
    """Try every threshold."""
    best = 0.0
    for threshold in {*positive, *negative}:
        if sum(x >= threshold for x in negative) <= max_fpr * len(negative) + 1e-9:
            best = max(best, sum(x >= threshold for x in positive) / len(positive))
    return best


def best_matching(jaccard, least=0.5):
    """Try every way to pair clusters (rows) with rings (columns): most pairs, then largest sum."""
    flipped = len(jaccard) > len(jaccard[0])
    table = [list(column) for column in zip(*jaccard, strict=True)] if flipped else jaccard
    best = (0, 0.0)
    for order in permutations(range(len(table[0])), len(table)):
        good = [table[i][j] for i, j in enumerate(order) if table[i][j] >= least]
        best = max(best, (len(good), sum(good)))
    return best


def reliability(predicted, inauthentic, edges):
    """Put each cluster into the first bin that has room for it; Brier score and error by hand."""
    bins = []
    for low, high in pairwise(edges):
        last = high == edges[-1]
        mine = [
            (p, bool(y))
            for p, y in zip(predicted, inauthentic, strict=True)
            if low <= p and (p < high or last)
        ]
        if mine:
            mean = sum(p for p, _ in mine) / len(mine)
            bins.append((low, high, len(mine), mean, sum(y for _, y in mine) / len(mine)))
    n = len(predicted)
    squares = [(p - bool(y)) ** 2 for p, y in zip(predicted, inauthentic, strict=True)]
    error = sum(k * abs(mean - share) for _, _, k, mean, share in bins) / n
    return bins, sum(squares) / n, error


def members_of(trial):
    """Rings and clusters as sets of accounts."""
    rings = [
        {a for a in range(trial.n_accounts) if r in (trial.ring[a], trial.second_ring[a])}
        for r in range(trial.n_rings)
    ]
    clusters = [
        {int(a) for c, a in zip(trial.cluster, trial.account, strict=True) if c == k}
        for k in range(trial.n_clusters)
    ]
    return rings, clusters


def random_trial(rng, n_accounts=120, n_rings=5, n_clusters=7):
    """Rings, some accounts in two of them, and clusters that overlap rings and one another."""
    ring = np.where(rng.random(n_accounts) < 0.4, rng.integers(0, n_rings, n_accounts), -1)
    ring[:n_rings] = np.arange(n_rings)
    second = np.where(rng.random(n_accounts) < 0.08, rng.integers(0, n_rings, n_accounts), -1)
    second = np.where((ring >= 0) & (second != ring), second, -1)
    pairs = set()
    for cluster in range(n_clusters):
        target = rng.integers(0, n_rings)
        for account in range(n_accounts):
            chance = rng.choice([0.5, 0.95]) if ring[account] == target else 0.05
            if rng.random() < chance:
                pairs.add((cluster, account))
    listed = np.array(sorted(pairs))
    return Trial(
        score=rng.integers(0, 6, n_accounts) / 5 + 0.3 * (ring >= 0),
        ring=ring,
        second_ring=second,
        aside=rng.random(n_accounts) < 0.1,
        n_rings=n_rings,
        rank=rng.permutation(n_clusters) + 1,
        reported=rng.random(n_clusters) < 0.7,
        cluster=listed[:, 0],
        account=listed[:, 1],
        log=np.zeros(n_clusters, int),
    )
