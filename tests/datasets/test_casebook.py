"""The casebook: nothing is lost, nothing rewritten, and a scan can learn from it."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cib
from cib.datasets.casebook import Casebook, Conflict
from cib.datasets.errors import BadDataError, CibError, UsageError
from small_log import RING, small_log, write

RUN = "0123456789abcdef"


@pytest.fixture
def book(tmp_path: Path) -> Casebook:
    return Casebook(tmp_path / "cases.sqlite")


def test_a_case_from_first_to_last(book: Casebook) -> None:
    assert book.state(RUN, 1).last_seq == 0
    assert book.last_seq() == 0
    seq = 0
    for kind, value in (
        ("verdict", {"verdict": "benign", "alternative": "shop"}),
        ("note", "  seen <b>twice</b>\ud800 "),
        ("owner", "ann"),
        ("tag", "spring"),
        ("tag", "app"),
        ("untag", "spring"),
        ("due", "2026-11-30"),
    ):
        seq = book.decide("ann", RUN, 1, kind, value, seen=seq)
    state = book.state(RUN, 1)
    assert (state.verdict, state.alternative, state.owner) == ("benign", "shop", "ann")
    assert (state.tags, state.due, state.last_seq) == (("app",), date(2026, 11, 30), 7)
    assert [note.value for note in state.notes] == ["  seen <b>twice</b>\ud800 "]
    assert [event.seq for event in state.history] == list(range(1, 8))
    assert state.history[0].ts.tzinfo is not None
    assert book.states() == {(RUN, 1): state}
    book.decide("ann", RUN, 1, "owner", None, seen=seq)
    book.decide("ann", RUN, 1, "due", None, seen=8)
    book.decide("ann", RUN, 1, "verdict", {"verdict": "duplicate", "of": ["ab", 7]}, seen=9)
    state = book.state(RUN, 1)
    assert (state.owner, state.due, state.duplicate_of) == (None, None, ("ab", 7))
    assert [event.seq for event in book.events(since=8)] == [9, 10]
    assert [event.seq for event in book.events(limit=2)] == [1, 2]


def test_undo_and_undo_of_undo(book: Casebook) -> None:
    first = book.decide("ann", RUN, 1, "verdict", "confirmed", seen=0)
    second = book.decide("ann", RUN, 1, "verdict", "needs more", seen=first)
    undo = book.undo("bob", second)
    assert book.state(RUN, 1).verdict == "confirmed"
    with pytest.raises(UsageError, match="taken back before"):
        book.undo("bob", second)
    book.undo("ann", undo)
    state = book.state(RUN, 1)
    assert state.verdict == "needs more"
    assert [(e.kind, e.undoes, e.undone) for e in state.history] == [
        ("verdict", None, False),
        ("verdict", None, False),
        ("undo", second, True),
        ("undo", undo, False),
    ]
    with pytest.raises(UsageError, match="no decision number 99"):
        book.undo("ann", 99)


def test_who_did_not_see_a_decision_does_not_overwrite_it(book: Casebook) -> None:
    first = book.decide("ann", RUN, 1, "verdict", "confirmed", seen=0)
    with pytest.raises(Conflict) as caught:
        book.decide("bob", RUN, 1, "verdict", "benign", seen=0)
    assert [event.who for event in caught.value.events] == ["ann"]
    # other kinds, other cases, and what adds up are no conflict
    book.decide("bob", RUN, 1, "owner", "bob", seen=0)
    book.decide("bob", RUN, 2, "verdict", "benign", seen=0)
    book.decide("bob", RUN, 1, "note", "mine", seen=0)
    book.decide("ann", RUN, 1, "note", "and mine", seen=0)
    assert book.state(RUN, 1).verdict == "confirmed"
    undo = book.undo("ann", first)
    with pytest.raises(Conflict):
        book.decide("bob", RUN, 1, "verdict", "benign", seen=first)
    book.decide("bob", RUN, 1, "verdict", "benign", seen=undo)
    assert book.state(RUN, 1).verdict == "benign"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("verdict", "guilty"),
        ("verdict", {"verdict": "duplicate"}),
        ("verdict", {"verdict": "duplicate", "of": ["run", "1"]}),
        ("verdict", 3),
        ("verdict", {"verdict": "benign", "alternative": ["x"]}),
        ("note", ""),
        ("note", None),
        ("tag", "  "),
        ("owner", 5),
        ("due", "tomorrow"),
        ("undo", 1),
        ("drop table", "x"),
        ("note", "x" * 20_001),
    ],
)
def test_what_is_no_decision(book: Casebook, kind: str, value: object) -> None:
    with pytest.raises(UsageError):
        book.decide("ann", RUN, 1, kind, value, seen=0)
    assert book.last_seq() == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE events SET value = '\"benign\"'",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events VALUES (1, 0, 'x', 'x', 1, 'note', '\"x\"', NULL)",
        "UPDATE members SET account_id = 'other'",
        "DELETE FROM members",
        "DELETE FROM cases",
        "INSERT OR REPLACE INTO cases VALUES (1, 'x', 1, 'string')",
    ],
)
def test_the_database_refuses_to_rewrite(book: Casebook, sql: str) -> None:
    book.decide("ann", RUN, 1, "verdict", "confirmed", seen=0, accounts=pa.array(["a"]))
    before = book.path, book.events(), book.verdicts()
    connection = sqlite3.connect(book.path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(sql)
    connection.rollback()
    connection.close()
    assert (book.path, book.events(), book.verdicts()) == before


def test_members_outlive_the_run_in_their_type(book: Casebook) -> None:
    huge = pa.array([2**64 - 1, 5, 5], pa.uint64())
    book.decide("ann", RUN, 1, "note", "x", seen=0, accounts=huge)
    book.decide("ann", RUN, 1, "note", "y", seen=0, accounts=pa.array([9], pa.uint64()))
    kept = book.members(RUN, 1)
    assert kept is not None
    assert (kept.type, kept.to_pylist()) == (pa.uint64(), [5, 2**64 - 1])
    text = pa.chunked_array([["a\x00b", "c'd"], ["e\u202ef"]]).dictionary_encode()
    book.decide("ann", RUN, 2, "note", "x", seen=0, accounts=text)
    kept = book.members(RUN, 2)
    assert kept is not None
    assert sorted(kept.to_pylist()) == ["a\x00b", "c'd", "e\u202ef"]
    assert book.members(RUN, 3) is None


def test_verdicts_on_accounts(book: Casebook) -> None:
    one, two, three = pa.array(["a", "b"]), pa.array(["b", "c"]), pa.array(["c", "d"])
    assert book.verdicts().num_rows == 0
    book.decide("x", RUN, 1, "verdict", "confirmed", seen=0, accounts=one)
    benign = {"verdict": "benign", "alternative": "shop"}
    last = book.decide("x", RUN, 2, "verdict", benign, seen=0, accounts=two)
    book.decide("x", RUN, 3, "verdict", "needs more", seen=0, accounts=three)
    assert book.verdicts().to_pylist() == [
        {"account_id": "a", "verdict": "confirmed", "alternative": ""},
        {"account_id": "b", "verdict": "benign", "alternative": "shop"},
        {"account_id": "c", "verdict": "benign", "alternative": "shop"},
    ]
    book.decide("x", RUN, 1, "note", "later, but no verdict", seen=0)
    assert book.verdicts()["verdict"].to_pylist() == ["confirmed", "benign", "benign"]
    book.undo("x", last)
    assert book.verdicts()["account_id"].to_pylist() == ["a", "b"]
    numbers = pa.array([7, 8])
    book.decide("x", "ab", 1, "verdict", "confirmed", seen=0, accounts=numbers)
    assert book.verdicts()["account_id"].to_pylist() == ["7", "8", "a", "b"]
    assert book.verdicts(pa.int64())["account_id"].to_pylist() == [7, 8]
    assert book.verdicts(pa.string())["account_id"].to_pylist() == ["a", "b"]


@pytest.mark.parametrize("ids", ["text", "numbers"])
def test_a_scan_learns_from_it(book: Casebook, tmp_path: Path, ids: str) -> None:
    table = small_log()
    if ids == "numbers":
        code = table["account_id"].combine_chunks().dictionary_encode().indices
        table = table.set_column(0, "account_id", code.cast(pa.int64()))
    log = write(table, tmp_path / "log.parquet")
    first = cib.scan(log)
    members = first.members["account_id"].filter(pa.compute.equal(first.members["cluster_id"], 1))
    assert len(members) == len(RING)
    benign = {"verdict": "benign", "alternative": "shop"}
    book.decide("ann", first.id, 1, "verdict", benign, seen=0, accounts=members)
    pq.write_table(book.verdicts(), tmp_path / "verdicts.parquet")
    second = cib.scan(log, verdicts=str(tmp_path / "verdicts.parquet"))
    before, after = (run.clusters["inauthenticity"][0].as_py() for run in (first, second))
    assert after < before
    assert "verdicts: benign" in second.evidence["signal"].to_pylist()


WRITER = """
import sys
from cib.datasets.casebook import Casebook, Conflict
book = Casebook(sys.argv[1])
for i in range(40):
    book.decide(sys.argv[2], "ab", i, "note", f"{sys.argv[2]} {i}", seen=0)
    while True:
        seen = book.last_seq()
        try:
            book.decide(sys.argv[2], "ab", 0, "owner", f"{sys.argv[2]} {i}", seen=seen)
            break
        except Conflict:
            pass
