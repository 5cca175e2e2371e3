"""Published figures and error rates on real logs; skipped where the logs are not present."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

import cib
from cib.algorithms import spectral_blocks
from cib.algorithms.calibration import calibrate
from cib.algorithms.clusters_kernels import nearest_gap
from cib.graphs import Network, coaction
from cib.graphs.layers.layer import Layer

MAPS = {
    "higgs_twitter_2012": "account_id=account,content_id=object,ts=ts:s,action=kind",
    "coortweet_german_elections": "account_id=account,content_id=object,ts=ts:s,action=kind",
    "coortweet_russian": "account_id=account,content_id=object,ts=ts:s",
}


def coortweet_counts(rows, window, min_participation):
    """Post pairs, accounts, edges and components under CooRTweet 2.1.3's rule, from our counts.

    Its rule: accounts need `min_participation` rows; of those rows, as many must belong to posts
    that co-act; a pair of posts is kept when either of its accounts qualifies.
    """
    n_rows = rows.groupby("account")["account"].transform("size")
    rows = rows[n_rows >= min_participation].sort_values(["object", "ts"])
    a, o, t = (rows[name].to_numpy().astype(np.int64) for name in ("account", "object", "ts"))
    gap = nearest_gap(np.zeros(len(rows), np.int64), o, t, a)
    coacting = (gap >= 0) & (gap <= window)
    if "post" in rows:
        coacting = rows["post"].isin(rows["post"][coacting]).to_numpy()
    taking_part = rows[coacting].groupby("account").size()
    qualified = taking_part.index[taking_part >= min_participation]
    pairs = coaction(a, o, t, window=window, min_tokens=1).to_pandas()
    pairs = pairs[pairs["a"].isin(qualified) | pairs["b"].isin(qualified)]
    accounts = np.union1d(pairs["a"], pairs["b"])
    components = Network.from_edges(pairs["a"], pairs["b"]).to_igraph().connected_components()
    return (
        int(pairs["n_events"].sum()),
        len(accounts),
        len(pairs),
        sum(len(component) > 1 for component in components),
    )


@pytest.mark.parametrize(
    ("window", "min_participation", "published"),
    [
        (10, 1, (1098, 1525, 1092, 511)),
        (60, 1, (6281, 3954, 6206, 449)),
        (60, 2, (3791, 2110, 3721, 23)),
    ],
)
def test_coortweet_figures_on_russian_retweets(real_log, window, min_participation, published):
    rows = pq.read_table(real_log("coortweet_russian")).to_pandas()
    assert coortweet_counts(rows, window, min_participation) == published


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
def test_coortweet_figures_on_german_elections(real_log, kind, platform, window, published):
    rows = pq.read_table(real_log("coortweet_german_elections")).to_pandas()
    rows = rows[(rows["kind"] == kind) & ((rows["platform"] == platform) | (platform is None))]
    assert coortweet_counts(rows, window, 2) == published


def test_weights_on_russian_retweets(real_log):
    """Of the 63 edges with post-pair weight 2 or more, 32 have at least 2 distinct objects."""
    rows = pq.read_table(real_log("coortweet_russian"))
    columns = (rows[name].to_numpy() for name in ("account", "object", "ts"))
    pairs = coaction(*columns, window=60, min_tokens=1)
    heavy = pairs.filter(pairs["n_events"].to_numpy() >= 2)
    assert len(heavy) == 63
    assert int((heavy["n_tokens"].to_numpy() >= 2).sum()) == 32


@pytest.mark.parametrize("name", ["coortweet_german_elections", "coortweet_russian"])
def test_the_error_rate_holds_on_permuted_logs(real_log, name):
    rows = pq.read_table(real_log(name)).to_pandas()
    kinds = rows["kind"].unique() if "kind" in rows else [None]
    layers = [
        Layer(
            str(kind),
            "",
            np.arange(len(part)),
            part["account"].to_numpy(),
            part["object"].to_numpy(),
            part["ts"].to_numpy(),
        )
        for kind in kinds
        for part in [rows if kind is None else rows[rows["kind"] == kind]]
    ]
    table = calibrate(layers, window=(10, 60, 300), q=0.05, n_permutations=20).to_pylist()
    for row in table:
        assert row["holds"], row
        assert row["edges"] > 0
        assert row["permuted_edges"] < 0.05 * row["edges"] + 0.1


@pytest.mark.parametrize("name", MAPS)
def test_a_scan_accounts_for_every_row(real_log, name, tmp_path):
    source = real_log(name)
    run = cib.scan(source, out=tmp_path, map=MAPS[name])
    rows = run.manifest["rows"]
    assert rows["read"] == pq.read_metadata(source).num_rows
    assert rows["read"] == rows["used"] + rows["quarantined"] + rows["duplicates"]
    assert int(run.accounts["n_interactions"].to_numpy().sum()) == rows["used"]
    assert len(run.clusters) > 0
    assert len(cib.open_run(run.path).edges) == len(run.edges) > 0


def test_clusters_agree_with_the_published_troll_categories(real_log, tmp_path):
    """Co-actions alone against Linvill and Warren's categories; the figures of docs/real_logs.md.

    A plain co-text and co-URL network with leidenalg reaches NMI .480, ARI .205, purity .888.
    """
    source = real_log("ira_twitter_events")
    alone = dict(audiences=0, rare=0, loops=0, odd_hours=0)
    run = cib.scan(source, out=tmp_path, map=MAPS["higgs_twitter_2012"], **alone)
    assert f"{len(run.clusters)} clusters" in (run.path / "report.html").read_text()
    rows = run.manifest["rows"]
    assert rows["read"] == pq.read_metadata(source).num_rows
    assert rows["read"] == rows["used"] + rows["quarantined"] + rows["duplicates"]
    known = pq.read_table(real_log("ira_twitter_accounts")).to_pandas().set_index("account")
    accounts = run.accounts.to_pandas().dropna(subset="cluster_id")
    category = known["category"].astype(str).reindex(accounts["account_id"]).fillna("Unknown")
    truth, found = category.to_numpy(), accounts["cluster_id"].to_numpy()
    most = [np.unique(truth[found == c], return_counts=True)[1].max() for c in np.unique(found)]
    nmi, ari = normalized_mutual_info_score(truth, found), adjusted_rand_score(truth, found)
    purity = sum(most) / len(found)
    print(f"NMI {nmi:.3f} ARI {ari:.3f} purity {purity:.3f} over {len(found)} accounts")
    # one category says what they do not speak; it is many clusters, and each of these pure
    foreign = truth == "NonEnglish"
    as_one = np.where(foreign, 0, found)
    share = {c: foreign[found == c].mean() for c in np.unique(found)}
    pure = np.mean([share[c] > 0.9 for c in found[foreign]])
    merged = normalized_mutual_info_score(truth, as_one)
    print(f"NonEnglish taken for one cluster: NMI {merged:.3f}; {pure:.3f} of it in pure clusters")
    assert pure >= 0.95
    assert merged >= 0.65
    assert len(found) > 1900
    assert nmi >= 0.48
    assert ari >= 0.20
    assert purity >= 0.86


def test_blocks_in_real_listening(real_log):
    """Honest tastes are no blocks; a ring under a cover of popular tracks is one, and nobody else.

    A hundred accounts with 30 of 200 new tracks each, and 30 popular ones: hardness 1.2 in
    benchmarks/planted_rings.md.
    """
    table = pq.read_table(real_log("lastfm_kgat_bipartite_sample"))
    row, col = (np.unique(table[name], return_inverse=True)[1] for name in ("account", "content"))
    assert spectral_blocks(row, col) == []
    random = np.random.default_rng(1)
    first, n_columns = row.max() + 1, col.max() + 1
    targets = [random.choice(200, 30, replace=False) + n_columns for _ in range(100)]
    ring = np.repeat(first + np.arange(100), 60)
    cover = random.choice(col, (100, 30))
    planted = np.hstack([np.array(targets), cover]).ravel()
    blocks = spectral_blocks(np.append(row, ring), np.append(col, planted))
    assert len(blocks) == 1
    assert set(range(first, first + 100)) <= set(blocks[0].rows.tolist())
    assert len(blocks[0].rows) <= 102
