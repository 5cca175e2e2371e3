"""No id, however made, may move the cursor, reorder a line, or flood it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.datasets.hostile import printable


@given(st.text(), st.integers(1, 120))
def test_result_is_short_and_has_no_unsafe_character(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"} for c in shown)
    shown.encode("utf-8")


@given(st.binary(), st.integers(1, 120))
def test_bytes_are_safe_too(data: bytes, limit: int) -> None:
    shown = printable(data, limit)
    assert len(shown) <= limit
    shown.encode("utf-8")


@given(st.text(st.characters(categories=["L", "N"]), max_size=80))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@given(st.text(max_size=10), st.text(max_size=10))
def test_different_ids_look_different(one: str, two: str) -> None:
    assert (printable(one, 1000) == printable(two, 1000)) == (one == two)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\u{1b}[31mred"),
        ("a\nb\r\tc", "a\\u{a}b\\u{d}\\u{9}c"),
        ("\u202egpj.exe", "\\u{202e}gpj.exe"),
        ("zero\u200bwidth", "zero\\u{200b}width"),
        ("\u2066x\u2069", "\\u{2066}x\\u{2069}"),
        ("café 🎵", "café 🎵"),
        ("C:\\x", "C:\\\\x"),
        ("\ud800", "\\u{d800}"),
        (b"\xff\xfeok", "\\xff\\xfeok"),
        (12, "12"),
    ],
)
def test_known_tricks(text: object, shown: str) -> None:
    assert printable(text) == shown


def test_a_huge_id_is_cut_without_being_copied_whole() -> None:
    assert printable("x" * 10_000_000, 5) == "xxxx…"
    assert printable("\x00" * 50, 12) == "\\u{0}\\u{0}…"
