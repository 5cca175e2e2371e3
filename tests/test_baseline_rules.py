"""The plain rule and CooRTweet's: slow twins, and the figures CooRTweet publishes."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest

import naive
from baseline_toys import connected, log_of, members, random_rows


@pytest.mark.parametrize("min_tokens", [2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_the_plain_rule(module, seed, min_tokens):
    rows = random_rows(seed, span=600, n_actions=2)
    found = module("baselines.plain_rule").run(log_of(rows), window=40, min_tokens=min_tokens)
    # the same action on the same content
    acts = [(account, content * 2 + action, ts) for account, content, ts, action in rows]
    pairs = naive.coaction(acts, 40, min_tokens)
    edges = [(pair["a"], pair["b"], pair["n_tokens"]) for pair in pairs]
    parts, total = connected(edges)
    assert len(parts) > 0
    assert members(found) == parts
    assert {tuple(c.members.tolist()): c.score for c in found.clusters} == total
    for account, score in enumerate(found.score):
        assert score == max((w for *ends, w in edges if account in ends), default=0)


def test_volume_counts_interactions(module):
    rows = random_rows(0)
    found = module("baselines.volume").run(log_of(rows, n_accounts=20))
    counts = Counter(row[0] for row in rows)
    assert found.score.tolist() == [counts[account] for account in range(20)]
    assert found.clusters == ()


def posts_that_co_act(rows, window, min_participation):
    """Pairs of posts by CooRTweet's steps, each a row number."""
    posts = Counter(row[0] for row in rows)
    left = [i for i, row in enumerate(rows) if posts[row[0]] >= min_participation]
    close = [
        (i, j)
        for i, j in itertools.combinations(left, 2)
        if rows[i][0] != rows[j][0]
        and rows[i][1] == rows[j][1]
        and abs(rows[i][2] - rows[j][2]) <= window
    ]
    taking_part = Counter(rows[i][0] for i in {i for pair in close for i in pair})
    return [
        pair for pair in close if any(taking_part[rows[i][0]] >= min_participation for i in pair)
    ]


@pytest.mark.parametrize("min_participation", [1, 2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_coortweet_against_its_steps(module, seed, min_participation):
    rows = random_rows(seed, n_rows=100, n_accounts=25, n_contents=3, span=800)
    weight = Counter(
        tuple(sorted((rows[i][0], rows[j][0])))
        for i, j in posts_that_co_act(rows, 40, min_participation)
    )
    threshold = np.quantile(list(weight.values()), 0.6)
    found = module("baselines.coortweet").run(
        log_of(rows), window=40, min_participation=min_participation, edge_weight=0.6
    )
    above = [(*pair, w) for pair, w in weight.items() if w > threshold]
    assert 0 < len(above) < len(weight)
    assert members(found) == connected(above)[0]
    for account, score in enumerate(found.score):
        assert score == max((w for pair, w in weight.items() if account in pair), default=0)


def test_coortweet_keeps_nothing_when_all_edges_weigh_the_same(module):
    rows = [(account, 0, 0) for account in range(4)] + [(account, 1, 500) for account in range(4)]
    found = module("baselines.coortweet").run(
        log_of(rows), window=10, min_participation=2, edge_weight=0.5
    )
    assert found.score.tolist() == [2.0] * 4
    assert members(found) == []


@pytest.mark.parametrize(
    ("window", "min_participation", "published"),
    [
        (10, 1, (1098, 1525, 1092, 511)),
        (60, 1, (6281, 3954, 6206, 449)),
        (60, 2, (3791, 2110, 3721, 23)),
    ],
)
def test_coortweet_figures_on_russian_retweets(
    module, real_log, window, min_participation, published
):
    rows = pq.read_table(real_log("coortweet_russian")).to_pandas()
    how = {"window": window, "min_participation": min_participation}
    assert figures(module, rows, **how) == published


@pytest.mark.parametrize(
    ("kind", "platform", "window", "published"),
    [
        ("url", None, 30, (5658, 506, 1453, 88)),
        ("domain", None, 30, (5968, 692, 1659, 113)),
        ("hashtag", None, 30, (3703, 314, 506, 62)),
        ("phash", None, 30, (2131, 214, 337, 49)),
        ("url", "fb", 60, (6288, 503, 1645, 78)),
    ],
)
def test_coortweet_figures_on_german_elections(module, real_log, kind, platform, window, published):
    rows = pq.read_table(real_log("coortweet_german_elections")).to_pandas()
    rows = rows[(rows["kind"] == kind) & ((rows["platform"] == platform) | (platform is None))]
    assert figures(module, rows, window=window, min_participation=2) == published


def figures(module, rows, **how):
    """Pairs of posts, accounts, edges and components."""
    account, obj, ts = (rows[name].to_numpy() for name in ("account", "object", "ts"))
    post = np.unique(rows["post"], return_inverse=True)[1] if "post" in rows else None
    edges = module("baselines.coortweet").network(account, obj, ts, post=post, **how).to_pandas()
    found = module("baselines.findings").components(*(edges[c] for c in edges), account.max() + 1)
    n_accounts = len(np.union1d(edges["a"], edges["b"]))
    return int(edges["weight"].sum()), n_accounts, len(edges), len(found)


def test_the_percentile_of_coortweets_vignette(module, real_log):
    """Of 36,620 edges 215 are above the 0.99 quantile, and the lightest of them weighs 3."""
    rows = pq.read_table(real_log("coortweet_russian")).to_pandas()
    coortweet = module("baselines.coortweet")
    columns = (rows[name].to_numpy() for name in ("account", "object", "ts"))
    weight = coortweet.network(*columns, window=600, min_participation=2)["weight"].to_numpy()
    above = coortweet.exceeding(weight, 0.99)
    assert (len(weight), above.sum(), weight[above].min()) == (36_620, 215, 3)
