"""Downloads of a running explorer, read back by the programs that people open them with."""

from __future__ import annotations

import io
import re
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from cib.datasets.given_file import GivenFile
from cib.datasets.verdicts import read_verdicts
from explorer_runs import HOSTILE, newest
from taken_away import get, name_of, ring

STARTS = ("=", "+", "-", "@", "\t", "\r")


def at(served: Any) -> str:
    return f"run/{newest(served).id}/cluster/{ring(served)}"


@pytest.mark.parametrize("name", ["members", "targets", "evidence", "edges", "interactions"])
def test_parquet_holds_what_the_run_holds(served: Any, name: str) -> None:
    body, headers = get(served, f"{at(served)}/{name}.parquet")
    table = pq.read_table(pa.BufferReader(body))
    run = pq.read_table(newest(served).path / f"{name}.parquet")
    mine = run.filter(pc.equal(run["cluster_id"], ring(served)))
    assert len(table) == len(mine) > 0
    for column in set(mine.column_names) & set(table.column_names) - {"cluster_id"}:
        assert sorted(map(str, table[column].to_pylist())) == sorted(
            map(str, mine[column].to_pylist())
        )
    assert name_of(headers) == f"run-{newest(served).id}-cluster-{ring(served)}-{name}.parquet"
    assert headers["Cache-Control"] == "no-store"


def test_csv_never_computes_and_says_the_same(served: Any) -> None:
    for name in ("members", "targets", "interactions"):
        body, _ = get(served, f"{at(served)}/{name}.csv")
        rows = pd.read_csv(io.BytesIO(body))
        whole = pq.read_table(pa.BufferReader(get(served, f"{at(served)}/{name}.parquet")[0]))
        assert len(rows) == len(whole)
        assert list(rows.columns) == whole.column_names
        for column in rows.columns:
            if rows[column].dtype.kind in "if":
                continue
            assert not any(str(cell).startswith(STARTS) for cell in rows[column])
        if "strength" in rows:
            assert rows["strength"].tolist() == pytest.approx(whole["strength"].to_pylist())
    members = get(served, f"{at(served)}/members.csv")[0].decode("utf-8-sig")
    assert "\"'=HYPERLINK(" in members
    assert "\u202e" not in members
    assert r"free\u{202e}gpj.exe" in members


def test_names_of_files_hold_no_id(served: Any) -> None:
    row = newest(served).tables.members(ring(served))[0]["account_row"][0].as_py()
    run = newest(served).id
    for path in (f"run/{run}/account/{row}/interactions.csv", f"{at(served)}/edges.csv",
                 f"run/{run}/clusters.parquet"):  # fmt: skip
        _, headers = get(served, path)
        assert run in name_of(headers)
        assert not any(name in name_of(headers) for name in (*HOSTILE, *HOSTILE.values()))


@pytest.mark.parametrize("kind", ["graphml", "gexf"])
def test_networks_open_in_other_programs(served: Any, kind: str, tmp_path: Path) -> None:
    body, _ = get(served, f"{at(served)}/network.{kind}")
    path = tmp_path / f"a.{kind}"
    path.write_bytes(body)
    graph = networkx.read_graphml(path) if kind == "graphml" else networkx.read_gexf(path)
    inside = newest(served).tables.edges_within(ring(served))
    pairs = {(a, b) for a, b in zip(inside.edges["a"].to_pylist(), inside.edges["b"].to_pylist(),
                                    strict=True)}  # fmt: skip
    assert graph.number_of_nodes() == len(inside.nodes)
    assert graph.number_of_edges() == len(pairs)
    labels = {data["label"] for _, data in graph.nodes(data=True)}
    assert r"free\u{202e}gpj.exe" in labels
    assert HOSTILE["bot00"] in labels
    some = next(iter(graph.edges(data=True)))[2]
    assert some["weight"] > 0
    assert some["layers"]
    ElementTree.fromstring(body)  # well-formed


