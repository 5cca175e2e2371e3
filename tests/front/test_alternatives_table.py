"""The table of innocent explanations: all of them for every cluster, in agreement with the rest."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

import cib
from cib.algorithms.alternatives import RULED_OUT_BELOW, alternatives
from cib.algorithms.alternatives.alternative import Prediction, Weighed
from small_log import small_log, write


@pytest.fixture(scope="module")
def run(log):
    """The small log, scanned in memory."""
    return cib.scan(log)


def test_every_cluster_has_every_alternative_and_the_best_comes_first(run):
    names = sorted(one.NAME for one in alternatives().values())
    for cluster in run.clusters.to_pylist():
        mine = run.alternatives.filter(
            pc.equal(run.alternatives["cluster_id"], cluster["cluster_id"])
        ).to_pylist()
        assert sorted(row["alternative"] for row in mine) == names
        best = mine[0]
        assert best["alternative"] == cluster["benign_alternative"]
        assert best["ruled_out"] == cluster["benign_ruled_out"]
        assert cluster["benign_statement"].startswith(best["statement"])
        tested = [row["tested"] for row in mine]
        assert tested == sorted(tested, reverse=True)
        fits = [(row["fit"], row["likeness"]) for row in mine if row["tested"]]
        assert fits == sorted(fits, reverse=True)
        for row in mine:
            if row["tested"]:
                assert row["ruled_out"] == (row["fit"] < RULED_OUT_BELOW)
                assert "(predicted: " in row["statement"]
            else:
                assert row["fit"] is row["likeness"] is row["ruled_out"] is None
                assert "cannot be told: " in row["statement"]


def test_what_the_log_lacks_is_named(tmp_path):
    bare = small_log().select(["account_id", "content_id", "action", "ts"])
    table = cib.scan(write(bare, tmp_path / "log.parquet")).alternatives
    lacking = {
        row["alternative"]: row["statement"] for row in table.to_pylist() if not row["tested"]
    }
    assert lacking["household"] == "Household cannot be told: the log has no column ip_hash."
    assert "market and ip_market" in lacking["travel"]


def naive_statement(one: Weighed, cluster: int, absent: list[str]) -> str:
    """The slow, obvious twin of `Weighed.of_clusters`."""
    known = [
        (agreement, place)
        for place, agreement in enumerate(one.agreement[:, cluster].tolist())
        if agreement == agreement
    ]
    known.sort()
    if not known:
        nothing = "nothing that it predicts could be measured here"
        return f"{one.name.capitalize()} cannot be told: {nothing}."
    ruled_out = known[0][0] < RULED_OUT_BELOW
    shown = [pair for pair in known if pair[0] < RULED_OUT_BELOW][:3] if ruled_out else known[:4]
    parts = []
    for _, place in shown:
        p = one.predictions[place]
        parts.append(f"{p.what} is {p.show(float(p.seen[cluster]))} (predicted: {p.bound})")
    words = "is ruled out" if ruled_out else "cannot be ruled out"
    text = f"{one.name.capitalize()} {words}: {'; '.join(parts)}."
    places = {place for _, place in known}
    gone = {p.column for i, p in enumerate(one.predictions) if i not in places and p.column}
    if not ruled_out and gone & set(absent):
        lacks = ", ".join(sorted(gone & set(absent)))
        text += f" More could be checked with {lacks}, which the log lacks."
    return text


@pytest.mark.parametrize("seed", range(5))
def test_statements_of_many_clusters_are_those_of_each(seed):
    rng = np.random.default_rng(seed)
    n = 60
    predictions = []
    for i, column in enumerate(["", "ip_hash", "", "asn", "", "market"]):
        seen = rng.choice([0.0, 0.1, 0.45, 0.8, 1.0, np.nan], n)
        ends = (0.1, 0.7) if i % 2 else (0.9, 0.2)
        predictions.append(Prediction(f"figure {i}", seen, *ends, column=column))
    for p in predictions:
        p.seen[0] = np.nan  # a cluster of which nothing is known
    one = Weighed.of("shop", predictions)
    absent = ["ip_hash", "market"]
    which = rng.permutation(n)
    found = one.of_clusters(which, absent)
    assert [a.cluster for a in found] == which.tolist()
    assert [a.statement for a in found] == [naive_statement(one, c, absent) for c in which]
    assert [a.fit for a in found] == one.fit[which].tolist()
    assert {a.ruled_out for a in found} == {True, False}
