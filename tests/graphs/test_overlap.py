"""The overlap projection against its naive twin and scipy, and what its figures mean."""

from __future__ import annotations

from contextlib import nullcontext
from math import inf, nan
from unittest import mock

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from cib.graphs import overlap_rows
from cib.graphs.overlap import TooManyPairs, overlap

few_tokens = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 6)), max_size=50)
"""(account, token): ties, repeats and accounts with equal tokens are frequent."""

wild_codes = st.lists(
    st.tuples(st.sampled_from([0, 3, 2**22, 2**31 - 2]), st.sampled_from([0, 7, 2**31 - 2])),
    max_size=12,
)

ratios = st.sampled_from([1e-9, 0.1, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 0.9, 1.0])

measures = st.one_of(
    st.fixed_dictionaries({"measure": st.just("cosine"), "threshold": ratios}),
    st.fixed_dictionaries(
        {"measure": st.just("cosine"), "threshold": ratios, "weights": st.just("none")}
    ),
    st.fixed_dictionaries(
        {
            "measure": st.just("cosine"),
            "threshold": ratios,
            "weights": st.lists(st.sampled_from([0.0, 1e-3, 0.7, 1e6]), min_size=7, max_size=7),
        }
    ),
    st.fixed_dictionaries({"measure": st.just("jaccard"), "threshold": ratios}),
    st.fixed_dictionaries({"measure": st.just("count"), "threshold": st.integers(1, 5)}),
)


def columns(rows):
    array = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def popular_from(share):
    """Leave tokens out of the index as in large logs; None: as it is, which leaves out hardly any.

    The smaller the share, the more tokens count as popular.
    """
    if share is None:
        return nullcontext()
    return mock.patch.multiple(
        overlap_rows, _VISITS_PER_TOKEN=share, _ALL_VISITS_PER_TOKEN=-1.0, _ALIKE=inf
    )


@given(few_tokens, measures, st.integers(1, 3), st.sampled_from([0.0, 0.5, 2.0, None]))
@settings(max_examples=120, deadline=None)
def test_agrees_with_naive_twin(rows, how, min_shared, share):
    with popular_from(share):
        got = overlap(*columns(rows), **how, min_shared=min_shared, threads=1)
    assert got.to_pylist() == naive.overlap(rows, **how, min_shared=min_shared)


@given(few_tokens, measures, st.integers(1, 3), st.integers(1, 4), st.booleans())
@settings(max_examples=120, deadline=None)
def test_the_most_similar_agree_with_naive_twin(rows, how, min_shared, top_k, above):
    how = how | {"top_k": top_k, "min_shared": min_shared}
    how["threshold"] = how["threshold"] if above else None
    assert overlap(*columns(rows), **how, threads=1).to_pylist() == naive.overlap(rows, **how)


@given(wild_codes, st.sampled_from([dict(threshold=0.5), dict(threshold=None, top_k=1)]))
@settings(max_examples=50, deadline=None)
def test_codes_may_have_gaps(rows, how):
    assert overlap(*columns(rows), **how, threads=1).to_pylist() == naive.overlap(rows, **how)


