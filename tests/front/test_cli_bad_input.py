"""What a hostile or unlucky user does to the command line: one sentence, an exit code, no loss."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cib.datasets.run_folder import TABLES
from cib.graphs.histories_kernels import MOST_WINDOWS
from cib.settings import parse_windows
from command_line import STAGING, cib, done, environment, manifest_of, refused, runs, start
from small_log import DAY, RING, START, small_log, write

USAGE, BAD_DATA, TEMPORARY, NOTHING_TO_DO = 2, 65, 75, 99
STAMP = pa.timestamp("us")
FOUND = tuple(name for name in TABLES if name != "quarantine")


def same_findings(run, other):
    """Whether two runs found the same, whatever was read."""
    return all(
        (run / f"{t}.parquet").read_bytes() == (other / f"{t}.parquet").read_bytes() for t in FOUND
    )


# Files


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cut.parquet", None, ["truncated", "footer is missing", "write the file again"]),
        ("log.parquet", b"account_id,content_id,ts\n1,2,3\n", ["looks like CSV", "convert it"]),
        ("readme.txt", b"hello", ["no *.parquet file", ".txt", "readme.txt"]),
        (None, b"", ["is empty; expected *.parquet files"]),
    ],
)  # fmt: skip
def test_a_folder_without_a_usable_file(log, tmp_path, name, content, words):
    folder = tmp_path / "a folder, ünï 😀"
    folder.mkdir()
    if name is not None:
        half = log.read_bytes()[: log.stat().st_size // 2]
        (folder / name).write_bytes(half if content is None else content)
    (folder / "x.parquet").mkdir()  # a folder, whatever its name says
    refused(
        cib("scan", folder, "--out", tmp_path / "runs"), BAD_DATA, *words, out=tmp_path / "runs"
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere", ["nowhere: no such file or folder", "check the path"]),
        ("*.nope", ["no file matches", "check the pattern"]),
        ("gone.parquet", ["gone.parquet: is a link to a file that is not there"]),
        ("nope://bucket/log", ["nope://bucket/log: cannot be opened", "nope"]),
    ],
)
def test_a_source_that_is_not_there(tmp_path, source, words):
    (tmp_path / "gone.parquet").symlink_to(tmp_path / "nothing")
    refused(
        cib("scan", source, "--out", "runs", cwd=tmp_path), BAD_DATA, *words, out=tmp_path / "runs"
    )


def test_a_thousand_tiny_files_and_a_folder_with_an_odd_name(log, scanned, tmp_path):
    folder, table = tmp_path / "a folder, ünï 😀", pq.read_table(log)
    for i in range(1000):
        write(table.slice(2 * i, 2), folder / f"{i % 7}" / f"part {i}.parquet")
    run, manifest = done(cib("scan", folder, "--out", tmp_path / "out 😀"), tmp_path / "out 😀")
    assert len(manifest["inputs"]) == 1000
    assert manifest["rows"] == manifest_of(scanned[1])["rows"]
    assert same_findings(run, scanned[1])


# Columns, ids, times


def times(values):
    return small_log(ts=values)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda t: {"a": t.slice(0, 0)}, ["has no rows"]),
        (
            lambda t: {"a": t.drop_columns(["content_id"])},
            ["no column for content_id", "columns found: account_id, action, ts", "--map"],
        ),
        (
            lambda t: {"a": t.rename_columns(["user", "track", "kind", "time"])},
            ["--map account_id=user,content_id=track,ts=time"],
        ),
        (
            lambda t: {"a": t, "b": small_log(account_id=np.arange(len(t)))},
            ["account_id has type", "string in a.parquet", "int64 in b.parquet", "with one type"],
        ),
        (
            lambda t: {"a": small_log(account_id=[None] * 100 + ["x"] * (len(t) - 100))},
            ["100 of 1,920 rows", "account_id: null", "a.parquet", "--max-bad-share"],
        ),
        (
            lambda t: {"a": times(t["ts"].cast(pa.int64()))},
            ["column ts holds numbers", "looks like microseconds", "--map ts=ts:us"],
        ),
        (
            lambda t: {"a": times(["yesterday"] * len(t))},
            ["ts: not an ISO 8601 time", "such as yesterday"],
        ),
        (
            lambda t: {"a": times(pa.array(range(len(t)), pa.timestamp("s")))},
            ["ts: time outside 1990 to 2100", "such as 1970-01-01"],
        ),
        (
            lambda t: {"a": times(pa.array([START + 480 * 365 * DAY] * len(t), STAMP))},
            ["ts: time outside 1990 to 2100", "such as 2503-"],
        ),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_scanned(tmp_path, make, words):
    for name, table in make(small_log()).items():
        write(table, tmp_path / "log" / f"{name}.parquet")
    result = cib("scan", "log", "--out", "runs", cwd=tmp_path)
    refused(result, BAD_DATA, *words, out=tmp_path / "runs")


def test_times_in_mixed_units_within_a_column(tmp_path):
    seconds = small_log()["ts"].cast(pa.int64()).to_numpy() // 1_000_000
    seconds[::2] *= 1000
    write(times(seconds), tmp_path / "log.parquet")
    refused(
        cib("scan", tmp_path / "log.parquet", "--out", tmp_path / "runs", "--map", "ts=ts:s"),
        BAD_DATA, "960 of 1,920 rows", "plausible as milliseconds", out=tmp_path / "runs",
    )  # fmt: skip


def test_an_unlucky_folder_is_scanned_and_every_row_is_accounted_for(log, scanned, tmp_path):
    folder, table = tmp_path / "log", pq.read_table(log)
    n, ts = len(table), table["ts"]
    write(times(ts.cast(pa.timestamp("us", "America/New_York"))), folder / "a.parquet")
    # the same rows again: as nanoseconds without a zone, as text with another offset
    write(times(ts.cast(pa.timestamp("ns"))), folder / "day=1" / "b.parquet")
    shifted = np.datetime_as_string(ts.to_numpy() + np.timedelta64(2, "h"), "us")
    write(times([f"{text}+02:00" for text in shifted]), folder / "c.parquet")
    shutil.copy(log, folder / "d.parquet")
    bad = {
        "account_id": [None, "", "x" * (2**20 + 1), "y", "y", "y", "y"],
        "content_id": ["c", "c", "c", None, "c", "c", "c"],
        "action": ["play"] * 7,
        "ts": pa.array([START] * 4 + [None, 0, START + 480 * 365 * DAY], STAMP),
    }
    write(pa.table(bad), folder / "e.parquet")
    (folder / "f.parquet").write_bytes(log.read_bytes()[:200])
    (folder / "g.parquet").write_text("account_id,content_id,ts\n")
    (folder / "h.parquet").symlink_to(tmp_path / "nothing")
    (folder / "i.parquet").mkdir()
    shutil.copy(log, folder / "part-\x1b0")
    shutil.copy(log, folder / "i.parquet" / "z.pq")
    result = cib("scan", folder, "--out", tmp_path / "runs")
    run, manifest = done(result, tmp_path / "runs")
    assert manifest["rows"] == {
        "read": 4 * n + 7, "used": n, "quarantined": 7, "duplicates": 3 * n, "out_of_scope": 0,
    }  # fmt: skip
    assert same_findings(run, scanned[1])
    entries = pq.read_table(run / "quarantine.parquet").to_pylist()
    assert sum(entry["n_rows"] for entry in entries) == 7
    assert {(e["file"], e["column"], e["reason"].split(";")[0]) for e in entries} == {
        ("e.parquet", "account_id", "null"),
        ("e.parquet", "account_id", "empty text"),
        ("e.parquet", "account_id", "longer than 1 MiB"),
        ("e.parquet", "content_id", "null"),
        ("e.parquet", "ts", "null"),
        ("e.parquet", "ts", "time outside 1990 to 2100 when read as microseconds"),
        ("f.parquet", "", "truncated: the Parquet footer is missing at the end of 200 bytes"),
        ("g.parquet", "", 'starts with "account_id,content_id,ts": looks like CSV, not Parquet'),
        ("h.parquet", "", "is a link to a file that is not there"),
    }
    assert "Not read: f.parquet: truncated" in result.stderr
    assert "and 2 more, see quarantine.parquet" in result.stderr
    warning = "2 other files were not read, such as i.parquet/z.pq: a folder stands for"
    assert manifest["other_files"] == {"n": 2, "example": "i.parquet/z.pq"}
    assert warning in result.stderr
    again = cib("scan", folder, "--out", tmp_path / "runs", "--json")
    assert json.loads(again.stdout)["files_not_read"] == 3
    assert warning in again.stderr
    assert "Not read: f.parquet: truncated" in again.stderr


LENGTH = len(small_log())
EACH = [f"a{i}" for i in range(LENGTH)]


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({}, id="one row"),
        pytest.param({"account_id": ["a"] * LENGTH, "content_id": EACH}, id="one account"),
        pytest.param({"content_id": ["c"] * LENGTH}, id="one content"),
        pytest.param({"ts": pa.array([START] * LENGTH, STAMP)}, id="all times equal"),
        pytest.param({"account_id": EACH}, id="every account once"),
        pytest.param(
            {"account_id": [f"{i % 9}.{'0' * (i % 4)}" for i in range(LENGTH)]},
            id="numbers as text",
        ),
    ],
)
def test_a_log_in_which_nothing_can_be_found(tmp_path, columns):
    table = small_log(**columns).slice(0, LENGTH if columns else 1)
    write(table, tmp_path / "log.parquet")
    result = cib("scan", tmp_path / "log.parquet", "--out", tmp_path / "runs")
    run, manifest = done(result, tmp_path / "runs")
    assert "No cluster" in result.stderr
    assert manifest["rows"]["used"] == len(set(zip(*table.to_pydict().values(), strict=True)))
    accounts = pq.read_table(run / "accounts.parquet")["account_id"].to_pylist()
    assert accounts == sorted(set(table["account_id"].to_pylist()))
    for found in FOUND[1:]:
        assert pq.read_table(run / f"{found}.parquet").num_rows == 0


# Hostile names

HOSTILE = dict(
    zip(
        [*RING, "song000", "song001", "song002", "song003"],
        [
            "<script>alert(1)</script>", '=HYPERLINK("http://evil","x")', "\x1b[2J\x07\x00nul",
            "😀👩\u200d👩\u200d👧", "\u202eevil\u2066", "</script><img src=x onerror=alert(1)>",
            "{{7*7}}${7*7}[bold]", "a\nb\tc\r", "'\"><svg/onload=alert(1)>", "@SUM(1)",
            "<!--", "</style><b onmouseover=alert(1)>", "javascript:alert(1)", "]]>&lt;",
        ],
        strict=True,
    )
)  # fmt: skip


class Tags(HTMLParser):
    """Counts the elements and attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.seen = Counter()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen[tag] += 1
        self.seen.update(name for name, _ in attrs if name.startswith("on"))


