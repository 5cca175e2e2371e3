"""Every way of writing an instant, against Python's own datetime."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.datasets.times import (
    ABSURD,
    EARLIEST,
    LATEST,
    NULL,
    OK,
    UNITS,
    UNREADABLE,
    describe_status,
    guess_unit,
    iso,
    to_micros,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(EARLIEST, LATEST - 1)
PER_UNIT = {"s": 1_000_000, "ms": 1_000, "us": 1}


def micros_of(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@given(st.lists(st.none() | INSTANTS), st.sampled_from(["s", "ms", "us", "ns"]), st.booleans())
def test_integers_and_timestamps_of_any_unit(
    instants: list[int | None], unit: str, zoned: bool
) -> None:
    step = PER_UNIT.get(unit, 1)
    wanted = [None if t is None else t // step * step for t in instants]
    raw = [None if t is None else t * 1000 if unit == "ns" else t // step for t in wanted]
    stamps = pa.array(raw, pa.timestamp(unit, "Europe/Stockholm" if zoned else None))
    for values, declared in ((pa.array(raw, pa.int64()), unit), (stamps, None)):
        for shift in (0, min(1, len(raw))):
            micros, status = to_micros(values.slice(shift), declared)
            assert [None if s == NULL else int(t) for t, s in zip(micros, status, strict=True)] == (
                wanted[shift:]
            )


@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1)),
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
    st.sampled_from(["T", " ", "t"]),
    st.sampled_from(["auto", "seconds", "minutes", "milliseconds", "microseconds"]),
    st.booleans(),
)
def test_iso_text(
    moment: datetime, offset: int, separator: str, precision: str, colon: bool
) -> None:
    zone = timezone(timedelta(minutes=offset))
    text = moment.replace(tzinfo=zone).isoformat("T", precision).replace("T", separator)
    if not colon:
        text = text[:-3] + text[-2:]
    plain = moment.isoformat(separator, precision)
    texts = [text, plain, plain + "Z", f" {plain} UTC "]
    micros, status = to_micros(pa.array(texts), None)
    exact = datetime.fromisoformat(moment.isoformat("T", precision))
    assert status.tolist() == [OK] * 4
    assert micros.tolist() == [
        micros_of(exact.replace(tzinfo=zone)),
        *[micros_of(exact.replace(tzinfo=UTC))] * 3,
    ]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.binary()])
def test_text_of_any_layout(kind: pa.DataType) -> None:
    texts = ["2024-02-29", None, "nope", "2024-02-29T12:00:00.1234567+01:00"]
    values = pa.array([t and t.encode() for t in texts], pa.binary()).cast(kind)
    micros, status = to_micros(values.slice(1), None)
    assert status.tolist() == [NULL, UNREADABLE, OK]
    assert iso(int(micros[2])) == "2024-02-29T11:00:00.123456Z"


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29", "2024-13-01", "2024-00-01", "2024-01-32", "2024-01-01T24:00", "2024-1-1",
        "2024-01-01T12", "2024-01-01T12:60", "2024-01-01T12:00:60", "2024-01-01T12:00:00.",
        "2024-01-01X12:00", "2024-01-01T12:00+", "2024-01-01T12:00+1", "2024-01-01T12:00+25:00",
        "2024-01-01T12:00Zx", "01/02/2024", "yesterday", "1709290000", "2024-01-01T12:00:00 ",
        "2024-01-01T12:00 +", "٢٠٢٤-01-01",
    ],
)  # fmt: skip
def test_text_that_is_no_time(text: str) -> None:
    status = to_micros(pa.array([text]), None)[1]
    assert status.tolist() == ([OK] if text.endswith("00 ") else [UNREADABLE])


def test_empty_text_counts_as_null() -> None:
    assert to_micros(pa.array(["", "  "]), "s")[1].tolist() == [NULL, NULL]


def test_digits_are_numbers_when_a_unit_is_declared() -> None:
    values = pa.array(["1709290000", "2024-03-01T10:46:40Z", "-5", "99999999999999999999"])
    micros, status = to_micros(values, "s")
    assert micros.tolist()[:2] == [1_709_290_000_000_000] * 2
    assert status.tolist() == [OK, OK, ABSURD, UNREADABLE]


@given(st.floats(1_000_000_000, 2_000_000_000))
def test_float_seconds_are_exact_to_a_microsecond(seconds: float) -> None:
    micros, status = to_micros(pa.array([seconds]), "s")
    assert status[0] == OK
    assert abs(int(micros[0]) - round(seconds * 1e6)) <= 1


def test_float_nan_is_null_and_infinity_absurd() -> None:
    values = pa.array([float("nan"), float("inf"), -1e300, None, 1.7e9])
    assert to_micros(values, "s")[1].tolist() == [NULL, ABSURD, ABSURD, NULL, OK]


def test_dates_are_midnight() -> None:
    day = date(2024, 3, 1)
    for kind in (pa.date32(), pa.date64()):
        micros, status = to_micros(pa.array([day, None], kind), None)
        assert micros[0] == micros_of(datetime(2024, 3, 1, tzinfo=UTC))
        assert status.tolist() == [OK, NULL]


@pytest.mark.parametrize("unit", UNITS)
def test_bounds_are_1990_and_2100(unit: str) -> None:
    scale = {"s": 10**6, "ms": 10**3, "us": 1}.get(unit, 1)
    times = 1000 if unit == "ns" else 1
    edges = [EARLIEST // scale * times, LATEST // scale * times]
    values = pa.array([edges[0] - 1, edges[0], edges[1] - 1, edges[1], 0], pa.int64())
    status = to_micros(values, unit)[1].tolist()
    assert [s == OK for s in status] == [False, True, True, False, False]


@given(INSTANTS, st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_a_wrong_unit_is_recognised(instant: int, truth: str, declared: str) -> None:
    raw = instant * 1000 if truth == "ns" else instant // PER_UNIT[truth]
    status = int(to_micros(pa.array([raw], pa.int64()), declared)[1][0])
    if truth == declared:
        assert status == OK
    else:
        assert UNITS[status - ABSURD - 1] == truth
        words = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
        reason = describe_status(status, pa.int64(), declared)
        assert f"read as {words[declared]}" in reason
        assert f"plausible as {words[truth]}" in reason


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64()])
def test_extreme_integers_are_absurd(kind: pa.DataType) -> None:
    top = 2 ** (63 if kind == pa.int64() else 64) - 1
    for unit in UNITS:
        assert to_micros(pa.array([top, 0], kind), unit)[1].min() >= ABSURD


@given(INSTANTS, INSTANTS, st.sampled_from(UNITS))
def test_units_are_guessed_from_the_range(one: int, two: int, unit: str) -> None:
    low, high = sorted(t * 1000 if unit == "ns" else t // PER_UNIT[unit] for t in (one, two))
    guess = guess_unit(low, high)
    assert guess is not None
    assert guess[0] == unit
    assert guess_unit(1, 5) is None
    assert guess_unit(None, None) is None


def test_nothing_in_nothing_out() -> None:
    for kind in (pa.int64(), pa.timestamp("us"), pa.string(), pa.float64(), pa.null(), pa.date32()):
        micros, status = to_micros(pa.array([], kind), "s")
        assert micros.dtype == np.int64
        assert len(micros) == len(status) == 0
