"""Figures of members beside others: what they say is what they were given."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cib.viz.comparison_figure import draw_comparison, told_apart
from cib.viz.drawing import figure_of
from cib.viz.habits_figures import FEWEST, draw_durations, draw_hours_of_week, draw_shares

UNITS = {"a": "share of days", "b": "interactions per day", "c": "nothing known"}


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=12),
    st.lists(st.integers(0, 6), min_size=1, max_size=12),
)
def test_told_apart_counts_pairs(mine, theirs):
    pairs = [1.0 if m > t else 0.5 if m == t else 0.0 for m in mine for t in theirs]
    found = told_apart(np.array(mine, float), np.array(theirs, float))
    assert abs(found - sum(pairs) / len(pairs)) < 1e-12


def test_signals_that_tell_apart_come_first_and_missing_values_are_left_out():
    members = {"a": [0.2, 0.3, 0.4, None], "b": [9.0, 9.5, 10.0, 11.0], "c": [None] * 4}
    others = {"a": [0.25, 0.3, 0.35], "b": [1.0, 2.0, 3.0], "c": [1.0, 2.0, 3.0]}
    drawing = draw_comparison(members, others, UNITS, others_are="as busy")
    titles = [note["text"] for note in drawing["layout"]["annotations"]]
    assert titles == ["<b>Interactions per day</b>", "<b>Share of days</b>"]
    assert [len(trace["x"]) for trace in drawing["data"]] == [3, 4, 3, 3]
    assert drawing["layout"]["yaxis2"]["ticktext"] == ["others 30%", "members 30%"]
    assert "as busy" in drawing["layout"]["meta"]["caption"]
    figure_of(drawing)  # plotly checks every name and value


def test_nothing_to_compare():
    assert draw_comparison({"a": [0.1, 0.2]}, {"a": [0.1] * 9}, UNITS, others_are="x") is None


def test_hours_are_shares_of_each_side():
    members = np.zeros((7, 24), np.int64)
    members[0, 3], members[6, 23] = 30, 10
    few = np.zeros((7, 24), np.int64)
    few[1, 1] = FEWEST - 1
    alone = draw_hours_of_week(members, few)
    assert len(alone["data"]) == 1
    assert "too few" in alone["layout"]["meta"]["caption"]
    assert alone["data"][0]["z"][0][3] == 0.75
    both = draw_hours_of_week(members, few + 1)
    assert len(both["data"]) == 2
    assert abs(np.sum(both["data"][1]["z"]) - 1) < 1e-3
    figure_of(both)


def test_lengths_put_long_plays_into_the_last_bar():
    drawing = draw_durations([(0, 10), (30_000, 30), (9_000_000, 60)], [(30_000, 10)])
    (bars,) = drawing["data"]
    assert bars["y"][0] == 0.1
    assert bars["y"][6] == 0.3
    assert bars["y"][-1] == 0.6
    caption = drawing["layout"]["meta"]["caption"]
    assert caption.startswith("Of the members' plays 10% end before 30 s, 30% within")
    both = draw_durations([(0, 10)], [(30_000, FEWEST)])
    assert [trace["name"] for trace in both["data"]] == ["members", "others"]
    figure_of(both)


def test_shares_show_hostile_names_as_text():
    rows = [("<b>SE</b>", 0.5, 0.25), ("US", 0.5, None)]
    drawing = draw_shares(rows, title="t", caption="c")
    assert drawing["layout"]["yaxis"]["ticktext"][0] == "&#60;b&#62;SE&#60;/b&#62;"
    assert [trace["name"] for trace in drawing["data"]] == ["members", "others"]
    assert drawing["data"][1]["x"] == [0.25, None]
    figure_of(drawing)
    alone = draw_shares([("US", 1.0, None)], title="t", caption="c")
    assert [trace["name"] for trace in alone["data"]] == ["members"]