def test_hostile_names_come_back_exactly_and_are_inert(scanned, tmp_path):
    n = len(small_log())
    table = small_log(HOSTILE, action=["<i onclick=alert(1)>play</i>"] * n)
    write(table, tmp_path / "log.parquet")
    result = cib("scan", tmp_path / "log.parquet", "--out", tmp_path / "runs")
    run, _ = done(result, tmp_path / "runs")
    tables = {name: pq.read_table(run / f"{name}.parquet") for name in FOUND}
    for name, column in (
        ("accounts", "account_id"),
        ("members", "account_id"),
        ("targets", "content_id"),
    ):
        back = set(tables[name][column].to_pylist())
        plain = pq.read_table(scanned[1] / f"{name}.parquet")[column].to_pylist()
        assert back == {HOSTILE.get(value, value) for value in plain}
    assert set(RING) == set(pq.read_table(scanned[1] / "members.parquet")["account_id"].to_pylist())
    assert pa.compute.unique(tables["interactions"]["action"]).to_pylist() == [
        table["action"][0].as_py()
    ]
    page = (run / "report.html").read_text(encoding="utf-8")
    plain = (scanned[1] / "report.html").read_text(encoding="utf-8")
    assert Tags(page).seen == Tags(plain).seen
    for raw in ("<script>alert", "<img src=x", "<svg/onload", "<i onclick", "<b onmouseover"):
        assert raw not in page
    for control in ("\x1b", "\x07", "\x00", "\u202e", "\u2066"):
        assert control not in page
    shown = cib("inspect", tmp_path / "log.parquet")
    assert shown.returncode == 0
    assert "<i onclick=alert(1)>play</i>" in shown.stdout
    for text in (result.stdout, result.stderr, shown.stdout, shown.stderr):
        assert all(c.isprintable() or c == "\n" for c in text)


