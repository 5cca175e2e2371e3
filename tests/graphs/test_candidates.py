"""Candidates: part by part and group by group, the same pairs with the same counts as at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.datasets.scratch import Scratch
from cib.graphs import candidates
from cib.graphs.candidates import Candidates
from cib.graphs.coaction import Coactions, coactions_of
from cib.graphs.events import Events
from cib.graphs.histories import pair_counts
from strategies import small_rows

COUNTS = ("a", "b", "n_shared", "n_tokens", "n_events")


def in_parts(events, window, min_tokens, *, pairs, room, scratch):
    """Histories used, and everything known of all candidates, sorted by pair."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "PART_PAIRS", pairs)
        patch.setattr(candidates, "LEAST_ROOM", room)
        found = Candidates.find(events, window=window, min_tokens=min_tokens, scratch=scratch)
        histories, parts = [], []
        for history, some in found.by_histories():
            histories.append(history)
            for a, b in some:
                counts = pair_counts(history, a, b, window=window)
                parts.append(Coactions(tuple(window), min_tokens, a, b, *counts))
    assert all(len(part.a) <= pairs for part in parts)
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=-1) if parts else []
        for name in COUNTS
    }
    order = np.lexsort((columns["b"], columns["a"])) if parts else slice(0)
    return histories, {
        name: np.asarray(values)[..., order].tolist() for name, values in columns.items()
    }


@given(small_rows, st.integers(1, 3), st.integers(1, 9), st.sampled_from([1, 200, 1000, 10**6]))
@settings(max_examples=100, deadline=None)
def test_all_candidates_once_however_they_are_cut(rows, min_tokens, pairs, room):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    events = Events.from_arrays(*columns)
    scratch = Scratch(memory=0)
    _, got = in_parts(events, [2, 5], min_tokens, pairs=pairs, room=room, scratch=scratch)
    whole, _ = coactions_of(events, window=[2, 5], min_tokens=min_tokens)
    if len(whole.a):
        assert got == {name: getattr(whole, name).tolist() for name in COUNTS}
    else:
        assert got["a"] == []


def test_histories_fit_into_the_room():
    """Forty accounts with thirty rows each: the less room, the more groups and the fewer rows."""
    rng = np.random.default_rng(0)
    events = Events.from_arrays(
        np.repeat(np.arange(40), 30), np.tile(np.arange(30), 40), rng.integers(0, 100, 1200)
    )
    whole, all_pairs = in_parts(events, [5], 2, pairs=50, room=1, scratch=Scratch())
    assert [len(history.rows) for history in whole] == [1200]
    room = 1200 * candidates.HISTORY_BYTES // 3
    some, pairs = in_parts(events, [5], 2, pairs=50, room=room, scratch=Scratch(memory=0))
    assert len(some) > 1
    assert max(len(history.rows) for history in some) * candidates.HISTORY_BYTES <= 1.2 * room
    assert pairs == all_pairs


def test_pairs_go_to_disk_and_are_let_go():
    events = Events.from_arrays(
        np.repeat(np.arange(300), 2), np.tile([0, 1], 300), np.zeros(600, np.int64)
    )
    scratch = Scratch(memory=0)
    found = Candidates.find(events, window=[0], scratch=scratch)
    assert len(found) == 300 * 299 // 2
    assert scratch.spilled >= 8 * len(found)
    scratch = Scratch(memory=2**30)
    found = Candidates.find(events, window=[0], scratch=scratch)
    assert scratch.held == 8 * len(found)
    found.release()
    assert scratch.held == 0
