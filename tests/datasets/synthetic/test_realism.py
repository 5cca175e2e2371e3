"""The realism gates: everyday listeners against figures of real ones.

Measured figures are of 961,487 plays of 39 listeners' own exports; the enthusiasts of the world are
modelled on these, so they are held to them over a year. The others' volumes are an assumption.
"""

from __future__ import annotations

import numpy as np
import pytest

from cib.datasets.synthetic.events import ACTIONS, COMMENT, LIKE, OFFLINE, PLAY, SAVE
from cib.datasets.synthetic.population import block_events, blocks_of
from cib.datasets.synthetic.stage import Stage
from listening import Listening, listen


@pytest.fixture(scope="module")
def year() -> Listening:
    """Enthusiasts, for a year."""
    return listen(7, 150, 365, enthusiasts=1.0)


@pytest.fixture(scope="module")
def others() -> Listening:
    """Listeners who are no enthusiasts."""
    return listen(7, 800, 60, enthusiasts=0.0)


@pytest.fixture(scope="module")
def everybody() -> Listening:
    """Listeners as they come, one in seven of them an enthusiast."""
    return listen(7, 800, 60, enthusiasts=0.15)


@pytest.fixture(params=["year", "others", "everybody"])
def honest(request: pytest.FixtureRequest) -> Listening:
    found: Listening = request.getfixturevalue(request.param)
    return found


class TestDurations:
    def test_gates(self, honest: Listening) -> None:
        d = honest.plays.duration_ms
        assert 0.22 < (d < 30_000).mean() < 0.38
        counted = d[d >= 30_000]
        assert 0.006 < (counted < 35_000).mean() < 0.015

    def test_mixture(self, honest: Listening) -> None:
        """Measured: 20% under 5 s, 8% to 30 s, 3.4% to 60 s, 59% to the end."""
        d = honest.plays.duration_ms
        length = honest.catalogue.length_ms[honest.content]
        assert 0.15 < (d < 5_000).mean() < 0.26
        assert 0.05 < ((d >= 5_000) & (d < 30_000)).mean() < 0.12
        assert 0.02 < ((d >= 30_000) & (d < 60_000)).mean() < 0.06
        assert 0.52 < (d >= 0.95 * length).mean() < 0.66

    def test_accounts_differ(self, year: Listening) -> None:
        """Measured: 5% of the accounts skip under 7% of their plays, 5% over half."""
        low, median, high = np.quantile(year.skip_share(), [0.05, 0.5, 0.95])
        assert 0.03 < low < 0.11
        assert 0.20 < median < 0.30
        assert 0.42 < high < 0.62


class TestRepeats:
    def test_gates(self, year: Listening) -> None:
        """Measured: 79% of a year's plays are repeats, Heaps' exponent 0.74."""
        share, heaps = (np.median(v) for v in year.repeats())
        assert 0.70 < share < 0.86
        assert 0.65 < heaps < 0.85

    def test_accounts_differ(self, year: Listening) -> None:
        """Measured quartiles: 0.72 to 0.85 and 0.69 to 0.80."""
        share, heaps = (np.quantile(v, [0.25, 0.75]) for v in year.repeats())
        assert 0.04 < share[1] - share[0] < 0.18
        assert 0.04 < heaps[1] - heaps[0] < 0.16

    def test_return_times(self, year: Listening) -> None:
        """Measured quartiles: 7.8 h, 55 h, 301 h."""
        measured = np.array([7.8, 55.0, 301.0])
        assert (np.abs(np.log(year.return_hours() / measured)) < np.log(1.35)).all()

    def test_recurring_transitions(self, year: Listening) -> None:
        """Measured: a third of the steps, quartiles 0.21 to 0.40."""
        low, median, high = np.quantile(year.recurring_transitions(), [0.25, 0.5, 0.75])
        assert 0.25 < median < 0.40
        assert low > 0.21
        assert high < 0.40

    def test_runs_in_common(self, year: Listening) -> None:
        """Measured: 18% of the pairs share a run of five tracks, 11% one of ten."""
        five, ten = (year.pairs_with_a_common_run(k) for k in (5, 10))
        assert 0.10 < five < 0.28
        assert 0.05 < ten < 0.17
        assert ten < five


class TestSessions:
    def test_gates(self, year: Listening) -> None:
        size = year.session_sizes()
        assert 8 <= np.median(size) <= 14
        assert 100 <= np.quantile(size, 0.99) <= 200

    def test_sizes(self, year: Listening) -> None:
        """Measured quantiles: 4, 24 and 47; mean 20; 3.4 sessions per active day."""
        size = year.session_sizes()
        low, high, higher = np.quantile(size, [0.25, 0.75, 0.9])
        assert 3 <= low <= 6
        assert 18 <= high <= 29
        assert 38 <= higher <= 58
        assert 16 < size.mean() < 25
        assert 2.6 < len(size) / len(year.daily_plays()[0]) < 4.2

    def test_one_play_at_a_time(self, honest: Listening) -> None:
        plays = honest.plays
        end = plays.start_us[:-1] + plays.duration_ms[:-1].astype(np.int64) * 1_000
        same = np.diff(plays.account) == 0
        assert (end[same] <= plays.start_us[1:][same] + 1_000).all()