def test_a_path_that_is_not_text(log, tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    os.mkdir(folder)
    shutil.copy(log, folder)
    result = cib("scan", folder, "--out", folder, "--json")
    assert result.returncode == 0, result.stderr
    (run,) = (entry for entry in os.scandir(folder) if entry.is_dir())
    manifest = json.loads(Path(run.path, "manifest.json").read_bytes())
    assert manifest["source"].endswith("caf\\xe9")
    assert cib("scan", folder, "--out", folder, "--skip-done").returncode == NOTHING_TO_DO


# Settings


def test_all_problems_of_the_settings_are_reported_at_once(log, tmp_path):
    config = tmp_path / "scan.toml"
    config.write_text('windw = "60s"\nfdr = "bonferroni"\nmin_tokens = 0\n')
    result = cib(
        "scan", log, "--out", tmp_path / "runs", "--config", config, "--q", "nan",
        "--window=-5s", "--set", "foo=1", "--set", "seed=1.5", "--since", "soon",
        "--memory", "infGiB", "--map", "when=ts", "--resolution", "0",
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (USAGE, "")
    lines = result.stderr.removeprefix("Error: ").splitlines()
    starts = [
        "“windw” is not a setting (did you mean window?)", "“foo” is not a setting",
        "--map: when is not a column of the log", "--since: “soon” is not a date",
        "--window: “-5s” is negative", "--min-tokens: 0 is out of range",
        "--q: nan is out of range", "--fdr: “bonferroni” is not one of bh, by",
        "--resolution: 0 is out of range", "--seed: “1.5” is not a whole number",
        "--memory: “infGiB” is not a size",
    ]  # fmt: skip
    assert len(lines) == len(starts)
    for line, text in zip(lines, starts, strict=True):
        assert line.startswith(text)
    assert runs(tmp_path / "runs") == []


def test_more_windows_than_can_be_told_apart(log, tmp_path):
    windows = ",".join(f"{i}s" for i in range(33))
    result = cib("scan", log, "--out", tmp_path / "runs", "--window", windows)
    refused(result, USAGE, "--window", "33 windows are too many", out=tmp_path / "runs")
    assert len(parse_windows(windows.removesuffix(",32s"))[0]) == MOST_WINDOWS


def test_a_configuration_that_is_no_toml(log, tmp_path):
    config = tmp_path / "scan.toml"
    config.write_text("q = = 3\n")
    result = cib("scan", log, "--out", tmp_path / "runs", "--config", config)
    refused(result, USAGE, "scan.toml", "cannot be read as TOML", "line 1", out=tmp_path / "runs")


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["--map", "account_id=nope"], BAD_DATA, ["no column nope (mapped to account_id)"]),
        (["--action", "plya"], BAD_DATA, ["1,920 outside", "actions found: play", "widen"]),
        (["--since", "2030-01-01"], BAD_DATA, ["1,920 outside", "widen the scan"]),
        (["--layers", "nope"], USAGE, ["--layers: nope", "choose from play"]),
        (["--memory", "64MiB"], USAGE, ["64 MiB is too little for any log", "raise --memory"]),
        (["--scratch", "nowhere"], USAGE, ["--scratch nowhere is not a folder", "name another"]),
        (["--window", "99999999999d"], USAGE, ["is not a duration that can be counted"]),
    ],
)
def test_settings_that_do_not_fit_the_log(log, tmp_path, flags, code, words):
    result = cib("scan", log, "--out", tmp_path / "runs", *flags)
    refused(result, code, *words, out=tmp_path / "runs")


