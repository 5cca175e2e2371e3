"""Repeated rows against a Python set."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cib.datasets.duplicates import repeated_rows

ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1), st.integers(0, 3)),
    max_size=60,
)


@given(ROWS, st.lists(st.none() | st.integers(1, 5), min_size=60, max_size=60), st.booleans())
def test_the_first_of_equal_rows_stays(
    rows: list[tuple[int, int, int, int]], events: list[int | None], with_events: bool
) -> None:
    seen: set[object] = set()
    wanted = []
    for row, event in zip(rows, events, strict=False):
        key = event if with_events and event is not None else row
        wanted.append(key in seen)
        seen.add(key)
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    prints = np.zeros((len(rows), 2), np.uint64)
    for i, event in enumerate(events[: len(rows)]):
        if event is not None:
            prints[i] = (event << 62) % 2**64, event
    found = {
        threads: repeated_rows(
            columns[0].astype(np.int32),
            columns[1].astype(np.int32),
            columns[2].astype(np.int16),
            columns[3],
            event=prints if with_events else None,
            threads=threads,
        ).tolist()
        for threads in (1, 3)
    }
    assert found == {1: wanted, 3: wanted}


def test_a_single_heavy_account() -> None:
    rng = np.random.default_rng(1)
    content = rng.integers(0, 100, 100_000).astype(np.int32)
    ts = rng.integers(0, 2_000, 100_000)
    nothing = np.zeros(100_000, np.int32)
    repeat = repeated_rows(nothing, content, nothing.astype(np.int16), ts, threads=2)
    kept = set(zip(content[~repeat].tolist(), ts[~repeat].tolist(), strict=True))
    assert len(kept) == np.count_nonzero(~repeat)
    assert kept == set(zip(content.tolist(), ts.tolist(), strict=True))
