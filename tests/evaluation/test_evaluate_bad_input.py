"""What does not fit is refused in one sentence that says where and what."""

from __future__ import annotations

import datetime as dt
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cib
from cib.cli.evaluate import numbers
from cib.datasets.errors import BadDataError, TemporaryError, UsageError
from command_line import cib as command
from command_line import refused

RING_0 = range(1000, 1030)


def change(path, **columns):
    """Replace columns of a Parquet file; None drops one."""
    table = pq.read_table(path)
    for name, values in columns.items():
        if name in table.column_names:
            table = table.drop_columns([name])
        if values is not None:
            table = table.append_column(name, values)
    pq.write_table(table, path)


TRUTH_FAULTS = {
    "no account.parquet": (
        lambda t: (t / "account.parquet").unlink(),
        "account.parquet",
        "no such",
    ),
    "no ring.parquet": (lambda t: (t / "ring.parquet").unlink(), "ring.parquet", "no such file"),
    "not Parquet": (
        lambda t: (t / "ring.parquet").write_bytes(b"no"),
        "ring.parquet",
        "as Parquet",
    ),
    "empty file": (lambda t: (t / "ring.parquet").write_bytes(b""), "ring.parquet", "as Parquet"),
    "no ring_id": (
        lambda t: change(t / "account.parquet", ring_id=None),
        "account.parquet",
        "no column ring_id",
    ),
    "unknown ring": (
        lambda t: change(t / "ring.parquet", ring_id=pa.array(["ring 0", "ring \x1b[2J"])),
        "account.parquet",
        "ring 1",
    ),
    "ring twice": (
        lambda t: change(t / "ring.parquet", ring_id=pa.array(["ring 0", "ring 0"])),
        "ring.parquet",
        "several rows",
    ),
    "account twice": (
        lambda t: change(t / "account.parquet", account_id=pa.array(["x"] * 242)),
        "account.parquet",
        "several rows",
    ),
    "null account": (
        lambda t: change(t / "account.parquet", account_id=pa.array([None] * 242, pa.string())),
        "account.parquet",
        "null in row 0",
    ),
    "ring without accounts": (
        lambda t: change(t / "account.parquet", ring_id=pa.array(["ring 0"] * 242)),
        "ring.parquet",
        "has no account",
    ),
    "other accounts": (
        lambda t: change(t / "account.parquet", account_id=pa.array([f"x{i}" for i in range(242)])),
        "accounts.parquet",
        "is it the truth of this log?",
    ),
    "hardness in words": (
        lambda t: change(t / "ring.parquet", H=pa.array(["easy", "hard"])),
        "ring.parquet",
        "H is string",
    ),
    "camouflage in words": (
        lambda t: change(t / "ring.parquet", camouflage=pa.array(["much", "none"])),
        "ring.parquet",
        "camouflage is string",
    ),
    "integers for text": (
        lambda t: change(t / "account.parquet", account_id=pa.array(range(242))),
        "account",
        "not of one log",
    ),
}


@pytest.mark.parametrize("name", TRUTH_FAULTS)
def test_a_truth_that_does_not_fit(by_hand, found, name):
    spoil, *words = TRUTH_FAULTS[name]
    world, method = by_hand(), found([[*RING_0]])
    spoil(world / "truth")
    with pytest.raises(BadDataError) as caught:
        cib.evaluate(method, world)
    assert str(caught.value).isprintable()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("file", "columns", "words"),
    [
        ("ring.parquet", {"start": pa.array([None, 5], pa.timestamp("us"))}, "1 nulls"),
        ("ring.parquet", {"start": pa.array(["soon", "later"])}, "start is string"),
        ("event.parquet", {"monetised": pa.array(["perhaps"])}, "monetised is string"),
        ("event.parquet", {"monetised": None}, "no column monetised"),
        ("event.parquet", {"ts": pa.array(["noon"])}, "ts is string"),
        ("event.parquet", {"ring_id": pa.array(["other"])}, "ring_id names ring other"),
    ],
)
def test_times_and_events_that_do_not_fit(by_hand, found, file, columns, words):
    event = {"account_id": "1000", "ring_id": "ring 0", "monetised": True}
    world = by_hand(events=[event | {"ts": dt.datetime(2026, 3, 1, tzinfo=dt.UTC)}])
    change(world / "truth" / file, **columns)
    looks = [
        ("m", found([[*RING_0]], f"day {day}", about=f'{{"until": "2026-03-0{day}"}}'))
        for day in (3, 4)
    ]
    with pytest.raises(BadDataError, match=words) as caught:
        cib.evaluate(looks, world)
    assert file in str(caught.value)


