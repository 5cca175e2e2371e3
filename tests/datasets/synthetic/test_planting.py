"""Rings in somebody's log: nothing is lost, nothing gives them away, what cannot be is refused."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from cib.datasets.errors import BadDataError, UsageError
from cib.datasets.synthetic.planting import plant_rings

DAY_S = 86_400
START_S = 1_700_000_000
SECONDS = {"ts": "ts:s"}
FARM = {"scenario": "A04", "n_accounts": 8, "n_targets": 10, "target_share": 0.5}


def make_log(n=4_000, n_accounts=300, n_contents=200, n_days=10, seed=0, clock_s=1, **columns):
    """A log by time: popular contents, ids with gaps, devices of which some are null."""
    rng = np.random.default_rng(seed)
    accounts = np.sort(rng.choice(n_accounts * 40, n_accounts, replace=False))
    who = accounts[(n_accounts * rng.random(n) ** 1.5).astype(int)]
    what = 7_000 + (n_contents * rng.random(n) ** 2).astype(int)
    ts = np.sort(START_S + rng.integers(0, n_days * DAY_S, n)) // clock_s * clock_s
    device = pa.array([f"d{v:06}" for v in rng.integers(0, 10**6, n)], mask=rng.random(n) < 0.1)
    table = {
        "account_id": pa.array(who, pa.int64()),
        "content_id": pa.array(what, pa.int32()),
        "action": pa.array(np.where(rng.random(n) < 0.8, "play", "like")).dictionary_encode(),
        "ts": pa.array(ts, pa.int64()),
        "device_hash": device,
        "note": pa.array(rng.integers(0, 5, n), mask=rng.random(n) < 0.3),
    }
    return pa.table({k: v for k, v in {**table, **columns}.items() if v is not None})


def planted(folder):
    """The planted log, its truth of events by file, and which rows are planted."""
    truth = pq.read_table(folder / "truth" / "event.parquet")
    files = {}
    for path in sorted((folder / "log").rglob("*.parquet")):
        name = path.relative_to(folder / "log").as_posix()
        table = pq.ParquetFile(path).read()
        mine = truth.filter(pc.equal(truth["file"], name))
        marked = np.zeros(len(table), bool)
        marked[mine["row"].to_numpy()] = True
        assert marked.sum() == len(mine)
        files[name] = (table, mine, marked)
    assert sum(len(mine) for _, mine, _ in files.values()) == len(truth)
    return files


def write(table, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=1_500)
    return path


@st.composite
def logs(draw):
    """Small logs of many shapes: types of ids, times or none, orders, nulls, broken rows."""
    log = make_log(n=600, n_accounts=60, n_contents=40, seed=draw(st.integers(0, 50)))
    ids = draw(st.sampled_from(["int64", "uint16", "text", "dense", "dictionary"]))
    account = log["account_id"]
    if ids == "text":
        account = pc.binary_join_element_wise("user_", account.cast(pa.string()), "")
    elif ids == "dictionary":
        account = account.cast(pa.string()).dictionary_encode()
    elif ids == "dense":
        account = pa.array(np.unique(account.to_numpy(), return_inverse=True)[1])
    else:
        account = account.cast(ids)
    log = log.set_column(0, "account_id", account)
    times = draw(st.sampled_from(["s", "timestamp", "text", "none"]))
    ts = pa.array(log["ts"].to_numpy() * 1_000_000).cast(pa.timestamp("us"))
    if times == "none":
        log = log.drop_columns("ts")
    elif times != "s":
        ts = (
            ts.cast(pa.timestamp("ms", "UTC"))
            if times == "timestamp"
            else pc.strftime(ts.cast(pa.timestamp("s")), "%Y-%m-%dT%H:%M:%SZ")
        )
        log = log.set_column(3, "ts", ts)
    order = draw(st.sampled_from(["time", "account", "none"]))
    if order == "account":
        log = log.sort_by("account_id") if ids != "dictionary" else log
    elif order == "none":
        rng = np.random.default_rng(1)
        log = log.take(pa.array(rng.permutation(len(log))))
    if draw(st.booleans()):
        broken = np.arange(len(log)) % 97 == 5
        content = pc.if_else(pa.array(broken), pa.scalar(None, pa.int32()), log["content_id"])
        log = log.set_column(1, "content_id", content)
    cuts = draw(st.sampled_from([(), (250,), (0, 100, 100)]))
    bounds = [0, *cuts, len(log)]
    parts = [log.slice(a, b - a) for a, b in pairwise(bounds)]
    return parts, SECONDS if times == "s" else {}


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(log=logs(), seed=st.integers(0, 3))
def test_own_rows_come_back_exactly(tmp_path_factory, log, seed):
    """Without the planted rows, every file is what it was: rows, order, types."""
    parts, columns = log
    folder = tmp_path_factory.mktemp("plant")
    for i, part in enumerate(parts):
        write(part, folder / "in" / f"part-{i}.parquet")
    manifest = plant_rings(folder / "in", folder / "out", [FARM], columns=columns, seed=seed)
    files = planted(folder / "out")
    assert len(files) == len(parts)
    n_planted = 0
    for part, (table, _, marked) in zip(parts, files.values(), strict=True):
        assert table.schema.equals(part.schema, check_metadata=False)
        rest = table.filter(pa.array(~marked))
        assert rest.to_pylist() == part.to_pylist()
        n_planted += int(marked.sum())
    assert n_planted == manifest["rows"]["planted"] > 0
    accounts = pq.read_table(folder / "out" / "truth" / "account.parquet")
    ringed = accounts.filter(accounts["ring_id"].is_valid())
    assert len(ringed) == FARM["n_accounts"]
    own = set(pa.concat_tables(parts)["account_id"].unique().to_pylist())
    assert own.isdisjoint(ringed["account_id"].to_pylist())


class TestTruth:
    def test_tables_fit_the_log_and_each_other(self, tmp_path):
        log = write(make_log(), tmp_path / "log.parquet")
        rings = [{**FARM, "ring_id": f"r{i}", "number": i} for i in range(2)]
        plant_rings(log, tmp_path / "out", rings, columns=SECONDS)
        ((table, events, marked),) = planted(tmp_path / "out").values()
        rows = table.filter(pa.array(marked))
        for name in ("account_id", "content_id"):
            assert rows[name].to_pylist() == events[name].to_pylist()
            assert rows[name].type == events[name].type
        assert rows["ts"].to_pylist() == [t.timestamp() for t in events["ts"].to_pylist()]
        contents = pq.read_table(tmp_path / "out" / "truth" / "content.parquet")
        for ring in ("r0", "r1"):
            mine = events.filter(pc.equal(events["ring_id"], ring))
            bad = mine.filter(mine["inauthentic"])
            targets = contents.filter(pc.equal(contents["ring_id"], ring))
            aims = set(targets["content_id"].to_pylist())
            assert set(bad["content_id"].to_pylist()) <= aims
            assert len(aims) == 10
            assert 0.3 < len(bad) / len(mine) < 0.7
        accounts = pq.read_table(tmp_path / "out" / "truth" / "account.parquet")
        honest = accounts.filter(accounts["ring_id"].is_null())
        assert set(honest["klass"].to_pylist()) == {"organic"}
        assert len(honest) == len(table.filter(pa.array(~marked))["account_id"].unique())
        ring = pq.read_table(tmp_path / "out" / "truth" / "ring.parquet").to_pylist()
        assert [r["n_accounts"] for r in ring] == [8, 8]
        assert all(r["H"] > 0 for r in ring)

    def test_targets_keep_to_the_audience_asked_for(self, tmp_path):
        table = make_log()
        log = write(table, tmp_path / "log.parquet")
        ring = {**FARM, "audience": [30, 1e9], "n_targets": 3}
        plant_rings(log, tmp_path / "out", [ring], columns=SECONDS)
        counts = table.group_by("content_id").aggregate([("account_id", "count_distinct")])
        pairs = counts.select(["content_id", "account_id_count_distinct"]).to_pydict()
        audience = dict(zip(*pairs.values(), strict=True))
        contents = pq.read_table(tmp_path / "out" / "truth" / "content.parquet")
        assert all(audience[c] >= 30 for c in contents["content_id"].to_pylist())

    def test_borrowed_accounts_are_the_logs_own(self, tmp_path):
        table = make_log(n=20_000)
        log = write(table, tmp_path / "log.parquet")
        ring = {"scenario": "A08", "n_accounts": 40, "n_targets": 5, "target_share": 0.2}
        plant_rings(log, tmp_path / "out", [ring], columns=SECONDS)
        ((out, events, _),) = planted(tmp_path / "out").values()
        taken = set(events["account_id"].to_pylist())
        assert taken <= set(table["account_id"].to_pylist())
        accounts = pq.read_table(tmp_path / "out" / "truth" / "account.parquet")
        hijacked = accounts.filter(pc.equal(accounts["klass"], "hijacked"))
        assert taken <= set(hijacked["account_id"].to_pylist())
        assert len(out) == len(table) + len(events)
        rows = dict(zip(*(out["account_id"].value_counts().flatten()), strict=True))
        for account in hijacked.slice(0, 5).to_pylist():
            n = sum(a == account["account_id"] for a in events["account_id"].to_pylist())
            assert account["target_share"] == pytest.approx(
                n / rows[pa.scalar(account["account_id"], pa.int64())].as_py()
            )


class TestCover:
    def shares(self, tmp_path, cover):
        table = make_log(n=8_000)
        log = write(table, tmp_path / "log.parquet")
        ring = {"scenario": "A05", "n_accounts": 40, "n_targets": 20, "cover": cover}
        plant_rings(log, tmp_path / "out", [ring], columns=SECONDS)
        ((_, events, _),) = planted(tmp_path / "out").values()
        return table, events.filter(pc.invert(events["inauthentic"]))

    def test_taste_is_that_of_accounts_of_the_log(self, tmp_path):
        """Runs of two contents in a row are real accounts' ones; by popularity they hardly are."""
        found = {}
        for cover in ("taste_matched", "popular"):
            table, events = self.shares(tmp_path, cover)
            real = runs_of_two(table)
            runs = runs_of_two(events.sort_by([("account_id", "ascending"), ("ts", "ascending")]))
            found[cover] = np.mean([run in real for run in runs])
        assert found["taste_matched"] > found["popular"] + 0.1

    def test_popular_cover_follows_the_audience(self, tmp_path):
        table, events = self.shares(tmp_path, "popular")
        top = {
            c["values"]
            for c in sorted(
                table["content_id"].value_counts().to_pylist(), key=lambda c: -c["counts"]
            )[:50]
        }
        share = np.mean([c in top for c in events["content_id"].to_pylist()])
        assert 0.25 < share < 0.6


