"""Accounts by row, and search, with hostile and numeric ids."""

from __future__ import annotations

import pyarrow as pa
import pytest

from cib.viz.explorer.runs.errors import NoSuchRow
from cib.viz.explorer.runs.run_tables import RunTables
from cib.viz.text import printable
from explorer_tables import names, row_of_account, rows


def test_every_account_is_found_by_its_id(run: RunTables) -> None:
    for id_, row in (
        list(row_of_account(run).items())[:20] + list(row_of_account(run).items())[-20:]
    ):
        first = run.search(str(id_))[0]
        assert (first["id"], first["account_row"], first["exact"]) == (id_, row, True)
        shown = run.search(printable(id_))[0]
        assert shown["account_row"] == row
        account = run.account(row)
        assert account["account_id"] == id_
        assert account["account_row"] == row


def test_an_account_knows_its_cluster_and_role(run: RunTables) -> None:
    for member in rows(run, "members"):
        account = run.account(row_of_account(run)[member["account_id"]])
        assert {name: account[name] for name in member} == member


def test_search_by_prefix(plain: RunTables) -> None:
    expected = [one for one in names(plain, "accounts", "account_id") if one.startswith("user00")]
    found = plain.search("user00")
    assert [one["id"] for one in found] == expected
    assert not any(one["exact"] for one in found)
    assert len(plain.search("user0", limit=3)) == 3
    both = plain.search("bot01")
    assert [one["exact"] for one in both] == [True, False]
    assert both[1]["id"] == "bot01 of ring 1"


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "' OR true --", "\x00", "nobody"])
def test_search_finds_nothing_by_accident(plain: RunTables, text: str) -> None:
    assert plain.search(text) == []


def test_search_for_contents(run: RunTables) -> None:
    targets = rows(run, "targets")
    for row in (0, len(targets) // 2, len(targets) - 1):
        found = run.search(str(targets[row]["content_id"]), "content")
        assert (targets[row]["cluster_id"], row, True) in {
            (one["cluster_id"], one["target_row"], one["exact"]) for one in found
        }
        target = run.target(row)
        assert target["content_id"] == targets[row]["content_id"]
        assert sorted(one["target_row"] for one in target["clusters"]) == [
            i for i, one in enumerate(targets) if one["content_id"] == target["content_id"]
        ]


@pytest.mark.parametrize(("what", "column"), [("parent", "parent_id"), ("market", "market")])
def test_search_for_parents_and_markets(plain: RunTables, what, column) -> None:
    acts = rows(plain, "interactions")
    value = acts[0][column]
    expected = {
        (c, sum(a[column] == value and a["cluster_id"] == c for a in acts))
        for c in {a["cluster_id"] for a in acts if a[column] == value}
    }
    found = [one for one in plain.search(value, what) if one["exact"]]
    assert {(one["cluster_id"], one["n_interactions"]) for one in found} == expected


def test_rows_of_ids(run: RunTables) -> None:
    place = row_of_account(run)
    ids = list(place)[3:9]
    assert run.account_rows(ids).tolist() == [place[one] for one in ids]
    kind = run.source.id_type
    strange = pa.array([123456] if pa.types.is_integer(kind) else ["nobody"], kind)
    assert run.account_rows(strange).tolist() == [-1]
    assert run.account_rows([]).tolist() == []
    other = ["text"] if pa.types.is_integer(kind) else [5]
    assert run.account_rows(other).tolist() == [-1]


def test_rows_that_are_not_there(plain: RunTables) -> None:
    with pytest.raises(NoSuchRow, match="no row 99999 in its table accounts"):
        plain.account(99_999)
    with pytest.raises(NoSuchRow, match="targets"):
        plain.target(-1)
