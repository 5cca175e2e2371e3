"""A world on disk: reproducible, whole, in its layout, and true to what was planted."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cib.datasets.errors import UsageError
from cib.datasets.synthetic import WorldSpec, generate
from cib.datasets.synthetic.markets import MARKET_CODES
from cib.datasets.synthetic.tables import DEGRADES
from small_world import SMALL, Written, read_log

SEED = 3


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Written:
    out = tmp_path_factory.mktemp("world") / "small"
    return Written(out, generate(out, preset=SMALL, seed=SEED, threads=2))


@pytest.fixture(scope="module")
def truth(world: Written) -> pd.DataFrame:
    return world.table("truth/account").set_index("account_id")


TINY = replace(SMALL, name="tiny-one", n_accounts=60, n_days=2, confounders={}, rings=())


def by_id(log: pd.DataFrame) -> pd.DataFrame:
    return log.sort_values(["event_id"], kind="stable", ignore_index=True)


class TestReproducible:
    @pytest.mark.parametrize("threads", [1, 3])
    def test_same_seed_same_bytes(self, world: Written, tmp_path: Path, threads: int) -> None:
        again = generate(tmp_path / "again", preset=SMALL, seed=SEED, threads=threads)
        assert again == world.manifest
        names = [*world.manifest["sha256"], "manifest.json"]
        assert len(names) > 50
        for name in names:
            assert (tmp_path / "again" / name).read_bytes() == (world.out / name).read_bytes()

    def test_other_seed_other_rows(self, tmp_path: Path) -> None:
        a, b = (generate(tmp_path / str(seed), preset=TINY, seed=seed)["sha256"] for seed in (1, 2))
        changed = [name for name in a if not name.startswith("truth/")]
        assert not {a[name] for name in changed} & set(b.values())

    def test_a_ring_changes_nobody_elses_rows(self, world: Written, tmp_path: Path) -> None:
        """Every ring comes and goes without a trace; so do the accounts that it takes over."""
        gone = SMALL.rings[0].ring_id
        generate(tmp_path / "fewer", preset=replace(SMALL, rings=SMALL.rings[1:]), seed=SEED)
        accounts = world.table("truth/account")
        left = accounts.account_id[accounts.ring_id != gone]
        with_ring = world.log[world.log.account_id.isin(left)]
        without = read_log(tmp_path / "fewer")
        assert len(with_ring) < len(world.log)
        pd.testing.assert_frame_equal(
            by_id(with_ring), by_id(without), check_categorical=False, check_dtype=False
        )

    def test_taken_over_accounts_keep_their_own_rows(self, world: Written, tmp_path: Path) -> None:
        generate(tmp_path / "none", preset=replace(SMALL, rings=()), seed=SEED)
        honest = read_log(tmp_path / "none")
        both = world.log[world.log.event_id.isin(honest.event_id)]
        pd.testing.assert_frame_equal(
            by_id(both), by_id(honest), check_categorical=False, check_dtype=False
        )


class TestFiles:
    def test_layout(self, world: Written) -> None:
        assert sorted(p.name for p in world.out.iterdir()) == [
            "accounts.parquet",
            "content.parquet",
            "contexts.parquet",
            "log",
            "manifest.json",
            "truth",
        ]
        assert {p.parent.parent.name for p in world.files()} == {
            f"market={code}" for code in MARKET_CODES
        }
        dates = {p.parent.name for p in world.files()}
        assert dates == {f"date=2026-02-0{day}" for day in range(2, 6)}

    def test_schema(self, world: Written) -> None:
        names = pa.dictionary(pa.int8(), pa.string())
        ids = pa.dictionary(pa.int32(), pa.string())
        ts = pa.timestamp("us", "UTC")
        expected = {
            "event_id": pa.uint64(),
            "account_id": ids,
            "content_id": pa.uint64(),
            "action": names,
            "ts": ts,
            "duration_ms": pa.int32(),
            "content_kind": names,
            "parent_id": pa.uint64(),
            "parent_kind": names,
            "ip_market": names,
            "device_hash": pa.uint64(),
            "ip_hash": pa.uint64(),
            "asn": pa.uint32(),
            "platform": names,
            "tier": names,
            "reason_end": names,
            "shuffle": pa.bool_(),
            "offline": pa.bool_(),
            "received_ts": ts,
            "text_hash": pa.uint64(),
            "target_account_id": ids,
            "report_reason": names,
            "royalty_micro": pa.int64(),
        }
        for path in world.files():
            schema = pq.read_schema(path)
            assert dict(zip(schema.names, schema.types, strict=True)) == expected

    def test_rows_are_in_time_order_and_in_their_day(self, world: Written) -> None:
        for path in world.files():
            ts = pq.read_table(path, columns=["ts"], partitioning=None)["ts"].to_numpy()
            assert (np.diff(ts) >= np.timedelta64(0)).all()
            day = np.datetime64(path.parent.name.removeprefix("date="))
            assert (ts.astype("datetime64[D]") == day).all()

    def test_the_order_of_names_inside_files_says_nothing(self, world: Written) -> None:
        """Parquet keeps the ids of a file in a list of their own, which any reader sees."""
        for path in world.files():
            table = pq.read_table(path, partitioning=None)
            for column in ("account_id", "target_account_id"):
                for chunk in table[column].chunks:
                    names = chunk.dictionary.to_pylist()
                    assert names == sorted(set(names)), path

    def test_manifest(self, world: Written) -> None:
        manifest = json.loads((world.out / "manifest.json").read_text())
        assert manifest == json.loads(json.dumps(world.manifest))
        rows = manifest["rows"]
        assert rows["log"] == len(world.log)
        assert rows["duplicates"] == len(world.log) - len(world.events)
        assert rows["by_action"] == world.events.action.value_counts().to_dict()
        assert manifest["n_log_files"] == len(world.files())
        assert manifest["seed"] == SEED
        assert manifest["config"]["n_accounts"] == SMALL.n_accounts
        found = {p.relative_to(world.out).as_posix() for p in world.out.rglob("*.parquet")}
        assert set(manifest["sha256"]) == found
        for name, digest in manifest["sha256"].items():
            assert hashlib.sha256((world.out / name).read_bytes()).hexdigest() == digest
        for name in found - {p.relative_to(world.out).as_posix() for p in world.files()}:
            assert rows[name] == pq.read_metadata(world.out / name).num_rows
        assert str(world.out.parent) not in json.dumps(manifest)

    def test_duplicates_are_whole_rows(self, world: Written) -> None:
        log = world.log
        again = log.duplicated("event_id", keep=False)
        assert 0.0003 < log.duplicated("event_id").mean() < 0.0007
        pairs = log[again].sort_values("event_id", kind="stable")
        first, second = pairs[::2].reset_index(drop=True), pairs[1::2].reset_index(drop=True)
        pd.testing.assert_frame_equal(first, second)

    def test_dimensions_cover_the_log(self, world: Written) -> None:
        accounts, content = world.table("accounts"), world.table("content")
        contexts, events = world.table("contexts"), world.events
        for table, key in (
            (accounts, "account_id"),
            (content, "content_id"),
            (contexts, "parent_id"),
        ):
            assert table[key].is_unique
            assert table[key].is_monotonic_increasing
        assert set(events.account_id) <= set(accounts.account_id)
        assert set(events.content_id) <= set(content.content_id)
        owners = contexts.owner_account_id.dropna()
        assert set(owners) <= set(accounts.account_id)
        merged = events.merge(content, on="content_id")
        tracks = merged[merged.content_kind == "track"]
        assert (tracks.ts >= tracks.release_ts).all()
        played = merged[merged.duration_ms.notna() & merged.length_ms.notna()]
        assert (played.duration_ms <= played.length_ms).all()
        home = events.merge(accounts, on="account_id", suffixes=("", "_home"))
        assert (home.market == home.market_home).all()
        assert (home.tier == home.tier_home).all()

    def test_honest_people_play_one_thing_at_a_time(
        self, world: Written, truth: pd.DataFrame
    ) -> None:
        honest = truth.index[truth.ring_id.isna()]
        plays = world.events[world.events.account_id.isin(honest)]
        plays = plays[plays.action == "play"].sort_values(["account_id", "ts"])
        end = plays.ts + pd.to_timedelta(plays.duration_ms.astype("int64"), unit="ms")
        previous = end.groupby(plays.account_id).shift()
        # Durations are cut to milliseconds, so an end may seem a microsecond or two late.
        late = plays.ts < previous - pd.Timedelta(milliseconds=1)
        assert late.mean() < 0.001


class TestTruth:
    def test_accounts(self, world: Written, truth: pd.DataFrame) -> None:
        assert list(truth.columns) == [
            "klass",
            "ring_id",
            "ring_id_2",
            "operator_id",
            "scenario",
            "role",
            "confounder_group",
            "policy_view",
            "active_from",
            "active_to",
            "target_share",
            "is_fresh_account",
        ]
        assert truth.index.is_unique
        assert set(truth.index) == set(world.table("accounts").account_id)
        ring, group = truth.ring_id.notna(), truth.confounder_group.notna()
        assert not (ring & group).any()
        assert group.equals(truth.klass == "confounder")
        assert set(truth.klass[~ring & ~group]) == {"organic"}
        assert set(truth.confounder_group.dropna()) == {f"G{i:02d}" for i in range(1, 17)}
        for column in ("operator_id", "scenario"):
            assert truth[column].notna().equals(ring)
        assert (truth.target_share[~ring] == 0).all()
        assert truth.target_share.between(0, 1).all()
        assert set(truth.policy_view[~ring]) == {"authentic", "grey"}

    def test_events(self, world: Written, truth: pd.DataFrame) -> None:
        table = world.table("truth/event")
        assert table.event_id.is_unique
        merged = table.merge(world.events, on="event_id", suffixes=("", "_log"))
        assert len(merged) == len(table) == world.manifest["rows"]["inauthentic"]
        assert (merged.account_id == merged.account_id_log.astype(str)).all()
        assert (merged.ts == merged.ts_log).all()
        assert (merged.account_id.map(truth.ring_id) == merged.ring_id).all()
        counts = (merged.action == "play") & (merged.duration_ms.fillna(0) >= 30_000)
        assert counts.astype(bool).equals(merged.monetised)
        span = merged.groupby("account_id").ts.agg(["min", "max"])
        assert (truth.active_from[span.index] == span["min"]).all()
        assert (truth.active_to[span.index] == span["max"]).all()
        assert truth.active_from.notna().sum() == len(span)

    def test_rings(self, world: Written, truth: pd.DataFrame) -> None:
        rings = world.table("truth/ring").set_index("ring_id")
        assert set(rings.index) == {ring.ring_id for ring in SMALL.rings}
        assert rings.n_accounts.to_dict() == truth.ring_id.value_counts().to_dict()
        content = world.table("truth/content")
        targets = content[content.content_role == "target"]
        assert rings.n_targets.to_dict() == targets.ring_id.value_counts().to_dict()
        events = world.table("truth/event")
        streams = events[events.monetised].ring_id.value_counts()
        assert rings.hidden_streams.to_dict() == {r: streams.get(r, 0) for r in rings.index}
        ends = events.groupby("ring_id").ts.agg(["min", "max"])
        assert (rings.start == ends["min"].reindex(rings.index)).all()
        assert (rings.end == ends["max"].reindex(rings.index)).all()
        assert rings.camouflage.between(0, 1).all()
        assert rings.H.notna().all()
        assert sorted(rings.markets["A01-0"]) == ["SE", "US"]
        assert set(world.events.account_id) >= set(truth.index[truth.ring_id == "A01-0"])

    def test_taken_over_accounts(self, world: Written, truth: pd.DataFrame) -> None:
        ring = truth[truth.scenario == "A08"]
        taken = ring[ring.klass == "hijacked"]
        assert len(taken) > 0
        bad = set(world.table("truth/event").event_id)
        theirs = world.events[world.events.account_id.isin(taken.index)]
        share = theirs.event_id.isin(bad).groupby(theirs.account_id.astype(str)).mean()
        used = share[share > 0]  # some, the ring only keeps in hand
        assert len(used) > 0
        assert used.median() < 1

    def test_machines_and_lists(self, world: Written, truth: pd.DataFrame) -> None:
        infra, contexts = world.table("truth/infra"), world.table("truth/context")
        bad = world.events[world.events.event_id.isin(world.table("truth/event").event_id)]
        for kind in ("device", "ip"):
            known = set(infra.hash[infra.kind == kind])
            assert set(bad[f"{kind}_hash"].dropna()) <= known
            alone = infra.hash[(infra.kind == kind) & ~infra.shared_with_organic]
            honest = world.events[~world.events.account_id.isin(truth.index[truth.ring_id.notna()])]
            assert not set(alone) & set(honest[f"{kind}_hash"].dropna())
        assert set(contexts.parent_id) <= set(world.table("contexts").parent_id)
        owner = world.table("contexts").set_index("parent_id").owner_account_id
        owned = owner[contexts.parent_id].map(truth.ring_id)
        assert (owned.to_numpy() == contexts.ring_id.to_numpy()).all()

    def test_reviews_and_interventions(self, world: Written, truth: pd.DataFrame) -> None:
        reviews = world.table("truth/review_labels")
        assert list(reviews.columns) == [
            "unit",
            "sampled_ts",
            "inclusion_prob",
            "label",
            "reviewer_id",
        ]
        assert set(reviews.unit) <= set(truth.index)
        assert set(reviews.label) <= {"authentic", "inauthentic"}
        assert len(world.table("truth/interventions")) == 0

    def test_no_rings(self, tmp_path: Path) -> None:
        manifest = generate(tmp_path / "log", preset=TINY)
        assert manifest["rows"]["inauthentic"] == 0
        for name in ("ring", "content", "event", "infra", "context"):
            assert pq.read_metadata(tmp_path / "log" / "truth" / f"{name}.parquet").num_rows == 0
        accounts = pq.read_table(tmp_path / "log" / "truth" / "account.parquet")
        assert accounts["ring_id"].null_count == accounts.num_rows


LACKS = {
    "full": set(),
    "no-device": {"device_hash", "ip_hash", "asn"},
    "no-duration": {"duration_ms", "reason_end", "royalty_micro"},
    "minute-rounded": set(),
    "missing-ip": set(),
}


MORE = replace(TINY, n_accounts=400)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    out = tmp_path_factory.mktemp("degraded") / "log"
    generate(out, preset=MORE, seed=SEED)
    return by_id(read_log(out))


class TestDegraded:
    @pytest.mark.parametrize("mode", [mode for mode in DEGRADES if mode != "full"])
    def test_same_events_otherwise(self, full: pd.DataFrame, tmp_path: Path, mode: str) -> None:
        manifest = generate(tmp_path / "log", preset=MORE, seed=SEED, degrade=mode)
        assert manifest["degrade"] == mode
        found = read_log(tmp_path / "log")
        if mode == "required-columns-only":
            required = ["account_id", "content_id", "action", "ts"]
            assert list(found.columns) == [*required, "market", "date"]
            order = [*required]
            pd.testing.assert_frame_equal(
                found[order].astype({"account_id": str}).sort_values(order, ignore_index=True),
                full[order].astype({"account_id": str}).sort_values(order, ignore_index=True),
                check_categorical=False,
                check_dtype=False,
            )
            return
        assert set(full.columns) - set(found.columns) == LACKS[mode]
        found, expected = by_id(found), full[found.columns]
        if mode == "minute-rounded":
            assert found.ts.equals(expected.ts.dt.floor("min"))
            on_time = ~expected.received_ts.gt(expected.ts)
            assert (found.received_ts[on_time] == found.ts[on_time]).all()
            differing = ["ts", "received_ts"]
        elif mode == "missing-ip":
            differing = ["ip_hash", "asn"]
            missing = found.ip_hash.isna().groupby(found.market.astype(str)).mean()
            assert 0.17 < found.ip_hash.isna().mean() < 0.24
            assert missing["IN"] > 1.2 * missing["US"]  # more carriers with NAT
            there = found.ip_hash.notna() & expected.ip_hash.notna()
            assert found.ip_hash[there].equals(expected.ip_hash[there])
        else:
            differing = []
        pd.testing.assert_frame_equal(
            found.drop(columns=differing),
            expected.drop(columns=differing),
            check_categorical=False,
            check_dtype=False,
        )


class TestFolder:
    def test_replaces_its_own_output_only(self, tmp_path: Path) -> None:
        generate(tmp_path / "log", preset=TINY, seed=1)
        shorter: WorldSpec = replace(TINY, n_days=1)
        second = generate(tmp_path / "log", preset=shorter, seed=2)
        n_files = sum(1 for _ in (tmp_path / "log").rglob("*.parquet"))
        assert n_files == len(second["sha256"])
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").write_text("years of work")
        with pytest.raises(UsageError, match="did not write"):
            generate(tmp_path / "mine", preset=TINY)
        assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
        assert sorted(p.name for p in tmp_path.iterdir()) == ["log", "mine"]

    def test_leaves_alone_what_would_come_out_the_same(self, tmp_path: Path) -> None:
        out = tmp_path / "log"
        first = generate(out, preset=TINY, seed=1)
        one = out / next(name for name in first["sha256"] if name.startswith("log/"))
        before = one.stat()
        assert generate(out, preset=TINY, seed=1) == first
        assert one.stat() == before
        one.write_bytes(b"damaged")
        generate(out, preset=TINY, seed=1)
        assert pq.read_metadata(one).num_rows > 0

    def test_progress_comes_to_its_end(self, tmp_path: Path) -> None:
        seen: list[tuple[int, int | None]] = []
        generate(tmp_path / "log", preset=TINY, progress=lambda *step: seen.append(step))
        assert seen == [(i + 1, len(MARKET_CODES)) for i in range(len(MARKET_CODES))]
