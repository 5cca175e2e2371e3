"""The real logs beside the repository, where they are: every row accounted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from cib.datasets import inspect_log, read_log

DATA = Path(__file__).parents[2].parent / "shared" / "data"
LOGS = {
    "higgs_twitter_2012": (563_069, "1 s", ("MT", "RE", "RT")),
    "ira_twitter_events": (
        3_565_595,
        "1 min (minute-rounded)",
        ("hashtag", "mention", "text", "url"),
    ),
    "coortweet_german_elections": (157_568, "1 s", ("domain", "hashtag", "phash", "url")),
    "coortweet_russian": (35_125, "1 s", ("interaction",)),
}
COLUMNS = {"account_id": "account", "content_id": "object", "ts": "ts:s"}


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the real logs are not at {DATA}")
@pytest.mark.parametrize("name", LOGS)
def test_every_row_is_accounted_for(name: str) -> None:
    n_rows, clock, actions = LOGS[name]
    path = DATA / f"{name}.parquet"
    columns = dict(COLUMNS, action="kind") if len(actions) > 1 else COLUMNS
    raw = pq.read_table(
        path, columns=["account", "object", "ts", *(["kind"] if len(actions) > 1 else [])]
    )
    distinct = raw.group_by(raw.column_names).aggregate([]).num_rows
    log = read_log(path, columns=columns)
    assert (log.accounting.read, log.accounting.used) == (n_rows, distinct)
    assert (log.accounting.quarantined, log.accounting.out_of_scope) == (0, 0)
    assert log.action_names == actions
    for ours, theirs in ((log.account_ids, "account"), (log.content_ids, "object")):
        assert ours.equals(pc.unique(raw[theirs]).sort().cast(pa.int32()))
    back = pa.table(
        {
            "account": log.account_ids.take(pa.array(log.account)),
            "object": log.content_ids.take(pa.array(log.content)),
            "ts": log.ts // 1_000_000,
        }
    )
    keys = [(key, "ascending") for key in back.column_names]
    expected = raw.group_by(raw.column_names).aggregate([]).select(back.column_names).sort_by(keys)
    assert back.sort_by(keys).equals(expected.combine_chunks().cast(back.schema))
    assert np.array_equal(np.bincount(log.action) > 0, [True] * len(actions))
    summary = inspect_log(path, columns=columns)
    assert summary.clock is not None
    assert summary.clock.label == clock
    assert sum(summary.actions.values()) == sum(summary.hours) == sum(summary.weekdays) == distinct