@given(few_tokens, measures, st.none() | st.integers(1, 3), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_neither_order_of_rows_nor_repeats_nor_threads_matter(rows, how, top_k, random):
    shuffled = rows + rows[::2]
    random.shuffle(shuffled)
    one = overlap(*columns(rows), **how, top_k=top_k, threads=1)
    assert one.equals(overlap(*columns(shuffled), **how, top_k=top_k, threads=2))
    assert one.equals(overlap(*columns(shuffled), **how, top_k=top_k, threads=4))


@pytest.mark.parametrize("how", [{"threshold": 0.4}, {"measure": "count", "threshold": 2}])
def test_gives_up_beyond_the_pairs_that_are_wanted(how):
    rows = random_log(300, 40, 10, 1)[:2]
    n = len(overlap(*rows, **how))
    assert n > 100
    for threads in (1, 2, 4):
        assert len(overlap(*rows, **how, most_pairs=n, threads=threads)) == n
        with pytest.raises(TooManyPairs):
            overlap(*rows, **how, most_pairs=n - 1, threads=threads)
    with pytest.raises(ValueError, match=r"most_pairs must be at least 0, not -1\."):
        overlap(*rows, **how, most_pairs=-1)


@pytest.mark.parametrize("threshold", [1, 8, 30])
def test_counts_of_accounts_with_much_in_common_agree_with_scipy(threshold):
    random = np.random.default_rng(3)
    has = random.random((400, 300)) < random.beta(1, 4, (400, 1))
    found = overlap(*np.nonzero(has), measure="count", threshold=threshold, min_shared=2)
    common = np.triu(has.astype(int) @ has.T.astype(int), 1)
    a, b = np.nonzero(common >= max(threshold, 2))
    assert found["a"].to_pylist() == a.tolist()
    assert found["b"].to_pylist() == b.tolist()
    assert found["n_shared"].to_pylist() == common[a, b].tolist()
    assert found["similarity"].to_pylist() == common[a, b].tolist()


def random_log(n_accounts, n_tokens, mean, seed, groups=0):
    """Zipf tokens, a heavy tail of list lengths, and groups of ten with much in common."""
    rng = np.random.default_rng(seed)
    n = np.clip(rng.pareto(1.6, n_accounts) * mean * 0.4 + mean * 0.4, 1, 300).astype(int)
    account = np.repeat(np.arange(n_accounts), n)
    token = np.exp(rng.random(n.sum()) * np.log(n_tokens + 1.0)).astype(np.int64) - 1
    for group in range(groups):
        members = np.arange(10 * group, 10 * group + 10)
        mine = np.isin(account, members)
        account, token = account[~mine], token[~mine]
        wanted = np.unique(np.exp(rng.random(25) * np.log(n_tokens)).astype(np.int64))
        keep = rng.random((10, len(wanted))) < 0.95
        account = np.concatenate((account, members[np.nonzero(keep)[0]]))
        token = np.concatenate((token, wanted[np.nonzero(keep)[1]]))
    code = rng.permutation(n_accounts)
    order = rng.permutation(len(account))
    return code[account][order], rng.permutation(n_tokens)[token][order], code


@pytest.mark.parametrize("share", [0.0, 1.0, 24.0, None])
@pytest.mark.parametrize(
    "how",
    [
        *(dict(threshold=t) for t in (0.1, 0.3, 0.5, 0.8, 1.0)),
        *(dict(threshold=t, weights="none") for t in (0.1, 0.5, 1.0)),
        *(dict(threshold=t, weights="skewed") for t in (0.1, 0.5, 0.9, 1.0)),
        *(dict(threshold=t, measure="jaccard") for t in (0.05, 0.5, 1.0)),
        *(dict(threshold=t, measure="count") for t in (1, 3, 8)),
    ],
    ids=str,
)
def test_pruning_loses_nothing(how, share, twins):
    """Popular tokens, weights over twelve decades that follow no rarity, every threshold."""
    account, token, all_pairs = twins
    key = how.get("weights", how.get("measure", "idf"))
    if key == "skewed":
        how = how | {"weights": SKEWED}
    with popular_from(share):
        got = overlap(account, token, **how, threads=2).to_pylist()
    assert got == [pair for pair in all_pairs[key] if pair["similarity"] >= how["threshold"]]
    assert got


SKEWED = 10 ** np.random.default_rng(5).uniform(-6, 6, 400)


@pytest.fixture(scope="module")
def twins():
    account, token, _ = random_log(250, 400, 12, seed=2, groups=3)
    rows = list(zip(account.tolist(), token.tolist(), strict=True))
    ways = {
        "idf": {},
        "none": dict(weights="none"),
        "skewed": dict(weights=SKEWED),
        "jaccard": dict(measure="jaccard"),
        "count": dict(measure="count"),
    }
    return account, token, {k: naive.overlap(rows, **w, threshold=1e-300) for k, w in ways.items()}


@pytest.mark.parametrize(
    ("measure", "threshold"), [("cosine", 0.4), ("jaccard", 0.3), ("count", 12)]
)
def test_agrees_with_the_matrix_product(measure, threshold):
    n = 20_000
    account, token, _ = random_log(n, n, 20, seed=3, groups=100)
    got = overlap(account, token, measure=measure, threshold=threshold)

    ones = sp.csr_matrix((np.ones(len(account)), (account, token)), shape=(n, n))
    ones.data[:] = 1
    idf = np.log(n / np.maximum(np.bincount(ones.indices, minlength=n), 1))
    weighted = ones @ sp.diags(idf if measure == "cosine" else np.ones(n))
    norm = np.asarray(weighted.power(2).sum(1)).ravel()
    n_some = 1000  # the pairs of all accounts would take twenty times as long
    product = (weighted[:n_some] @ weighted.T).tocoo()
    a, b, shared = product.row, product.col, product.data
    if measure == "cosine":
        shared = shared / np.sqrt(norm[a] * norm[b])
    elif measure == "jaccard":
        shared = shared / (norm[a] + norm[b] - shared)
    assert np.abs(shared / threshold - 1)[shared != threshold].min() > 1e-9  # none on the verge
    keep = (shared >= threshold) & (a < b)
    order = np.lexsort((b[keep], a[keep]))
    mine = got.filter(got["a"].to_numpy() < n_some)
    assert len(mine) > 20
    assert mine["a"].to_pylist() == a[keep][order].tolist()
    assert mine["b"].to_pylist() == b[keep][order].tolist()
    np.testing.assert_allclose(mine["similarity"], shared[keep][order], rtol=1e-12)
    n_shared = ones[mine["a"].to_numpy()].multiply(ones[mine["b"].to_numpy()]).sum(1)
    assert mine["n_shared"].to_pylist() == np.asarray(n_shared).ravel().tolist()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("how", [dict(threshold=0.4), dict(threshold=0.3, measure="jaccard")])
def test_sparse_logs_agree_with_all_pairs(seed, how):
    """Logs so sparse that accounts share slots of a table of partial sums."""
    account, token, _ = random_log(3000, 30_000, 10, seed=seed, groups=20)
    nearly_all = overlap(account, token, **(how | {"threshold": 1e-9}))
    wanted = nearly_all.filter(nearly_all["similarity"].to_numpy() >= how["threshold"])
    assert 100 < len(wanted) < len(nearly_all) / 100
    for share in (0.0, 4.0, None):
        with popular_from(share):
            assert overlap(account, token, **how, threads=3).equals(wanted)


def test_planted_groups_are_all_found():
    account, token, code = random_log(5000, 5000, 20, seed=4, groups=40)
    got = overlap(account, token, threshold=0.5)
    found = set(zip(got["a"].to_pylist(), got["b"].to_pylist(), strict=True))
    for group in range(40):
        members = sorted(code[10 * group : 10 * group + 10].tolist())
        assert {(a, b) for a in members for b in members if a < b} <= found


@pytest.mark.parametrize("measure", ["cosine", "jaccard"])
def test_accounts_with_equal_tokens_have_similarity_one(measure):
    rng = np.random.default_rng(6)
    token = np.concatenate([rng.choice(1000, n, replace=False) for n in range(1, 80)])
    first = np.repeat(np.arange(79), np.arange(1, 80))
    got = overlap(
        np.concatenate((first, first + 100)), np.tile(token, 2), measure=measure, threshold=1.0
    )
    pairs = zip(got["a"].to_pylist(), got["b"].to_pylist(), strict=True)
    assert {(a, a + 100) for a in range(79)} <= set(pairs)
    assert got["similarity"].to_pylist() == [1.0] * len(got)


@pytest.mark.parametrize(
    ("how", "similarity"),
    [
        (dict(measure="jaccard", threshold=1 / 3), 1 / 3),
        (dict(measure="cosine", weights="none", threshold=0.5), 0.5),
        (dict(measure="count", threshold=1), 1.0),
    ],
)
def test_the_threshold_is_inclusive(how, similarity):
    log = [0, 0, 1, 1], [1, 2, 2, 3]
    assert overlap(*log, **how)["similarity"].to_pylist() == [similarity]
    beyond = how["threshold"] + 1 if how["measure"] == "count" else np.nextafter(similarity, 1)
    assert len(overlap(*log, **(how | {"threshold": beyond}))) == 0


def test_a_token_that_everybody_has_says_nothing():
    assert len(overlap([0, 1, 2], [5, 5, 5], threshold=0.1)) == 0
    assert len(overlap([0, 1, 2], [5, 5, 5], threshold=None, top_k=1)) == 0
    got = overlap([0, 0, 1, 1, 2], [5, 6, 5, 6, 5], threshold=0.1)
    assert got.to_pylist() == [{"a": 0, "b": 1, "n_shared": 2, "similarity": 1.0}]


def test_everyone_alike_gives_every_pair():
    account = np.repeat(np.arange(600), 2)
    got = overlap(account, np.tile([1, 2], 600), measure="jaccard", threshold=1.0)
    assert len(got) == 600 * 599 // 2
    two = overlap(account, np.tile([1, 2], 600), measure="jaccard", threshold=None, top_k=2)
    assert set(two["a"].to_pylist()) == {0, 1}


def test_ties_for_a_rank_go_to_the_smaller_code():
    account, token = [9, 4, 7, 2], [0, 0, 0, 0]
    got = overlap(account, token, weights="none", threshold=None, top_k=1)
    assert list(zip(got["a"].to_pylist(), got["b"].to_pylist(), strict=True)) == [
        (2, 4),
        (2, 7),
        (2, 9),
    ]


@pytest.mark.parametrize("measure", ["cosine", "jaccard", "count"])
def test_the_most_similar_of_a_sparse_log_agree_with_all_pairs(measure):
    account, token, _ = random_log(1500, 3000, 15, seed=8, groups=10)
    tiny = 1 if measure == "count" else 1e-9
    wanted = overlap(account, token, measure=measure, threshold=tiny, top_k=3, min_shared=2)
    got = overlap(account, token, measure=measure, threshold=None, top_k=3, min_shared=2, threads=3)
    assert got.equals(wanted)


def test_a_long_list_meets_a_short_one():
    account = np.concatenate((np.zeros(5000, int), [1, 1, 1], [2, 2]))
    token = np.concatenate((np.arange(0, 10_000, 2), [4, 9_998, 11], [3, 10_000]))
    got = overlap(account, token, measure="count", threshold=1)
    assert got.to_pylist() == [{"a": 0, "b": 1, "n_shared": 2, "similarity": 2.0}]


@pytest.mark.parametrize("rows", [[], [(3, 3)], [(0, 1), (0, 2)], [(0, 1), (1, 2)]])
def test_logs_without_pairs(rows):
    for how in (dict(threshold=0.1), dict(threshold=None, top_k=2)):
        got = overlap(*columns(rows), **how)
        assert len(got) == 0
        assert {f.name: str(f.type) for f in got.schema} == {
            "a": "int32",
            "b": "int32",
            "n_shared": "int32",
            "similarity": "double",
        }


def test_progress_runs_to_its_end():
    account, token, _ = random_log(500, 500, 5, seed=1)
    calls = []
    overlap(account, token, threads=2, progress=lambda *now: calls.append(now))
    assert calls == [(i + 1, len(calls)) for i in range(len(calls))]
    assert len(calls) > 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(account=[0], token=[0, 1]), "equal lengths"),
        (dict(account=[-1]), "account must hold codes"),
        (dict(token=[2**31 - 1]), "token must hold codes"),
        (dict(account=[0.5]), "account must be a one-dimensional"),
        (dict(account=[[0]]), "account must be a one-dimensional"),
        (dict(measure="dice"), "measure must be one of"),
        (dict(threshold=0), "threshold must be above 0 and at most 1, not 0"),
        (dict(threshold=1.1), "threshold must be above 0"),
        (dict(threshold=nan), "threshold must be above 0"),
        (dict(measure="count"), "whole number of tokens"),
        (dict(measure="count", threshold=0), "whole number of tokens"),
        (dict(measure="count", threshold=inf), "whole number of tokens"),
        (dict(threshold=None), "Give threshold, top_k or both"),
        (dict(top_k=0), "top_k must be at least 1, not 0"),
        (dict(min_shared=0), "min_shared must be at least 1, not 0"),
        (dict(threads=0), "threads must be at least 1"),
        (dict(weights="tf"), "weights must be 'idf', 'none' or an array"),
        (dict(weights=[1.0], measure="jaccard"), "weights are for measure='cosine'"),
        (dict(weights=[[1.0]]), "one weight for each of 1 token"),
        (dict(weights=[], token=[3]), "one weight for each of 4 token"),
        (dict(weights=[nan]), "finite and 0 or more, not nan"),
        (dict(weights=[-1.0]), "finite and 0 or more, not -1"),
        (dict(weights=[1e-9, 1e9], account=[0, 0], token=[0, 1]), "within a factor of"),
    ],
)
def test_bad_arguments_say_what_was_found(arguments, message):
    with pytest.raises(ValueError, match=message):
        overlap(**(dict(account=[0], token=[0]) | arguments))
