"""A score as a sum: every part is somewhere, and they lead from the start to the score."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.viz.score_steps import MOST_AGAINST, MOST_FOR, score_steps
from cib.viz.waterfall_figure import draw_waterfall


def line(signal: str, log_odds: float | None) -> dict[str, Any]:
    return {"signal": signal, "log_odds": log_odds, "statement": signal, "strength": None}


def logistic(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


odds = st.one_of(st.none(), st.just(0.0), st.floats(-4, 4))


@given(st.floats(-4, 1), st.lists(odds, min_size=1, max_size=25))
def test_steps_lead_from_the_start_to_the_score(start: float, parts: list[float | None]) -> None:
    lines = [line(f"s{i}", part) for i, part in enumerate(parts)]
    end = start + sum(part or 0.0 for part in parts)
    found = score_steps(lines, logistic(end))
    if all(part is None for part in parts):
        assert found is None
        return
    assert found is not None
    if abs(end) > 20:
        return  # a score that is 0 or 1 to the last digits has lost its log-odds
    assert found.start == pytest.approx(logistic(start), rel=1e-6, abs=1e-9)
    at = found.start_at
    for step in found.steps:
        assert (step.left if step.log_odds > 0 else step.left + step.width) == pytest.approx(at)
        at += math.copysign(step.width, step.log_odds)
        assert 0 <= step.left <= step.left + step.width <= 100
    # what adds less than is written is left out of the picture, never what is seen in it
    assert at == pytest.approx(found.end_at, abs=2.0)
    shown = [step.line for step in found.steps if step.line is not None]
    assert len(shown) + len(found.rest) == len(lines)
    assert sum(step.log_odds > 0 for step in found.steps if step.line) <= MOST_FOR + 1
    assert sum(step.log_odds < 0 for step in found.steps if step.line) <= MOST_AGAINST + 1


def test_the_innocent_explanation_is_shown_even_where_it_adds_nothing() -> None:
    found = score_steps([line("capture", 2.0), line("benign: shop", 0.0)], 0.3)
    assert found is not None
    assert [step.line["signal"] for step in found.steps if step.line] == ["benign: shop", "capture"]
    assert found.rest == []


def test_weak_parts_are_one_step_and_silent_ones_none() -> None:
    lines = [line("a", 0.05), line("b", -0.02), line("c", 0.0), line("d", 1.0)]
    found = score_steps(lines, 0.5)
    assert found is not None
    assert [(step.n_parts, round(step.log_odds, 2)) for step in found.steps] == [
        (1, 1.0),
        (2, 0.03),
    ]
    assert [one["signal"] for one in found.rest] == ["a", "b", "c"]
    assert found.n_silent == 1


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_certain_score_can_be_drawn(score: float) -> None:
    found = score_steps([line("a", 3.0)], score)
    assert found is not None
    assert 0 <= found.end_at <= 100


def test_the_picture_has_room_for_over_a_score_and_for_whole_statements() -> None:
    statement = " ".join(f"word{i}" for i in range(30))
    line = {"signal": "capture", "log_odds": 9.0, "strength": 1.0, "statement": statement}
    sums = score_steps([line], 0.999)
    assert sums is not None
    drawn = draw_waterfall(sums, 0.999, [statement], ["+9.0"], title="Cluster 1")
    ends = {one["text"]: one["xshift"] for one in drawn["layout"]["annotations"]}
    # letters of these captions are 8 pixels wide at most
    assert ends["over 0.99"] - ends["+9.0"] > 8 * len("over 0.99")
    assert drawn["layout"]["yaxis"]["ticktext"][1].replace("<br>", " ") == statement