class TestVolume:
    def test_enthusiasts(self, year: Listening) -> None:
        """Measured: medians of 56 plays per active day, 91% of the days, variation 0.76."""
        owner, count = year.daily_plays()
        days = np.bincount(owner, minlength=len(year.accounts))
        per_day = np.bincount(owner, count, len(days)) / days
        assert 46 < np.median(per_day) < 68
        assert 0.4 < np.log(per_day).std() < 0.65
        assert 0.85 < np.median(days) / year.n_days < 0.96
        low, median, high = np.quantile(year.daily_variation(), [0.1, 0.5, 0.9])
        assert 0.5 < low < 0.7
        assert 0.66 < median < 0.86
        assert 0.93 < high < 1.2

    def test_others(self, others: Listening) -> None:
        """Assumed: lognormal of median 16 and sigma 1, on 45% of the days."""
        owner, count = others.daily_plays()
        days = np.bincount(owner, minlength=len(others.accounts))
        some = days >= 10
        per_day = np.bincount(owner, count, len(days))[some] / days[some]
        assert 13 < np.median(per_day) < 20
        assert 0.8 < np.log(per_day).std() < 1.1
        assert 0.40 < days.mean() / others.n_days < 0.50


class TestClock:
    def test_gate(self, honest: Listening) -> None:
        assert 0.01 < np.median(honest.quietest_six_hours()) < 0.05

    def test_few_have_no_night(self, year: Listening) -> None:
        """Measured: 13.7% at the 95th percentile."""
        assert 0.08 < np.quantile(year.quietest_six_hours(), 0.95) < 0.19

    def test_chronotypes(self, everybody: Listening) -> None:
        """Peaks lie hours apart: there are early and night people."""
        angle = everybody.hour * (2 * np.pi / 24)
        mean = [
            np.bincount(everybody.account, f(angle), len(everybody.accounts))
            for f in (np.sin, np.cos)
        ]
        peak_h = np.arctan2(*mean)[everybody.per_account >= 200] * 24 / (2 * np.pi) % 24
        early, late = np.quantile(peak_h, [0.1, 0.9])
        assert 4 < late - early < 9

    def test_gate_hardly_ever_stops(self, year: Listening) -> None:
        """Measured: 0.83% of the account-days, all of few accounts."""
        hours = year.active_hours()
        assert 0.003 < (hours >= 20).mean() < 0.015


class TestExtremes:
    @pytest.mark.parametrize(
        ("times", "low", "high"),
        [(20, 0.008, 0.027), (50, 0.001, 0.006), (100, 0.0002, 0.0015)],
    )
    def test_loops(self, year: Listening, times: int, low: float, high: float) -> None:
        """Measured: 1.45%, 0.25% and 0.043% of the account-days."""
        assert low < (year.most_played() >= times).mean() < high

    def test_loops_are_of_few_accounts(self, year: Listening) -> None:
        """Measured: 100 times a day happened to 3 of 39 accounts, 198 times at most."""
        most = year.most_played()
        assert 140 < most.max() < 450


class TestPopularity:
    def test_gate(self, honest: Listening) -> None:
        assert -1.15 < honest.artist_slope() < -0.85

    def test_concentration(self, honest: Listening) -> None:
        """HetRec: the top 1% of the artists have about 52% of the plays, Gini 0.89."""
        assert 0.42 < honest.share_of_top_artists() < 0.62
        plays = honest.artist_plays()[::-1]
        rank = np.arange(1, len(plays) + 1)
        gini = 2 * (rank * plays).sum() / (len(plays) * plays.sum()) - 1 - 1 / len(plays)
        assert 0.80 < gini < 0.95


def test_offline_plays_arrive_late_in_bursts(everybody: Listening) -> None:
    """4% of the plays, 1 to 14 days late, a session's together."""
    plays = everybody.plays
    offline = plays.flags & OFFLINE > 0
    assert 0.02 < offline.mean() < 0.06
    assert np.array_equal(offline, plays.received_us > 0)
    late = plays.take(offline)
    days = (late.received_us - late.start_us) / 86_400e6
    assert (days >= 1).all()
    assert 10 < np.quantile(days, 0.99) < 15
    bursts = np.unique(np.column_stack([late.account, late.received_us]), axis=0)
    assert len(bursts) < 0.2 * len(late)


def test_reactions(stage: Stage) -> None:
    """Likes and saves on 3% of the completed plays, some comments word for word alike."""
    _, e = block_events(stage, blocks_of(stage.n_accounts)[0])
    count = dict(zip(ACTIONS, np.bincount(e.action, minlength=len(ACTIONS)), strict=True))
    is_track = stage.catalogue.kind[e.content] == stage.catalogue.kind[0]
    reacted = is_track & np.isin(e.action, [LIKE, SAVE])
    played = e.action == PLAY
    whole = played & (e.duration_ms >= 0.95 * stage.catalogue.length_ms[e.content])
    assert 0.015 < reacted.sum() / whole.sum() < 0.045
    text = e.text_hash[e.action == COMMENT]
    assert count["comment"] > 200
    _, times = np.unique(text, return_counts=True)
    assert 0.02 < times[times > 1].sum() / len(text) < 0.09
    assert 0 < count["report"] < 0.01 * count["like"]
    assert np.isin(e.text_hash[e.action != COMMENT], 0).all()