def test_windows_of_nothing_and_beyond_the_log(log, tmp_path):
    windows = "0s,1us,100d,50000000d"  # the longest is a little under the limit of int64
    flags = ("--window", windows, "--action", "play,lik")
    result = cib("scan", log, "--out", tmp_path / "runs", *flags)
    assert "No row of the period has the action lik; actions found: play." in result.stderr
    _, manifest = done(result, tmp_path / "runs")
    assert manifest["configuration"]["window"] == windows
    tests = {test["window_s"]: test for test in manifest["tests"]}
    assert len(tests) == 4
    beyond = [tests[days * 86400.0] for days in (100, 50_000_000)]
    assert beyond[0]["n_candidates"] == beyond[1]["n_candidates"] == beyond[0]["n_tests"] > 0
    # a window that holds the whole log cannot tell anybody from anybody
    assert [test["n_discoveries"] for test in beyond] == [0, 0]


# Where runs go


@pytest.mark.parametrize("out", ["file", "file/below", "x" * 300, "/proc/below"])
def test_a_place_that_cannot_be_written(log, tmp_path, out):
    (tmp_path / "file").write_text("precious")
    result = cib("scan", log, "--out", tmp_path / out)
    refused(result, USAGE, "--out", "cannot be written", "choose another folder")
    assert (tmp_path / "file").read_text() == "precious"