"""


def test_processes_writing_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"  # made by whichever comes first
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, name])
        for name in ("ann", "bob", "cy")
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    events = Casebook(path).events()
    assert [event.seq for event in events] == list(range(1, 241))
    for kind in ("note", "owner"):
        written = sorted(event.value for event in events if event.kind == kind)
        assert written == sorted(f"{name} {i}" for name in ("ann", "bob", "cy") for i in range(40))


def test_a_killed_writer_leaves_whole_events(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    book = Casebook(path)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, path, "ann"])
    while book.last_seq() < 10:
        assert writer.poll() is None
    writer.kill()
    writer.wait(30)
    events = book.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert book.decide("bob", "ab", 1, "note", "still here", seen=0) == len(events) + 1


def test_only_the_owner_may_read(book: Casebook) -> None:
    book.decide("ann", RUN, 1, "note", "x", seen=0)
    connection = sqlite3.connect(book.path)
    connection.execute("SELECT * FROM events").fetchall()  # open, so that WAL files are there
    files = list(book.path.parent.glob("cases.sqlite*"))
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    connection.close()


def one_sentence(error: CibError) -> str:
    text = str(error)
    assert "\n" not in text
    assert "secret" not in text
    return text


def test_broken_and_foreign_files(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"this is no database, though it is long enough to be one" * 99)
    with pytest.raises(BadDataError) as caught:
        Casebook(broken)
    assert "cannot be read" in one_sentence(caught.value)
    assert broken.read_bytes().startswith(b"this is no database")

    foreign = tmp_path / "foreign.sqlite"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE secret (x)")
    connection.commit()
    connection.close()
    before = foreign.read_bytes()
    with pytest.raises(BadDataError, match="no casebook") as caught:
        Casebook(foreign)
    one_sentence(caught.value)
    assert foreign.read_bytes() == before

    with pytest.raises(UsageError, match="cannot be opened for writing: is a directory"):
        Casebook(tmp_path)
    with pytest.raises(UsageError, match="no such file or directory"):
        Casebook(tmp_path / "no" / "cases.sqlite")


def test_a_casebook_that_breaks_underneath(book: Casebook) -> None:
    book.decide("secret", RUN, 1, "note", "secret", seen=0)
    book.path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 8000)
    with pytest.raises(CibError) as caught:
        book.states()
    assert "cases.sqlite" in one_sentence(caught.value)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written(book: Casebook) -> None:
    book.path.chmod(0o400)
    with pytest.raises(UsageError, match="permission denied"):
        Casebook(book.path)