def runs_of_two(table):
    account, content = table["account_id"].to_numpy(), table["content_id"].to_numpy()
    order = np.argsort(account, kind="stable")
    account, content = account[order], content[order]
    same = account[1:] == account[:-1]
    return set(zip(content[:-1][same].tolist(), content[1:][same].tolist(), strict=True))


class TestForm:
    def test_coarse_clocks_stay_coarse(self, tmp_path):
        log = write(make_log(clock_s=60), tmp_path / "log.parquet")
        plant_rings(log, tmp_path / "out", [FARM], columns=SECONDS)
        ((table, _, _),) = planted(tmp_path / "out").values()
        ts = table["ts"].to_numpy()
        assert (ts % 60 == 0).all()
        assert (np.diff(ts) >= 0).all()

    def test_account_order_is_kept(self, tmp_path):
        table = make_log().sort_by([("account_id", "ascending"), ("ts", "ascending")])
        log = write(table, tmp_path / "log.parquet")
        manifest = plant_rings(log, tmp_path / "out", [FARM], columns=SECONDS)
        assert manifest["order"] == {"by": "account", "within": "time"}
        ((out, _, _),) = planted(tmp_path / "out").values()
        key = out["account_id"].to_numpy() * 10**12 + out["ts"].to_numpy()
        assert (np.diff(key) >= 0).all()

    def test_groups_stay_together(self, tmp_path):
        table = make_log().drop_columns("ts")
        shuffled = np.random.default_rng(0).permutation(12_000)[table["account_id"].to_numpy()]
        table = table.take(pa.array(np.argsort(shuffled, kind="stable")))
        log = write(table, tmp_path / "log.parquet")
        manifest = plant_rings(log, tmp_path / "out", [FARM])
        assert manifest["order"]["by"] == "group"
        ((out, _, _),) = planted(tmp_path / "out").values()
        account = out["account_id"].to_numpy()
        assert (account[1:] != account[:-1]).sum() + 1 == len(np.unique(account))

    def test_pairs_that_come_once_still_do(self, tmp_path):
        table = make_log().drop_columns("ts").group_by(["account_id", "content_id"]).aggregate([])
        log = write(table.sort_by("account_id"), tmp_path / "log.parquet")
        plant_rings(log, tmp_path / "out", [{**FARM, "plays_per_day": 20.0}])
        ((out, _, marked),) = planted(tmp_path / "out").values()
        assert marked.sum() > 50
        assert len(out.group_by(["account_id", "content_id"]).aggregate([])) == len(out)

    def test_partitions_hold_their_days(self, tmp_path):
        table = make_log()
        day = table["ts"].to_numpy() // DAY_S
        market = np.where(table["account_id"].to_numpy() % 2 == 0, "DE", "US")
        for m in ("DE", "US"):
            for d in np.unique(day).tolist():
                some = table.filter(pa.array((day == d) & (market == m)))
                date = np.datetime64(d, "D")
                write(some, tmp_path / "in" / f"market={m}" / f"date={date}" / "p.parquet")
        plant_rings(tmp_path / "in", tmp_path / "out", [FARM], columns=SECONDS)
        homes = {}
        for name, (_, events, _) in planted(tmp_path / "out").items():
            m, d = name.split("/")[0], name.split("/")[1].removeprefix("date=")
            for row in events.to_pylist():
                assert str(row["ts"].date()) == d
                homes.setdefault(row["account_id"], set()).add(m)
        assert len(homes) == 8
        assert set.union(*homes.values()) == {"market=US"}  # where the farm's accounts are

    def test_columns_that_go_with_contents_and_accounts(self, tmp_path):
        table = make_log()
        title = [f"title {c}" for c in table["content_id"].to_pylist()]
        town = [f"town {a}" for a in table["account_id"].to_pylist()]
        table = table.append_column("title", [title]).append_column("town", [town])
        log = write(table, tmp_path / "log.parquet")
        plant_rings(log, tmp_path / "out", [FARM], columns=SECONDS)
        ((out, _, marked),) = planted(tmp_path / "out").values()
        rows = out.filter(pa.array(marked)).to_pylist()
        assert all(row["title"] == f"title {row['content_id']}" for row in rows)
        towns = {(row["account_id"], row["town"]) for row in rows}
        assert len(towns) == len({account for account, _ in towns})

    def test_same_seed_same_rows(self, tmp_path):
        log = write(make_log(), tmp_path / "log.parquet")
        one = plant_rings(log, tmp_path / "one", [FARM], columns=SECONDS, seed=3)
        two = plant_rings(log, tmp_path / "two", [FARM], columns=SECONDS, seed=3)
        other = plant_rings(log, tmp_path / "three", [FARM], columns=SECONDS, seed=4)
        assert one == two
        assert one["sha256"] != other["sha256"]

    def test_renumbered_accounts_keep_their_order(self, tmp_path):
        table = make_log(account_id=pa.array(np.arange(4_000) % 300, pa.int64()))
        log = write(table, tmp_path / "log.parquet")
        plant_rings(log, tmp_path / "out", [FARM], columns=SECONDS, renumber=True)
        ((out, _, marked),) = planted(tmp_path / "out").values()
        known = pq.read_table(tmp_path / "out" / "truth" / "renumbered.parquet")
        pairs = known.select(["account_id", "log_account_id"]).to_pydict()
        back = dict(zip(*pairs.values(), strict=True))
        rest = out.filter(pa.array(~marked))["account_id"].to_pylist()
        assert [back[account] for account in rest] == table["account_id"].to_pylist()
        new = set(out.filter(pa.array(marked))["account_id"].to_pylist())
        assert new.isdisjoint(back)
        assert max(new) < 308
        assert list(back.values()) == sorted(back.values())