def test_something_else_in_the_place_of_a_run(scanned, log, tmp_path):
    place = tmp_path / scanned[1].name
    place.mkdir()
    (place / "precious").write_text("x")
    refused(cib("scan", log, "--out", tmp_path), USAGE, "is not a run of cib; move it away")
    assert [path.name for path in place.iterdir()] == ["precious"]


def test_a_full_disk(log, mounted):
    out = mounted("size=2m")
    result = cib("scan", log, "--out", out)
    refused(
        result, TEMPORARY, "no space left on device", "nothing was published", "Make room", out=out
    )


def test_a_disk_for_reading_only(log, mounted):
    out = mounted("ro")
    refused(
        cib("scan", log, "--out", out), USAGE, "read-only file system", "another folder", out=out
    )


def test_runs_inside_the_source_are_no_input(log, tmp_path):
    source = tmp_path / "log"
    source.mkdir()
    shutil.copy(log, source)
    run, manifest = done(cib("scan", source, "--out", source / "runs"), source / "runs")
    assert [entry["name"] for entry in manifest["inputs"]] == ["log.parquet"]
    again = cib("scan", source, "--out", source / "runs", "--skip-done")
    assert again.returncode == NOTHING_TO_DO
    result = cib("scan", source / "runs", "--out", tmp_path / "x")
    refused(result, BAD_DATA, "holds runs of cib and no log", out=tmp_path / "x")
    assert runs(source / "runs") == [run]


# Again, at once, and cut short


def test_the_same_scan_again_does_nothing(log, scanned):
    _, run = scanned
    files = [(path.name, path.stat().st_mtime_ns) for path in sorted(run.iterdir())]
    again = cib("scan", log, "--out", run.parent)
    assert again.returncode == 0
    assert f"This scan was done before: {run}" in again.stderr
    assert "1 cluster\n" in again.stdout
    # other names for the same bytes, and settings that cannot change the result
    other = cib("scan", log.as_uri(), "--out", run.parent, "--json", "--threads", "1")
    assert json.loads(other.stdout)["path"] == str(run)
    skipped = cib("scan", log, "--out", run.parent, "--skip-done")
    assert (skipped.returncode, skipped.stdout) == (NOTHING_TO_DO, "")
    assert runs(run.parent) == [run]
    assert [(path.name, path.stat().st_mtime_ns) for path in sorted(run.iterdir())] == files


def test_a_run_that_lost_a_table(log, scanned, tmp_path):
    shutil.copytree(scanned[1], tmp_path / scanned[1].name)
    table = tmp_path / scanned[1].name / "controls.parquet"  # which nobody asks for here
    whole = table.read_bytes()
    for damage in (table.unlink, lambda: table.write_bytes(whole[:-9])):
        damage()
        result = cib("scan", log, "--out", tmp_path, "--json", "--skip-done")
        assert (result.returncode, result.stdout) == (BAD_DATA, "")
        message = json.loads(result.stderr.splitlines()[-1])["message"]
        assert "controls.parquet cannot be read" in message
        assert message.endswith(f"remove {tmp_path / scanned[1].name} and scan again.")


