"""What holds for every group of honest people, in small worlds and long ones."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from cib.datasets.synthetic.catalogue import make_catalogue
from cib.datasets.synthetic.components import NUMBERS
from cib.datasets.synthetic.confounders import GROUPS
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import START_US
from cib.datasets.synthetic.scripts import parent_code
from cib.datasets.synthetic.stage import Stage, expected_audience
from cib.datasets.synthetic.streams import CATALOGUE, CONFOUNDERS, stream
from honest_groups import group, plays_of

GREY = {"G02", "G08"}
NO_LIFE = {"G08", "G16"}
"""Shops and machines do nothing but what they are there for."""
LONG_DAYS = {"G07": 40, "G08": 40}
"""Days of the long world for those who play around the clock; the others have a year."""


def world(stage: Stage, n_days: int) -> Stage:
    catalogue = make_catalogue(stream(stage.seed, CATALOGUE), 1_500, 300, n_days=n_days)
    audience = expected_audience(catalogue, stage.n_accounts, n_days)
    return replace(stage, catalogue=catalogue, n_days=n_days, audience=audience)


@pytest.fixture(scope="module")
def week(stage: Stage) -> Stage:
    return world(stage, 7)


@pytest.fixture(scope="module")
def long_worlds(stage: Stage) -> dict[int, Stage]:
    return {days: world(stage, days) for days in (40, 365)}


def test_sixteen_groups_of_enough_people() -> None:
    assert list(GROUPS) == [f"G{i:02d}" for i in range(1, 17)]
    assert min(module.SIZE for module in GROUPS.values()) >= 300


@pytest.mark.parametrize("code", list(GROUPS))
def test_a_group_is_honest_and_whole(week: Stage, code: str) -> None:
    component = group(week, code, 90)
    accounts, e = component.accounts, component.events
    assert component.group == code
    assert component.policy_view == ("grey" if code in GREY else "authentic")
    assert set(component.klass) == {"confounder"}
    assert len(accounts) == len(component.role) == 90
    assert np.array_equal(accounts.number, int(code[1:]) * NUMBERS + np.arange(90))
    assert not e.inauthentic.any()
    assert (e.start_us >= (accounts.created_us - START_US)[e.account]).all()
    assert len(np.unique(e.account)) >= 0.9 * 90  # some hardly ever listen
    owners = [context.owner for context in component.contexts]
    assert np.isin(owners, accounts.number).all()


@pytest.mark.parametrize("code", list(GROUPS))
def test_one_account_plays_one_thing_at_a_time(week: Stage, code: str) -> None:
    plays = plays_of(group(week, code, 90))
    end = plays.start_us + plays.duration_ms.astype(np.int64) * 1000
    same = plays.account[1:] == plays.account[:-1]
    assert (end[:-1] > plays.start_us[1:] + 1_000)[same].mean() < 0.002


@pytest.mark.parametrize("code", [code for code in GROUPS if code not in NO_LIFE])
def test_members_have_an_ordinary_life(week: Stage, code: str) -> None:
    plays = plays_of(group(week, code, 90))
    own = np.isin(plays.parent_kind, [parent_code(k) for k in ("album", "radio", "library")])
    assert len(np.unique(plays.account[own])) >= 0.7 * 90
    per_day = len(plays) / 90 / 7
    assert per_day < (250 if code == "G07" else 120)


@pytest.mark.parametrize("code", list(GROUPS))
def test_the_same_stream_gives_the_same_group(week: Stage, code: str) -> None:
    first, other = group(week, code, 90), group(week, code, 90, seed=1)
    number = int(code[1:])
    again = GROUPS[code].make(stream(week.seed, CONFOUNDERS, number), week, 90, number)
    for f in fields(Events):
        assert np.array_equal(getattr(first.events, f.name), getattr(again.events, f.name))
    assert len(first.events) != len(other.events)


@pytest.mark.parametrize("code", list(GROUPS))
def test_a_few_people_for_a_long_time(long_worlds: dict[int, Stage], code: str) -> None:
    n_days = LONG_DAYS.get(code, 365)
    component = group(long_worlds[n_days], code, 30)
    e = component.events
    assert len(component.accounts) == 30
    assert (e.start_us >= 0).all()
    assert (e.start_us < n_days * 86_400_000_000).all()
    assert len(np.unique(e.start_us // 86_400_000_000)) >= 0.9 * n_days