def test_one_sentence_where_no_browser_is(served: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chrome")
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(served, f"{at(served)}/raster.png")
    said = caught.value.read().decode()
    assert caught.value.code == 503
    assert said.count("\n") == 1
    assert "BROWSER_PATH" in said
    with zipfile.ZipFile(io.BytesIO(get(served, f"{at(served)}/package.zip")[0])) as archive:
        assert not any("figures/" in name for name in archive.namelist())
        readme = archive.read(f"cluster-{ring(served)}/README.txt").decode()
        assert "Missing: figures" in readme
        assert "figures (" not in readme


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("run/ffffffffffffffff/clusters.csv", 404),
        ("{run}/cluster/9999/members.csv", 404),
        ("{run}/account/99999999/interactions.csv", 404),
        ("{run}/cluster/1/members.exe", 404),
        ("{run}/cluster/1/../../../secret", 400),
        ("nothing", 404),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(served: Any, path: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(served, path.format(run=f"run/{newest(served).id}"))
    assert caught.value.code == status
    assert "Traceback" not in caught.value.read().decode()


def test_the_next_scan_reads_verdicts(served: Any, tmp_path: Path) -> None:
    run, book = newest(served), served.explorer.casebook
    members = run.tables.members(ring(served))[0]["account_id"].combine_chunks()
    book.decide("ana", run.id, ring(served), "verdict", "confirmed", seen=0, accounts=members)
    body, _ = get(served, "verdicts.parquet")
    path = tmp_path / "verdicts.parquet"
    path.write_bytes(body)
    read = pq.read_table(path)
    assert sorted(read["account_id"].to_pylist()) == sorted(members.to_pylist())
    assert set(read["verdict"].to_pylist()) == {"confirmed"}
    assert read_verdicts(GivenFile.named(str(path))) is not None


def test_decisions_as_a_table_that_never_computes(served: Any) -> None:
    run, book = newest(served), served.explorer.casebook
    seen = book.state(run.id, 2).last_seq
    seq = book.decide("=cmd()", run.id, 2, "note", "=1+1; look\nagain", seen=seen)
    book.undo("=cmd()", seq)
    rows = pd.read_csv(io.BytesIO(get(served, "decisions.csv")[0])).set_index("seq")
    assert rows.loc[seq, "who"] == "'=cmd()"
    assert bool(rows.loc[seq, "undone"])
    assert rows.loc[seq + 1, "undoes"] == seq
    assert len(rows) == book.last_seq()
    table = pq.read_table(pa.BufferReader(get(served, "decisions.parquet")[0]))
    assert table["who"].to_pylist()[-1] == "=cmd()"


def test_two_clusters_share_what_the_csv_says(served: Any) -> None:
    new, old = served.explorer.library.runs()
    first, second = (
        run.tables.search(HOSTILE["bot00"], "account")[0]["cluster_id"] for run in (new, old)
    )
    body, _ = get(served, f"compare/{new.id}/{first}/{old.id}/{second}/accounts.parquet")
    shared = set(pq.read_table(pa.BufferReader(body))["account_id"].to_pylist())
    a = set(new.tables.members(first)[0]["account_id"].to_pylist())
    b = set(old.tables.members(second)[0]["account_id"].to_pylist())
    assert shared == a & b
    assert len(shared) > 5
    both, _ = get(served, f"compare/{new.id}/{first}/{old.id}/{second}/targets.csv")
    rows = pd.read_csv(io.BytesIO(both), encoding="utf-8-sig")
    mine, theirs = (run.tables.targets(at_)[0] for run, at_ in ((new, first), (old, second)))
    share = dict(zip(mine["content_id"].to_pylist(), mine["share"].to_pylist(), strict=True))
    assert len(rows) == len(set(share) & set(theirs["content_id"].to_pylist())) > 0
    assert sorted(rows["share_a"]) == pytest.approx(
        sorted(share[one] for one in set(share) & set(theirs["content_id"].to_pylist()))
    )
    overlap, _ = get(served, f"compare/{new.id}/{first}/{old.id}/{second}/overlap.csv")
    counts = pd.read_csv(io.BytesIO(overlap), encoding="utf-8-sig").set_index("what")
    assert counts.loc["accounts"].tolist() == [len(a), len(shared), len(b)]


def test_pseudonyms_in_every_export(hidden: Any) -> None:
    run, mine = newest(hidden), ring(hidden)
    ids = run.tables.members(mine)[0]["account_id"].to_pylist()
    accounts = [name.encode() for name in ids]
    book = hidden.explorer.casebook
    book.decide("ana", run.id, mine, "verdict", "confirmed", seen=0, accounts=pa.array(ids))
    paths = [f"{at(hidden)}/{name}.{kind}" for name in ("members", "edges", "interactions")
             for kind in ("csv", "parquet")]  # fmt: skip
    paths += [f"{at(hidden)}/network.gexf", f"{at(hidden)}/network.graphml", "verdicts.parquet"]
    for path in paths:
        body, _ = get(hidden, path)
        if path.endswith(".parquet"):
            table = pq.read_table(pa.BufferReader(body))
            body = table.to_pandas().to_csv().encode()
        assert b"acct-" in body, path
        assert not any(name in body for name in accounts), path
        assert not re.search(rb"farm\d|phone of|10\.0\.0\.9", body), path
    body, _ = get(hidden, f"{at(hidden)}/package.zip")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            if name.endswith((".csv", ".json", ".svg", ".txt", ".gexf", ".graphml")):
                held = archive.read(name)
                assert not any(one in held for one in accounts), name
                assert not re.search(rb"farm\d|phone of|10\.0\.0\.9", held), name