def test_two_scans_at_once(log, scanned, tmp_path):
    both = [start("scan", log, "--out", tmp_path / "runs", "--json") for _ in range(2)]
    outputs = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    (run,) = runs(tmp_path / "runs")
    assert {json.loads(output)["path"] for output, _ in outputs} == {str(run)}
    manifest_of(run)
    assert same_findings(run, scanned[1])


@pytest.mark.parametrize(
    ("blow", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_a_scan_that_is_cut_short(log, tmp_path, blow, code):
    out = tmp_path / "runs"
    process = start("scan", log, "--out", out)
    deadline = time.monotonic() + 60
    while not list(out.glob(STAGING)) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(blow)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (code, "")
    if blow != signal.SIGKILL:
        assert stderr.splitlines()[-1].endswith("what was unfinished is removed.")
        assert "Traceback" not in stderr
        assert runs(out) == []
        return
    (left,) = out.iterdir()
    assert left.match(STAGING)
    # a living scan's folder stays, a dead one's goes
    done(cib("scan", log, "--out", out), out)


@pytest.mark.parametrize(
    ("stop", "code", "said"), [("KeyboardInterrupt()", 130, 1), ("SystemExit(143)", 143, 0)]
)
def test_a_stop_while_a_kernel_is_loaded(stop, code, said):
    """Numba makes a SystemError of it, and another; what SIGTERM says is said before."""
    script = f"""
import sys
import cib.cli
app = sys.modules["cib.cli.app"]
def loading(**_):
    try:
        try:
            raise {stop}
        except BaseException as error:
            raise SystemError("_numba_unpickle returned a result with an exception set") from error
    except SystemError as error:
        raise SystemError("add_sightings returned a result with an exception set") from error
app.app = loading
app.run()
"""
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, encoding="utf-8", env=environment(), timeout=60, check=False,
    )  # fmt: skip
    assert result.returncode == code, result.stderr
    assert result.stderr == "Interrupted; what was unfinished is removed.\n" * said


# Programs


def test_json_is_all_that_programs_get(log, scanned, tmp_path):
    result, run = scanned
    events = [json.loads(line) for line in result.stderr.splitlines()]
    stages = [stage["name"] for stage in manifest_of(run)["stages"]]
    assert [e["stage"] for e in events if e["event"] == "stage_finished"] == stages
    (line,) = result.stdout.splitlines()
    found = json.loads(line)
    assert found["run_id"] == run.name
    assert found["rows"] == manifest_of(run)["rows"]
    assert found["clusters"] == 1
    for flags, code in (
        ((log, "--out", run.parent, "--skip-done"), NOTHING_TO_DO),
        ((log, "--nonsense"), USAGE),
        ((log, "--out", tmp_path / "runs", "--q", "2"), USAGE),
        ((log, "--out", ""), USAGE),
        ((tmp_path / "nowhere", "--out", tmp_path / "runs"), BAD_DATA),
    ):
        failed = cib("scan", *flags, "--json")
        assert failed.returncode == code
        (event,) = (json.loads(line) for line in failed.stderr.splitlines())
        if code == NOTHING_TO_DO:
            assert event == {"event": "nothing_to_do", "path": str(run)}
            assert json.loads(failed.stdout)["path"] == str(run)
        else:
            assert (event["event"], event["exit_code"], failed.stdout) == ("error", code, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_nobody_can_take(log, scanned, unbuffered, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    narrow = cib("settings", PYTHONIOENCODING="ascii")
    assert (narrow.returncode, narrow.stderr) == (0, "")
    assert "Benjamini\\u2013Hochberg" in narrow.stdout
    with open("/dev/full", "w") as full:
        result = start("scan", log, "--out", scanned[1].parent, "--json", stdout=full)
        _, stderr = result.communicate(timeout=60)
    assert result.returncode == TEMPORARY
    event = json.loads(stderr.splitlines()[-1])
    assert "No space left on device" in event["message"]
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as gone:
        result = start("inspect", log, stdout=gone)
        _, stderr = result.communicate(timeout=60)
    assert (result.returncode, stderr) == (0, "")
