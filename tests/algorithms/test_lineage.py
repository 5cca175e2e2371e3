"""Lineage against a slow twin that follows the definitions word by word."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.algorithms.lineage import CHANGES, match


def members(clusters: dict[int, str]) -> pa.Table:
    """A members table from cluster numbers and one letter per account."""
    pairs = [(c, name) for c, names in clusters.items() for name in names]
    return pa.table(
        {
            "cluster_id": pa.array([c for c, _ in pairs], pa.int32()),
            "account_id": pa.array([name for _, name in pairs], pa.string()),
        }
    )


def naive(before: dict[int, str], after: dict[int, str]) -> list[tuple]:
    old = {c: set(names) for c, names in before.items() if names}
    new = {c: set(names) for c, names in after.items() if names}

    def shared(n: int, o: int) -> int:
        return len(new[n] & old[o])

    def jaccard(n: int, o: int) -> float:
        return shared(n, o) / len(new[n] | old[o])

    kin = {
        (n, o)
        for n in new
        for o in old
        if shared(n, o) >= 2 and shared(n, o) >= 0.3 * min(len(new[n]), len(old[o]))
    }
    kin_of_new = {n: [o for m, o in kin if m == n] for n in new}
    nearest_new = {
        n: min(os, key=lambda o: (-shared(n, o), -jaccard(n, o), o))
        for n, os in kin_of_new.items()
        if os
    }
    nearest_old = {
        o: min(ns, key=lambda n: (-shared(n, o), -jaccard(n, o), n))
        for o in old
        if (ns := [n for n, p in kin if p == o])
    }
    rows = []
    for n in sorted(new):
        if n not in nearest_new:
            rows.append((n, None, 0, 0.0, "new"))
            continue
        o = nearest_new[n]
        if sum(m == n for m in nearest_old.values()) >= 2:
            mine = sorted(kin_of_new[n], key=lambda o: (-shared(n, o), -jaccard(n, o), o))
            rows += [(n, o, shared(n, o), jaccard(n, o), "merged") for o in mine]
            continue
        growth = len(new[n]) / len(old[o])
        change = "grown" if growth > 1.1 else "shrunk" if growth < 0.9 else "known"
        if sum(p == o for p in nearest_new.values()) >= 2:
            change = "split"
        rows.append((n, o, shared(n, o), jaccard(n, o), change))
    gone = [o for o in sorted(old) if o not in {p for _, p in kin}]
    return rows + [(None, o, 0, 0.0, "gone") for o in gone]


def said(table: pa.Table) -> list[tuple]:
    return [tuple(row.values()) for row in table.to_pylist()]


@st.composite
def partitions(draw: st.DrawFn) -> dict[int, str]:
    """Accounts a to z in up to six clusters, or in none."""
    owner = draw(st.lists(st.integers(0, 6), min_size=26, max_size=26))
    letters = "abcdefghijklmnopqrstuvwxyz"
    return {
        c: "".join(x for x, o in zip(letters, owner, strict=True) if o == c) for c in range(1, 7)
    }


@given(partitions(), partitions())
def test_like_the_definitions(before: dict[int, str], after: dict[int, str]) -> None:
    assert said(match(members(before), members(after))) == naive(before, after)


CASES = {
    "new": ({}, {1: "abc"}),
    "gone": ({1: "abc"}, {}),
    "known": ({1: "abcdefghij"}, {4: "abcdefghix"}),
    "grown": ({1: "abcdef"}, {1: "abcdefgh"}),
    "shrunk": ({1: "abcdefgh"}, {1: "abcdef"}),
    "split": ({1: "abcdefgh"}, {1: "abcd", 2: "efgh"}),
    "merged": ({1: "abcd", 2: "efgh"}, {1: "abcdefgh"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_word(change: str) -> None:
    before, after = CASES[change]
    table = match(members(before), members(after))
    assert set(table["change"].to_pylist()) == {change}


def test_one_account_in_common_is_no_kinship() -> None:
    assert said(match(members({1: "ab"}), members({1: "bc"}))) == [
        (1, None, 0, 0.0, "new"),
        (None, 1, 0, 0.0, "gone"),
    ]


def test_ids_of_two_types() -> None:
    numbers = pa.table({"cluster_id": pa.array([1], pa.int32()), "account_id": [1]})
    with pytest.raises(ValueError, match="cannot be matched"):
        match(members({1: "ab"}), numbers)


def test_whole_numbers_as_ids() -> None:
    table = pa.table(
        {
            "cluster_id": pa.array([1, 1, 2, 2], pa.int32()),
            "account_id": pa.array([2**64 - 1, 2**64 - 2, 0, 1], pa.uint64()),
        }
    )
    assert match(table, table)["jaccard"].to_pylist() == [1.0, 1.0]
