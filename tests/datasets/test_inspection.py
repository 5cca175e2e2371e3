"""`inspect_log` against counts made by hand."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.datasets import inspect_log
from cib.datasets.errors import BadDataError
from cib.datasets.inspection import clock_resolution

START = 1_709_251_200_000_000
STAMP = pa.timestamp("us", "UTC")


def test_summary_of_a_small_log(write: Any) -> None:
    times = [START, START + 3_600_000_000, START + 26 * 3_600_000_000, 0, START + 5, START]
    path = write(
        "log.parquet", n=6, ts=pa.array(times, STAMP), account_id=["a", "b", "a", "a", None, "a"],
        content_id=["c"] * 6, action=["like", "play", "play", "play", "play", "like"],
        market=["SE", None, None, None, None, "SE"],
        royalty_micro=["1", "x", None, None, None, "1"],
        country=["SE"] * 6, zzz=[1] * 6, created_at=[1] * 6,
    )  # fmt: skip
    summary = inspect_log(path)
    assert summary.rows == {
        "read": 6,
        "used": 3,
        "quarantined": 2,
        "duplicates": 1,
        "out_of_scope": 0,
    }
    assert (summary.accounts, summary.contents) == (2, 1)
    assert (summary.first_ts, summary.last_ts) == ("2024-03-01T00:00:00Z", "2024-03-02T02:00:00Z")
    assert list(summary.actions.items()) == [("play", 2), ("like", 1)]
    assert summary.clock is not None
    assert summary.clock.label == "1 h (hour-rounded)"
    assert {name: round(share * 6) for name, share in summary.null_share.items() if share} == {
        "account_id": 1,
        "market": 4,
        "royalty_micro": 3,
    }
    assert {i: n for i, n in enumerate(summary.hours) if n} == {0: 1, 1: 1, 2: 1}
    assert summary.weekdays == [0, 0, 0, 0, 2, 1, 0]
    assert [(h.id, h.n_interactions) for h in summary.heaviest_accounts] == [("a", 2), ("b", 1)]
    assert summary.heaviest_contents[0].share == 1.0
    assert [(q["column"], q["n_rows"]) for q in summary.quarantine] == [
        ("account_id", 1),
        ("ts", 1),
    ]
    assert summary.columns_present == [
        "account_id",
        "content_id",
        "ts",
        "action",
        "market",
        "royalty_micro",
    ]
    assert "duration_ms" in summary.columns_absent
    assert summary.columns_unknown == [
        {"name": "country", "suggestion": None},
        {"name": "created_at", "suggestion": None},
        {"name": "zzz", "suggestion": None},
    ]
    assert summary.inputs[0]["name"] == "log.parquet"
    again = json.loads(json.dumps(summary.to_dict()))
    assert again["rows"]["read"] == 6
    assert again["clock"]["unit_us"] == 3_600_000_000


def test_unknown_columns_are_offered_for_what_is_absent(write: Any) -> None:
    summary = inspect_log(
        write(
            "log.parquet",
            action=None,
            kind=["x"] * 4,
            Country=["SE"] * 4,
            user_id=[1] * 4,
            device_id=["d"] * 4,
        )
    )
    # not event_id, though that is spelt more alike: rows with one are compared by it alone
    assert summary.columns_unknown == [
        {"name": "Country", "suggestion": "market"},
        {"name": "device_id", "suggestion": "device_hash"},
        {"name": "kind", "suggestion": "action"},
        {"name": "user_id", "suggestion": None},
    ]


def test_bad_logs_are_described_not_refused(write: Any) -> None:
    folder = write("in/a.parquet", ts=[1_709_251_200_000] * 4).parent
    (folder / "huge.parquet").write_bytes(b"a,b\n" * 10_000)
    summary = inspect_log(folder, columns={"ts": "ts:s"})
    assert summary.rows["quarantined"] == 4
    assert summary.rows["used"] == 0
    assert summary.clock is None
    assert summary.first_ts is None
    assert summary.heaviest_accounts == []
    assert sum(summary.hours) == 0
    assert "plausible as milliseconds" in str(summary.quarantine[0]["reason"])
    assert "looks like CSV" in str(summary.quarantine[1]["reason"])
    json.dumps(summary.to_dict())


def test_what_cannot_be_read_at_all_is_still_an_error(write: Any) -> None:
    with pytest.raises(BadDataError, match="--map account_id=user_id"):
        inspect_log(write("log.parquet", account_id=None, user_id=[1] * 4))


def test_ids_of_any_kind_can_be_written_as_json(write: Any) -> None:
    path = write(
        "log.parquet",
        account_id=[b"\xff\x00"] * 4,
        content_id=pa.array([2**64 - 1] * 4, pa.uint64()),
    )
    summary = inspect_log(path)
    assert [heavy.id for heavy in summary.heaviest_accounts] == ["ff00"]
    assert json.loads(json.dumps(summary.to_dict()))["heaviest_contents"][0]["id"] == 2**64 - 1


@given(st.lists(st.integers(START, START + 10**14), min_size=1, max_size=50))
def test_rhythm_and_span(times: list[int]) -> None:
    from cib.datasets.inspection import _rhythm

    hours, weekdays = _rhythm(np.array(times))
    moments = [datetime.fromtimestamp(t // 1_000_000, UTC) for t in times]
    assert {h: n for h, n in enumerate(hours) if n} == Counter(m.hour for m in moments)
    assert {d: n for d, n in enumerate(weekdays) if n} == Counter(m.weekday() for m in moments)


@pytest.mark.parametrize(
    ("unit", "label"),
    [
        (1, "1 µs"),
        (1_000, "1 ms"),
        (1_000_000, "1 s"),
        (60_000_000, "1 min (minute-rounded)"),
        (3_600_000_000, "1 h (hour-rounded)"),
        (86_400_000_000, "1 d (day-rounded)"),
    ],
)
def test_clock_resolution(unit: int, label: str) -> None:
    rng = np.random.default_rng(0)
    times = START // unit * unit + rng.integers(0, 10_000, 20_000) * unit
    clock = clock_resolution(times)
    assert clock is not None
    assert (clock.unit_us, clock.label, clock.share) == (unit, label, 1.0)
    times[:15] += 1
    nearly = clock_resolution(times)
    assert nearly is not None
    assert nearly.unit_us == unit
    if unit > 1:
        assert nearly.label == f"{label}, 99.92% of times"
        times[:25] = times[0]
        finer = clock_resolution(times)
        assert finer is not None
        assert finer.unit_us < unit