FINDINGS_FAULTS = {
    "no members": (lambda f: (f / "members.parquet").unlink(), "members.parquet", "no such file"),
    "no score": (
        lambda f: change(f / "accounts.parquet", score=None), "accounts.parquet", "no column score",
    ),
    "score null": (
        lambda f: change(f / "accounts.parquet", score=pa.array([None] * 30, pa.float64())),
        "accounts.parquet", "score is null or NaN",
    ),
    "score NaN": (
        lambda f: change(f / "accounts.parquet", score=pa.array([float("nan")] * 30)),
        "accounts.parquet", "score is null or NaN",
    ),
    "score text": (
        lambda f: change(f / "accounts.parquet", score=pa.array(["high"] * 30)),
        "accounts.parquet", "expected numbers",
    ),
    "reported text": (
        lambda f: change(f / "clusters.parquet", reported=pa.array(["yes"])),
        "clusters.parquet", "expected bool",
    ),
    "account twice": (
        lambda f: change(f / "accounts.parquet", account_id=pa.array(["1000"] * 30)),
        "accounts.parquet", "several rows",
    ),
    "lost cluster": (
        lambda f: change(f / "members.parquet", cluster_id=pa.array([9] * 30)),
        "members.parquet", "cluster 9 is not in clusters.parquet",
    ),
    "unknown member": (
        lambda f: change(f / "members.parquet", account_id=pa.array(["\x1b[2J"] * 30)),
        "members.parquet", "30 of 30 rows", "\\u{1b}",
    ),
    "a strange description": (
        lambda f: (f / "findings.json").write_text('{"until": "soon"}'), "findings.json",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FINDINGS_FAULTS)
def test_findings_that_do_not_fit(by_hand, found, name):
    spoil, *words = FINDINGS_FAULTS[name]
    world, method = by_hand(), found([[*RING_0]])
    spoil(method)
    with pytest.raises(BadDataError) as caught:
        cib.evaluate(method, world)
    assert str(caught.value).isprintable()
    for word in words:
        assert word in str(caught.value)


def test_exit_codes_and_sentences(by_hand, found, tmp_path):
    world, method = by_hand(), found([[*RING_0]])
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(command("evaluate", tmp_path / "nothing", "--truth", world), 65, "no such folder")
    refused(command("evaluate", empty, "--truth", world), 65, "accounts.parquet")
    refused(command("evaluate", method, "--truth", tmp_path / "nothing"), 65, "no such folder")
    refused(command("evaluate", method, "--truth", empty), 65, "account.parquet")
    refused(command("evaluate", method, "--truth", world, "--k", "10,ten"), 2, "--k", "ten")
    refused(
        command("evaluate", method, "--truth", world, "--truth", world), 2, "--truth", "2 times"
    )
    refused(command("evaluate", method, method, "--truth", world), 2, "NAME=RUN")
    refused(command("evaluate", method, "--truth", world, "--out", "/dev/null/x"), 2, "--out")
    assert command("evaluate", "--truth", world).returncode == 2
    assert command("evaluate", method).returncode == 2


def test_what_was_there_stays_until_all_is_written(by_hand, found, tmp_path):
    world, method = by_hand(), found([[*RING_0]])
    out = tmp_path / "out"
    (out / ".detection.html.unfinished").mkdir(parents=True)  # no page can be written in its place
    (out / "rings.parquet").write_text("before")
    with pytest.raises(TemporaryError, match="nothing was published"):
        cib.evaluate(method, world, out=out)
    assert [path.name for path in out.iterdir() if path.is_file()] == ["rings.parquet"]
    assert (out / "rings.parquet").read_text() == "before"


@pytest.mark.parametrize("text", ["0", "ten", "", "10,,20", "-3", "1.5", "9" * 30, "9" * 5000])
def test_numbers_of_clusters_that_are_none(text):
    with pytest.raises(UsageError, match=r"^--k: "):
        numbers(text)


def test_a_folder_of_runs_is_no_run_and_its_runs_are_named(world, world_run):
    with pytest.raises(BadDataError, match=world_run.name):
        cib.evaluate(world_run.parent, world)


def test_names_from_strangers_reach_neither_terminal_nor_page(by_hand, found):
    name = "\x1b[2J<script>alert(1)</script>"
    world = by_hand(scenario=pa.array(["\x1b[31m<b>A</b>", "\u202eB"]))
    method = found([[*RING_0]], about=json.dumps({"name": name}))
    result = command("evaluate", method, "--truth", world)
    assert result.returncode == 0, result.stderr
    assert "\x1b" not in result.stdout + result.stderr
    assert "\u202e" not in result.stdout
    page = cib.evaluate(method, world).page
    assert "<script>alert" not in page
    assert "\x1b" not in page


def test_nothing_to_evaluate(by_hand):
    with pytest.raises(UsageError, match="name a run"):
        cib.evaluate([], by_hand())
