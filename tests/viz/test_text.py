"""Names from a log are shown whole and inert; numbers are shown as people read them."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import unicodedata
from datetime import UTC, datetime
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cib.viz
from cib.datasets import wording as units
from cib.viz.text import plotly_text, printable

MODULES = [
    importlib.import_module(f"cib.viz.{m.name}") for m in pkgutil.iter_modules(cib.viz.__path__)
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_example_in_the_docstrings_is_true(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@given(st.text(), st.integers(2, 60))
def test_a_printed_name_hides_nothing_and_fits(name: str, limit: int) -> None:
    shown = printable(name, limit)
    assert shown.strip()
    assert len(shown) <= max(limit, len("(blank: 00 characters)"))
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not {unicodedata.category(char) for char in shown} & hidden
    assert all(char == " " or unicodedata.category(char) != "Zs" for char in shown)
    assert shown == " ".join(shown.split())


@given(st.text())
def test_a_plotly_name_has_no_character_that_plotly_reads(name: str) -> None:
    assert not re.search(r"[<>\"'$%`]", plotly_text(name))
    assert re.fullmatch(r"(?:[^&]|&#\d+;)*", plotly_text(name))


def test_names_that_look_alike_are_told_apart() -> None:
    names = ("ab", "a\u200bb", "a\u00a0b", "a b", "a\tb", "a\\tb", "a  b", " a b", "a b ", " a b ")
    # a page shows one space for several, and none at either end
    assert len({" ".join(printable(name).split()) for name in names}) == len(names)


def test_piled_accents_do_not_leave_the_line() -> None:
    assert printable("z" + "\u0301" * 40).count("\u0301") == 2


@pytest.mark.parametrize(
    ("log10_p", "shown"),
    [(0.0, "1"), (-2.0, "0.01"), (-40.6, "10⁻⁴¹"), (None, "–"), (float("-inf"), "below 10⁻³⁰⁰")],
)
def test_probabilities(log10_p: float | None, shown: str) -> None:
    assert units.probability(log10_p) == shown


def test_a_score_below_the_line_of_rings_does_not_look_as_if_on_it() -> None:
    shown = [units.score(score) for score in (0.494, 0.495, 0.4999, 0.5, 0.504)]
    assert shown == ["0.49", "under 0.50", "under 0.50", "0.50", "0.50"]


def test_times_are_shown_in_utc() -> None:
    assert units.moment(datetime.fromisoformat("2024-03-02T01:30:00+02:00")) == "1 Mar 2024 23:30"
    assert units.moment(datetime(2024, 3, 1, tzinfo=UTC)) == units.moment(datetime(2024, 3, 1))