class TestLeaks:
    """Rows and accounts look the same: a classifier that sees no behaviour does no better than
    chance, which is the share of planted ones.
    """

    @pytest.fixture(scope="class")
    @staticmethod
    def out(tmp_path_factory):
        folder = tmp_path_factory.mktemp("leaks")
        log = write(make_log(n=40_000, n_accounts=4_000, clock_s=20), folder / "log.parquet")
        ring = {"scenario": "A05", "n_accounts": 400, "n_targets": 40, "plays_per_day": 1.0}
        plant_rings(log, folder / "out", [ring], columns=SECONDS)
        ((table, _, marked),) = planted(folder / "out").values()
        return table, marked

    @staticmethod
    def excess(features, label, groups):
        scores = np.zeros(len(label))
        for train, test in GroupKFold(4).split(features, label, groups):
            model = HistGradientBoostingClassifier(max_iter=20, random_state=0)
            with threadpool_limits(1):
                model.fit(features[train], label[train])
                scores[test] = model.predict_proba(features[test])[:, 1]
        return average_precision_score(label, scores) - label.mean()

    def test_rows(self, out):
        table, marked = out
        ts = table["ts"].to_numpy()
        row = np.arange(len(table))
        low, high = np.searchsorted(ts, ts, "left"), np.searchsorted(ts, ts, "right")
        # Where among rows of the same time, as evenly spread as can be; how many is behaviour.
        among = (row - low + np.random.default_rng(0).random(len(row))) / (high - low)
        nulls = [table[name].is_null().to_numpy() for name in ("device_hash", "note")]
        features = np.column_stack(
            [among, row % 2, row % 64, row % 1_500, ts % 3600, ts % 60, *nulls]
        )
        assert self.excess(features, marked, table["account_id"].to_numpy()) < 0.02

    def test_account_ids(self, out):
        table, marked = out
        ids, first = np.unique(table["account_id"].to_numpy(), return_index=True)
        bits = (ids[:, None] >> np.arange(20)) & 1
        features = np.column_stack([ids, ids % 10, ids % 7, bits])
        assert self.excess(features, marked[first], np.arange(len(ids))) < 0.02

    def test_a_leak_would_be_seen(self, out):
        table, marked = out
        ids, first = np.unique(table["account_id"].to_numpy(), return_index=True)
        shifted = ids + 10**6 * marked[first]
        assert self.excess(shifted[:, None], marked[first], np.arange(len(ids))) > 0.5


