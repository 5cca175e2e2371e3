"""The score of inauthenticity: a sum that grows with evidence, and the file it is read from."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.algorithms.evidence_lines import signal_lines
from cib.algorithms.scoring import (
    BENIGN,
    DECADES_TO_TRUST,
    Part,
    Scale,
    from_decades,
    probability,
    shipped_scale,
    trusted,
)
from cib.algorithms.signals import signals
from cib.algorithms.signals.signal import Finding, Measured

ROUNDED = 0.002
"""What three numbers with three decimals may be off by."""

SCALE = Scale(prior=-2.0, share=0.1, parts={"volume": Part(3.0, -1.0), "clock": Part(1.5)})

parts = st.builds(Part, st.floats(0, 4), st.floats(-2, 0))


def finding(*, effect=1.0, log10_p=-9.0, signal="volume"):
    return Finding(signal, 0, 0.0, 0.0, log10_p, effect, "")


# Strength


@given(st.floats(0, 1), st.floats(-300, 0), st.floats(0, 1), st.floats(0, 100), st.integers(1, 999))
def test_strength_grows_with_effect_and_evidence(effect, log10_p, more, decades, n_tests):
    least = trusted(finding(effect=effect, log10_p=log10_p), n_tests)
    assert 0 <= least <= effect
    larger = min(1.0, effect + more)
    assert least <= trusted(finding(effect=larger, log10_p=log10_p), n_tests)
    assert least <= trusted(finding(effect=effect, log10_p=log10_p - decades), n_tests)


@given(st.floats(0, 1), st.floats(-300, 0), st.integers(1, 999), st.integers(0, 999))
def test_strength_pays_for_the_findings_of_the_scan(effect, log10_p, n_tests, more):
    found = finding(effect=effect, log10_p=log10_p)
    assert trusted(found, n_tests + more) <= trusted(found, n_tests)


def test_strength_is_half_of_the_effect_at_the_decades_to_trust():
    paid_for = -(DECADES_TO_TRUST + 2)
    assert trusted(finding(effect=0.8, log10_p=paid_for), 100) == pytest.approx(0.4)
    assert trusted(finding(effect=0.8, log10_p=-2.0), 100) == 0.0  # what chance gives among 100


def test_an_effect_without_a_null_model_counts_as_it_is():
    assert trusted(finding(effect=0.7, log10_p=None), 100) == 0.7


@given(st.floats(-10, 300), st.floats(0, 100))
def test_decades_become_a_strength_below_one(decades, more):
    assert 0 <= from_decades(decades) <= from_decades(decades + more) < 1


# Sum


@given(parts, st.floats(0, 1), st.floats(0, 1))
def test_log_odds_grow_with_strength_from_the_offset_to_weight_and_offset(part, strength, more):
    at = part.log_odds(strength)
    assert part.offset <= at <= part.log_odds(min(1.0, strength + more))
    assert part.log_odds(0.0) == part.offset
    assert part.log_odds(1.0) == part.weight + part.offset


def test_a_signal_that_is_absent_speaks_for_innocence_and_one_not_measured_says_nothing():
    absent = signal_lines({"volume": Measured([finding(effect=0.0)])}, SCALE)
    assert [line.log_odds for line in absent] == [-1.0]
    assert signal_lines({}, SCALE) == []


def test_a_signal_that_was_never_calibrated_adds_nothing():
    assert SCALE.part("of somebody else").log_odds(1.0) == 0.0
    unknown = Measured([finding(signal="of somebody else")])
    (line,) = signal_lines({"of somebody else": unknown}, SCALE)
    assert line.log_odds == 0.0
    assert line.strength is not None
    assert line.strength > 0


def test_probabilities_are_the_logistic_of_log_odds():
    assert probability(np.array([0.0, -np.log(9), np.log(99)])) == pytest.approx([0.5, 0.1, 0.99])


# Prior


def test_expecting_what_was_fitted_changes_nothing():
    assert SCALE.expecting(None) is SCALE
    assert SCALE.expecting(SCALE.share).prior == pytest.approx(SCALE.prior)


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_expecting_moves_the_prior_by_the_difference_of_log_odds(share, other):
    moved = SCALE.expecting(share)
    shift = math.log(share / (1 - share)) - math.log(1 / 9)
    assert moved.prior - SCALE.prior == pytest.approx(shift, abs=1e-9)
    assert moved.parts == SCALE.parts
    assert moved.share == share
    # by whatever way one comes to expect it
    assert moved.expecting(other).prior == pytest.approx(SCALE.expecting(other).prior, abs=1e-9)


# weights.json


def test_the_shipped_weights_are_of_signals_that_exist():
    scale = shipped_scale()
    assert BENIGN in scale.parts
    assert set(scale.parts) - {BENIGN} <= set(signals())
    assert 0 < scale.share < 1
    assert math.isfinite(scale.prior)


@pytest.mark.parametrize("name", sorted(shipped_scale().parts))
def test_the_shipped_weights_keep_what_the_score_promises(name):
    part = shipped_scale().part(name)
    assert part.weight >= 0  # more evidence never lowers a score
    assert part.offset <= 0  # what is absent never raises it
    assert part.log_odds(1.0) >= -ROUNDED  # nor does what is there lower it
    # none convicts alone, nor comes near
    assert shipped_scale().prior + part.log_odds(1.0) <= math.log(1 / 3) + ROUNDED
