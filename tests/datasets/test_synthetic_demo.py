"""The demo log: reproducible, within the published figures, honest about what was planted."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from cib.datasets.errors import UsageError
from cib.datasets.synthetic import PRESETS, generate
from cib.datasets.synthetic.demo import build
from cib.datasets.synthetic.events import Events


def read_log(out: Path) -> pa.Table:
    return ds.dataset(out / "log", partitioning="hive").to_table()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "log"
    generate(out, seed=7)
    return out


@pytest.fixture(scope="module")
def truth(demo: Path) -> pd.DataFrame:
    return pq.read_table(demo / "truth" / "account.parquet").to_pandas()


@pytest.fixture(scope="module")
def events(demo: Path, truth: pd.DataFrame) -> pd.DataFrame:
    """Every distinct event with the truth about its account."""
    log = frame(read_log(demo)).drop_duplicates("event_id")
    columns = ["account_id", "klass", "ring_id", "confounder_group"]
    return log.merge(truth[columns], on="account_id", validate="many_to_one")


@pytest.fixture(scope="module")
def plays(events: pd.DataFrame) -> pd.DataFrame:
    """What honest people played."""
    return events[events.ring_id.isna() & (events.action == "play")]


@pytest.fixture(scope="module")
def targets(demo: Path) -> pd.DataFrame:
    return pq.read_table(demo / "truth" / "content.parquet").to_pandas()


def frame(table: pa.Table) -> pd.DataFrame:
    """To pandas without turning nullable 64-bit hashes into floats."""
    for i, field in enumerate(table.schema):
        if field.type == pa.uint64() and table[field.name].null_count:
            table = table.set_column(i, field.name, table[field.name].cast(pa.string()))
    return table.to_pandas()


def rank_z(values: Any, marked: Any) -> float:
    """Mann-Whitney z of the marked values among all: near 0 when their order says nothing."""
    ranks = pd.Series(values).rank().to_numpy()
    marked = np.asarray(marked, bool)
    n, m = len(ranks), int(marked.sum())
    expected, spread = m * (n + 1) / 2, np.sqrt(m * (n - m) * (n + 1) / 12)
    return float((ranks[marked].sum() - expected) / spread)


class TestReproducible:
    def test_same_seed_same_bytes(self, tmp_path: Path) -> None:
        generate(tmp_path / "a", preset="tiny", seed=3)
        generate(tmp_path / "b", preset="tiny", seed=3)
        names = sorted(
            p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file()
        )
        assert len(names) > 30
        for name in names:
            assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()

    def test_other_seed_other_rows(self, tmp_path: Path) -> None:
        a = generate(tmp_path / "a", preset="tiny", seed=3)
        b = generate(tmp_path / "b", preset="tiny", seed=4)
        assert not set(a["sha256"].values()) & set(b["sha256"].values())

    def test_honest_rows_do_not_depend_on_rings(self, tmp_path: Path) -> None:
        generate(tmp_path / "with", preset="tiny", seed=5)
        generate(tmp_path / "without", preset="tiny-honest", seed=5)
        accounts = pq.read_table(tmp_path / "with" / "truth" / "account.parquet").to_pandas()
        honest = accounts.loc[accounts.ring_id.isna(), "account_id"]
        assert len(honest) < len(accounts)
        rows = [
            read_log(tmp_path / name).to_pandas().sort_values(["event_id", "ts"], ignore_index=True)
            for name in ("with", "without")
        ]
        kept = rows[0][rows[0].account_id.isin(honest)].reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, rows[1])

    def test_a_ring_does_not_depend_on_other_rings(self) -> None:
        preset = PRESETS["demo"]
        every = build(preset, 1)
        fewer = build(replace(preset, rings=preset.rings[1:]), 1)
        for a, b in zip(
            every.honest + [p.component for p in every.rings[1:]], fewer.components, strict=True
        ):
            for f in fields(Events):
                assert np.array_equal(getattr(a.events, f.name), getattr(b.events, f.name)), f.name
            assert np.array_equal(a.accounts.account_id, b.accounts.account_id)


class TestFiles:
    def test_layout_and_schema(self, demo: Path) -> None:
        dictionary = pa.dictionary(pa.int8(), pa.string())
        expected = {
            "event_id": pa.uint64(),
            "account_id": pa.string(),
            "content_id": pa.uint64(),
            "action": dictionary,
            "ts": pa.timestamp("us", "UTC"),
            "duration_ms": pa.int32(),
            "content_kind": dictionary,
            "parent_id": pa.uint64(),
            "parent_kind": dictionary,
            "ip_market": dictionary,
            "device_hash": pa.uint64(),
            "ip_hash": pa.uint64(),
            "platform": dictionary,
            "tier": dictionary,
        }
        files = sorted((demo / "log").rglob("*.parquet"))
        assert len(files) == 70
        for path in files:
            assert path.parent.name.startswith("date=2026-02-")
            assert path.parent.parent.name.startswith("market=")
            schema = pq.read_schema(path)
            assert dict(zip(schema.names, schema.types, strict=True)) == expected

    def test_rows_are_in_time_order_and_in_their_day(self, demo: Path) -> None:
        for path in (demo / "log").rglob("*.parquet"):
            ts = pq.read_table(path, columns=["ts"], partitioning=None)["ts"].to_numpy()
            assert (np.diff(ts) >= np.timedelta64(0)).all()
            day = np.datetime64(path.parent.name.removeprefix("date="))
            assert (ts.astype("datetime64[D]") == day).all()

    def test_manifest_counts(self, demo: Path) -> None:
        manifest = json.loads((demo / "manifest.json").read_text())
        log = read_log(demo)
        assert manifest["rows"]["log"] == log.num_rows
        assert 300_000 <= log.num_rows <= 600_000
        assert sum(manifest["rows"]["by_action"].values()) == log.num_rows
        assert str(demo) not in (demo / "manifest.json").read_text()

    def test_duplicates_are_whole_rows(self, demo: Path) -> None:
        log = read_log(demo).to_pandas()
        again = log[log.duplicated("event_id")]
        assert 0.0003 < len(again) / len(log) < 0.0007
        assert log.duplicated().sum() == len(again)

    def test_dimensions_cover_the_log(self, demo: Path, events: pd.DataFrame) -> None:
        accounts = pq.read_table(demo / "accounts.parquet").to_pandas()
        content = pq.read_table(demo / "content.parquet").to_pandas()
        assert accounts.account_id.is_unique
        assert content.content_id.is_unique
        assert set(events.account_id) <= set(accounts.account_id)
        assert set(events.content_id) <= set(content.content_id)
        merged = events.merge(content, on="content_id")
        assert (merged.ts >= merged.release_ts).all()
        played = merged[merged.duration_ms.notna()]
        assert (played.duration_ms <= played.length_ms).all()

    def test_replaces_its_own_output_only(self, tmp_path: Path) -> None:
        generate(tmp_path / "log", preset="tiny", seed=1)
        second = generate(tmp_path / "log", preset="tiny-honest", seed=2)
        n_files = sum(1 for _ in (tmp_path / "log").rglob("*.parquet"))
        assert n_files == len(second["sha256"])
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").write_text("years of work")
        with pytest.raises(UsageError, match="not generated here"):
            generate(tmp_path / "mine", preset="tiny")
        assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
        assert sorted(p.name for p in tmp_path.iterdir()) == ["log", "mine"]

    def test_leaves_alone_what_would_come_out_the_same(self, tmp_path: Path) -> None:
        out = tmp_path / "log"
        first = generate(out, preset="tiny", seed=1)
        one = out / next(name for name in first["sha256"] if name.startswith("log/"))
        before = one.stat()
        assert generate(out, preset="tiny", seed=1) == first
        assert one.stat() == before
        one.write_bytes(b"damaged")
        generate(out, preset="tiny", seed=1)
        assert pq.read_metadata(one).num_rows > 0

    def test_errors_say_what_to_write(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"'huge' is not known; choose one of demo"):
            generate(tmp_path / "log", preset="huge")
        with pytest.raises(UsageError, match="0 or more, not -1"):
            generate(tmp_path / "log", preset="tiny", seed=-1)


class TestFigures:
    """Bands of the specification, on the honest part."""

    def test_skips(self, plays: pd.DataFrame) -> None:
        everyday = plays[plays.klass == "organic"].duration_ms
        assert 0.17 < (everyday < 5_000).mean() < 0.23
        assert 0.25 < (everyday < 30_000).mean() < 0.31
        counted = plays.duration_ms[plays.duration_ms >= 30_000]
        assert 0.006 < (counted < 35_000).mean() < 0.015

    def test_accounts_differ_in_how_much_they_skip(self, plays: pd.DataFrame) -> None:
        organic = plays[plays.klass == "organic"]
        by_account = (
            (organic.duration_ms < 30_000).groupby(organic.account_id).agg(["mean", "size"])
        )
        p5, median, p95 = by_account["mean"][by_account["size"] >= 100].quantile([0.05, 0.5, 0.95])
        assert 0.02 < p5 < 0.12
        assert 0.2 < median < 0.3
        assert 0.4 < p95 < 0.6

    def test_people_sleep(self, plays: pd.DataFrame) -> None:
        organic = plays[(plays.klass == "organic") & (plays.market == "SE")]
        hour = (organic.ts + pd.Timedelta(hours=1)).dt.hour
        share = hour.value_counts(normalize=True).sort_index()
        assert share.loc[2:4].sum() < 0.5 * share.loc[17:19].sum()

    def test_sessions(self, plays: pd.DataFrame) -> None:
        """Plays per session of those who listen most: median 11, 99th percentile 145 measured."""
        counts = plays[plays.klass == "organic"].account_id.value_counts()
        keen = plays[plays.account_id.isin(counts.index[:200])].sort_values(["account_id", "ts"])
        end = keen.ts + pd.to_timedelta(keen.duration_ms, unit="ms")
        gap = keen.ts - end.groupby(keen.account_id).shift()
        session = (gap.isna() | (gap > pd.Timedelta(minutes=30))).cumsum()
        size = session.value_counts()
        assert 8 <= size.median() <= 14
        assert 100 <= size.quantile(0.99) <= 250

    def test_nobody_honest_plays_two_things_at_once(self, plays: pd.DataFrame) -> None:
        ordered = plays.sort_values(["account_id", "ts"])
        end = ordered.ts + pd.to_timedelta(ordered.duration_ms, unit="ms")
        previous = end.groupby(ordered.account_id).shift()
        # Durations are cut to milliseconds, so an end may seem a microsecond or two late.
        assert not (ordered.ts < previous - pd.Timedelta(milliseconds=1)).any()

    def test_popularity_is_concentrated(self, demo: Path, plays: pd.DataFrame) -> None:
        content = pq.read_table(demo / "content.parquet", columns=["content_id", "artist_id"])
        artist = plays.merge(content.to_pandas(), on="content_id").artist_id.value_counts()
        rank = np.arange(10, 501)
        slope = np.polyfit(np.log(rank), np.log(artist.to_numpy()[rank - 1]), 1)[0]
        assert -1.3 < slope < -0.7
        assert 0.2 < artist.iloc[: len(artist) // 100].sum() / len(plays) < 0.6

    def test_volume_and_markets(self, events: pd.DataFrame) -> None:
        organic = events[events.klass == "organic"]
        assert 4_000 < organic.account_id.nunique() <= 5_000
        assert organic.market.nunique() == 5
        assert organic.market.value_counts(normalize=True).min() < 0.06


class TestTruth:
    def test_accounts(self, demo: Path, truth: pd.DataFrame, events: pd.DataFrame) -> None:
        assert truth.account_id.is_unique
        assert set(events.account_id) <= set(truth.account_id)
        assert truth.ring_id.notna().equals(truth.klass == "automated")
        assert truth.confounder_group.notna().equals(truth.klass == "confounder")
        assert (truth.target_share[truth.ring_id.isna()] == 0).all()
        assert (truth.target_share[truth.ring_id.notna()] > 0).all()
        sizes = truth.ring_id.value_counts().to_dict()
        assert sizes == {"lockstep": 40, "jittered": 30, "small": 12, "likes": 36}
        groups = truth.confounder_group.value_counts()
        assert set(groups.index) == {"G01", "G04", "G05", "G06", "G07", "G09"}
        assert groups.sum() >= 100

    def test_rings(self, demo: Path, truth: pd.DataFrame, targets: pd.DataFrame) -> None:
        rings = pq.read_table(demo / "truth" / "ring.parquet").to_pandas().set_index("ring_id")
        assert targets.ring_id.value_counts().to_dict() == rings.n_targets.to_dict()
        assert targets.content_id.is_unique
        assert (rings.H > 0.5).all()
        assert 0.45 < rings.camouflage["jittered"] < 0.55
        assert rings.camouflage["lockstep"] == 0
        for ring_id, ring in rings.iterrows():
            members = truth[truth.ring_id == ring_id]
            assert members.active_from.min() == ring.start
            assert members.active_to.max() == ring.end

    def test_everybody_in_a_ring_touches_its_targets(
        self, events: pd.DataFrame, targets: pd.DataFrame
    ) -> None:
        hits = events.merge(targets[["content_id", "ring_id"]], on=["content_id", "ring_id"])
        per_account = hits.groupby(["ring_id", "account_id"]).content_id.nunique()
        assert per_account.groupby("ring_id").size().to_dict() == {
            "lockstep": 40,
            "jittered": 30,
            "small": 12,
            "likes": 36,
        }
        assert per_account.min() >= 5

    def test_targets_are_played_by_honest_people_at_other_times(
        self, events: pd.DataFrame, targets: pd.DataFrame
    ) -> None:
        """Timing evidence is a contrast: without outsiders on a target there is none."""
        honest = events[events.ring_id.isna()]
        audience = honest.groupby("content_id").account_id.nunique()
        bands = {
            "lockstep": (200, 10**9),
            "jittered": (40, 230),
            "small": (3, 12),
            "likes": (10, 10**9),
        }
        for ring_id, (low, high) in bands.items():
            ids = targets.content_id[targets.ring_id == ring_id]
            assert audience[ids].between(low, high).all(), ring_id
            ring_ts = np.sort(events.ts[events.ring_id == ring_id].to_numpy())
            theirs = honest.ts[honest.content_id.isin(ids)].to_numpy()
            after = ring_ts[np.minimum(np.searchsorted(ring_ts, theirs), len(ring_ts) - 1)]
            before = ring_ts[np.maximum(np.searchsorted(ring_ts, theirs) - 1, 0)]
            near = np.minimum(np.abs(after - theirs), np.abs(theirs - before))
            assert (near > np.timedelta64(60, "s")).mean() > 0.4, ring_id

    def test_lockstep(self, events: pd.DataFrame, targets: pd.DataFrame) -> None:
        ring = events[events.ring_id == "lockstep"]
        assert ring.duration_ms.between(31_000, 35_000).all()
        assert 4 <= ring.ip_hash.nunique() <= 5
        assert ring.device_hash.nunique() == 8
        by_hour = np.bincount(ring.ts.dt.hour, minlength=24)
        assert (by_hour > 0).sum() >= 20
        assert by_hour.max() < 4 * by_hour.mean()

    @pytest.mark.parametrize(
        ("ring_id", "action", "spread_s"),
        [
            ("lockstep", "play", 5),
            ("small", "play", 25),
            ("jittered", "play", 100),
            ("likes", "like", 20),
        ],
    )
    def test_rings_keep_to_their_schedule(
        self, events: pd.DataFrame, targets: pd.DataFrame, ring_id: str, action: str, spread_s: int
    ) -> None:
        ids = targets.content_id[targets.ring_id == ring_id]
        ring = events[
            (events.ring_id == ring_id) & (events.action == action) & events.content_id.isin(ids)
        ].sort_values(["content_id", "ts"])
        gap = ring.ts.groupby(ring.content_id).diff()
        burst = (gap.isna() | (gap > pd.Timedelta(seconds=300))).cumsum()
        spread = ring.ts.groupby(burst).agg(lambda ts: (ts.max() - ts.min()).total_seconds())
        sizes = burst.value_counts().sort_index()
        assert (spread[sizes >= 5] <= spread_s).all()
        assert sizes.median() >= 0.7 * ring.account_id.nunique()

    def test_zero_rings(self, tmp_path: Path) -> None:
        manifest = generate(tmp_path / "log", preset="tiny-honest")
        assert manifest["rows"]["inauthentic"] == 0
        for name in ("ring", "content"):
            assert pq.read_metadata(tmp_path / "log" / "truth" / f"{name}.parquet").num_rows == 0
        accounts = pq.read_table(tmp_path / "log" / "truth" / "account.parquet")
        assert accounts["ring_id"].null_count == accounts.num_rows


class TestConfounders:
    def test_album_fans_start_after_local_midnight_and_play_in_order(
        self, demo: Path, events: pd.DataFrame
    ) -> None:
        fans = events[(events.confounder_group == "G01") & (events.action == "play")]
        content = pq.read_table(demo / "content.parquet").to_pandas()
        drop = content[content.release_ts == pd.Timestamp("2026-02-05 18:30", tz="UTC")]
        album = fans[fans.content_id.isin(drop.content_id)].sort_values(["account_id", "ts"])
        first = album.groupby("account_id").head(14)
        orders = first.groupby("account_id").content_id.agg(tuple)
        assert len(orders) == 60
        assert orders.value_counts().iloc[0] >= 50
        offset = {"US": -5, "BR": -3, "SE": 1, "IN": 5.5, "BG": 2}
        start = first.groupby("account_id").ts.min()
        hours = first.groupby("account_id").market.first().astype(str).map(offset)
        local = start + pd.to_timedelta(hours, unit="h")
        after = (local - pd.Timestamp("2026-02-06", tz="UTC")).dt.total_seconds() / 3600
        assert (after >= 0).all()
        assert (after < 6).mean() > 0.7

    def test_list_followers_share_the_order_and_the_hour(self, events: pd.DataFrame) -> None:
        group = events[
            (events.confounder_group == "G04") & (events.parent_kind == "playlist_editorial")
        ]
        morning = group[(group.ts + pd.Timedelta(hours=1)).dt.hour.between(7, 9)]
        assert morning.account_id.nunique() == 50
        assert len(morning) > 0.5 * len(group)

    def test_households_share_address_and_speaker(self, events: pd.DataFrame) -> None:
        group = events[(events.confounder_group == "G05") & events.ip_hash.notna()]
        at_home = group[group.platform == "speaker"]
        per_ip = at_home.groupby("ip_hash").account_id.nunique()
        assert per_ip.to_list() == [4] * 8
        speakers = group[group.platform == "speaker"].groupby("device_hash").account_id.nunique()
        assert speakers.max() == 4

    def test_one_cgnat_address(self, events: pd.DataFrame) -> None:
        per_ip = events.groupby("ip_hash").account_id.nunique().sort_values()
        assert per_ip.iloc[-1] > 150
        assert per_ip.iloc[-2] < 50

    def test_superfans_loop_and_somebody_never_stops(self, events: pd.DataFrame) -> None:
        plays = events[events.action == "play"]
        fans = plays[plays.confounder_group == "G09"]
        daily = fans.groupby(["account_id", fans.ts.dt.date, "content_id"]).size()
        assert daily.max() >= 50
        sleepers = plays[plays.confounder_group == "G07"]
        hours = sleepers.groupby(["account_id", sleepers.ts.dt.date]).ts.agg(
            lambda ts: ts.dt.hour.nunique()
        )
        assert (hours >= 20).sum() >= 7


class TestNoTelltales:
    """Nothing but behaviour may tell a ring's rows and ids from anybody's."""

    def test_id_order(
        self, truth: pd.DataFrame, events: pd.DataFrame, targets: pd.DataFrame
    ) -> None:
        assert abs(rank_z(truth.account_id, truth.ring_id.notna())) < 4
        assert abs(rank_z(truth.account_id, truth.klass == "confounder")) < 4
        contents = pd.Series(events.content_id.unique())
        assert abs(rank_z(contents, contents.isin(targets.content_id))) < 4
        assert abs(rank_z(events.event_id, events.ring_id.notna())) < 4

    def test_id_form(self, truth: pd.DataFrame) -> None:
        assert truth.account_id.str.fullmatch("[a-z2-7]{12}").all()
        first = truth.account_id.str[0]
        in_rings = first[truth.ring_id.notna()].value_counts(normalize=True)
        assert in_rings.max() < 0.15

    def test_order_of_dimension_rows(self, demo: Path) -> None:
        for name, key in (("accounts", "account_id"), ("content", "content_id")):
            ids = pq.read_table(demo / f"{name}.parquet")[key].to_pandas()
            assert ids.is_monotonic_increasing

    def test_sub_second_digits(self, events: pd.DataFrame) -> None:
        micros = events.ts.dt.microsecond
        assert abs(rank_z(micros, events.ring_id.notna())) < 4
        for unit in (10, 1000):
            low = (micros % unit)[events.ring_id.notna()]
            assert abs(low.mean() - (unit - 1) / 2) < 0.02 * unit

    def test_missing_values_and_duplicates(self, demo: Path, events: pd.DataFrame) -> None:
        ring = events.ring_id.notna()
        for column in ("device_hash", "ip_hash"):
            missing = events[column].isna()
            assert abs(missing[ring].mean() - missing[~ring].mean()) < 0.005
        log = read_log(demo).to_pandas()
        twice = log[log.duplicated("event_id")].account_id
        members = events.account_id[ring].unique()
        assert twice.isin(members).mean() == pytest.approx(ring.mean(), abs=0.05)