class TestRefusals:
    @pytest.mark.parametrize(
        ("ring", "columns", "words"),
        [
            ({"scenario": "A14"}, SECONDS, ("A14", "report", "--action")),
            ({"scenario": "A12"}, SECONDS, ("A12", "ip_market")),
            ({"scenario": "A99"}, SECONDS, ("A99", "choose one of")),
            ({**FARM, "n_targets": 100_000}, SECONDS, ("100000", "targets")),
            ({**FARM, "target_share": 2.0}, SECONDS, ("target_share",)),
            ({**FARM, "start_day": 300}, SECONDS, ("period",)),
        ],
    )
    def test_one_sentence(self, tmp_path, ring, columns, words):
        log = write(make_log(), tmp_path / "log.parquet")
        with pytest.raises(UsageError) as refused:
            plant_rings(log, tmp_path / "out", [ring], columns=columns)
        assert all(word in str(refused.value) for word in words)
        assert not (tmp_path / "out").exists()
        assert sorted(p.name for p in tmp_path.iterdir()) == ["log.parquet"]

    def test_lockstep_needs_times(self, tmp_path):
        log = write(make_log(ts=None), tmp_path / "log.parquet")
        with pytest.raises(UsageError, match="A01 needs ts"):
            plant_rings(log, tmp_path / "out", [{"scenario": "A01"}])

    def test_times_under_another_name_are_not_overlooked(self, tmp_path):
        table = make_log().rename_columns(
            ["account_id", "content_id", "action", "timestamp", "device_hash", "note"]
        )
        log = write(table, tmp_path / "log.parquet")
        with pytest.raises(BadDataError, match="timestamp"):
            plant_rings(log, tmp_path / "out", [FARM])

    def test_the_log_itself_is_never_replaced(self, tmp_path):
        log = write(make_log(), tmp_path / "in" / "log" / "log.parquet")
        plant_rings(log, tmp_path / "out", [FARM], columns=SECONDS)
        for out in (tmp_path / "in", tmp_path / "in" / "log"):
            with pytest.raises(UsageError, match="the log itself"):
                plant_rings(log.parent, out, [FARM], columns=SECONDS)
        with pytest.raises(UsageError, match="the log itself"):
            plant_rings(tmp_path / "out" / "log", tmp_path / "out", [FARM], columns=SECONDS)
        assert log.is_file()

    def test_what_is_not_ours_is_never_replaced(self, tmp_path):
        log = write(make_log(), tmp_path / "log.parquet")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "thesis.txt").write_text("years of work")
        with pytest.raises(UsageError, match="did not write"):
            plant_rings(log, tmp_path / "out", [FARM], columns=SECONDS)
        assert (tmp_path / "out" / "thesis.txt").exists()

    def test_nor_what_lies_beside_an_earlier_planting(self, tmp_path):
        log = write(make_log(), tmp_path / "LOG.PARQUET")
        out = tmp_path / "out"
        for _ in range(2):
            plant_rings(log, out, [FARM], columns=SECONDS)
        (out / "notes").mkdir()
        (out / "runs" / "one").mkdir(parents=True)
        (out / "runs" / "one" / "report.html").write_text("a report")
        (out / "truth" / "mine.csv").write_text("a,b")
        with pytest.raises(UsageError, match=r"holds notes, runs, truth/mine\.csv, which this"):
            plant_rings(log, out, [FARM], columns=SECONDS)
        assert (out / "runs" / "one" / "report.html").exists()

    def test_damaged_files(self, tmp_path):
        log = write(make_log(), tmp_path / "log.parquet")
        log.write_bytes(log.read_bytes()[:-100])
        with pytest.raises(BadDataError, match=r"log\.parquet"):
            plant_rings(log, tmp_path / "out", [FARM], columns=SECONDS)


def test_manifest_is_what_is_returned(tmp_path):
    log = write(make_log(), tmp_path / "log.parquet")
    manifest = plant_rings(log, tmp_path / "out", [FARM], columns=SECONDS)
    written = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert written["rows"] == manifest["rows"]
    assert written["rows"]["log"] == 4_000 + written["rows"]["planted"]
    assert "presumed honest" in written["notes"][0]
