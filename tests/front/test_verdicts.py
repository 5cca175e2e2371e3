"""`cib scan --verdicts`: from the file to tables, report, manifest and the run's name."""

from __future__ import annotations

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cib
from cib.datasets.run_folder import TABLES
from command_line import cib as command
from command_line import done, refused
from small_log import RING, small_log, write

BAD_DATA, USAGE = 65, 2
RINGS, FEWEST = 24, 20


def verdicts(path, accounts, verdict, alternative=""):
    rows = [f"{account},{verdict},{alternative}" for account in accounts]
    path.write_text("\n".join(["account_id,verdict,alternative", *rows]) + "\n", encoding="utf-8")
    return path


def inauthenticity(run):
    (row,) = run.clusters.to_pylist()
    return row["inauthenticity"], row["kind"]


def test_without_verdicts_not_a_byte_changes(log, scanned, tmp_path):
    """A file without rows names another run, and the same tables."""
    out = tmp_path / "runs"
    nothing = verdicts(tmp_path / "none.csv", [], "benign")
    run, manifest = done(command("scan", log, "--out", out, "--verdicts", nothing), out)
    _, plain = scanned
    assert run.name != plain.name
    assert manifest["verdicts"]["n_confirmed"] == manifest["verdicts"]["n_benign"] == 0
    for name in TABLES:
        assert (run / f"{name}.parquet").read_bytes() == (plain / f"{name}.parquet").read_bytes()
    assert "verdicts" not in cib.open_run(plain).manifest


def test_verdicts_move_scores_and_say_so(log, scanned, tmp_path):
    before, _ = inauthenticity(cib.open_run(scanned[1]))
    found = {}
    for verdict in ("confirmed", "benign"):
        file = verdicts(tmp_path / f"{verdict}.csv", [*RING[:8], "user of March"], verdict, "shop")
        out = tmp_path / verdict
        result = command("scan", log, "--out", out, "--verdicts", file)
        folder, manifest = done(result, out)
        run = cib.open_run(folder)
        found[verdict], kind = inauthenticity(run)
        n = {"confirmed": (8, 0), "benign": (0, 8)}[verdict]
        told = manifest["verdicts"]
        assert (told["n_confirmed"], told["n_benign"], told["n_not_in_log"]) == (*n, 1)
        assert told["prior"] == told["prior_before"]  # one case is no reason to recalibrate
        assert f"{n[0]} accounts confirmed, {n[1]} benign, 1 not in this log." in result.stderr
        (line,) = (r for r in run.evidence.to_pylist() if r["signal"] == f"verdicts: {verdict}")
        assert line["statement"].startswith("8 of 10 accounts were ")
        assert line["statement"] in run.report.replace("&#34;", '"')
        assert (kind == "ring") == (verdict == "confirmed")
    assert found["benign"] < before < found["confirmed"]


def test_a_run_is_named_by_what_is_in_the_file(log, tmp_path):
    out = tmp_path / "runs"
    one = verdicts(tmp_path / "one.csv", RING, "confirmed")
    run, _ = done(command("scan", log, "--out", out, "--verdicts", one), out)
    moved = shutil.copy(one, tmp_path / "moved.csv")
    again = command("scan", log, "--out", out, "--verdicts", moved, "--skip-done")
    assert again.returncode == 99
    verdicts(one, RING, "benign")  # another content under the old name
    other = cib.scan(log, out=out, verdicts=str(one))
    assert other.id != run.name
    assert len(list(out.iterdir())) == 2


def test_many_cases_recalibrate_the_others(tmp_path):
    """Twenty-two rings confirmed: the two on which nobody has decided rise as well."""
    path = write(small_log(rings=RINGS), tmp_path / "log.parquet")
    names = [[f"{name} of ring {r}" if r else name for name in RING] for r in range(RINGS)]
    plain = cib.scan(path)
    assert len(plain.clusters) >= FEWEST + 2
    judged = [name for members in names[:-2] for name in members]
    file = verdicts(tmp_path / "verdicts.csv", judged, "confirmed")
    run = cib.scan(path, verdicts=str(file))
    told = run.manifest["verdicts"]
    assert told["n_clusters_judged"] >= FEWEST
    assert told["prior"] > told["prior_before"]
    for names_of in names[-2:]:
        first, then = (scores(one)[names_of[0]] for one in (plain, run))
        assert then > first
        assert not [
            row
            for row in run.evidence.to_pylist()
            if row["signal"].startswith("verdicts") and row["cluster_id"] == cluster(run, names_of)
        ]


def scores(run):
    accounts = run.accounts
    return dict(
        zip(accounts["account_id"].to_pylist(), accounts["inauthenticity"].to_pylist(), strict=True)
    )


def cluster(run, names):
    members = {row["account_id"]: row["cluster_id"] for row in run.members.to_pylist()}
    return members[names[0]]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (None, USAGE, ["--verdicts: ", "no such file"]),
        ("account_id\nbot00\n", BAD_DATA, ["has no column verdict"]),
        ("account_id,verdict\nbot00,guilty\n", BAD_DATA, ["“guilty” in row 1", "confirmed or"]),
        ("account_id,verdict\nbot00,benign\nbot00,confirmed\n", BAD_DATA, ["bot00 is both"]),
        ("account_id,verdict\nzoë,benign\n", BAD_DATA, ["none of its 1 accounts is in the log"]),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_sentence_and_no_run(log, tmp_path, content, code, words):
    file, out = tmp_path / "verdicts.csv", tmp_path / "runs"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    refused(command("scan", log, "--out", out, "--verdicts", file), code, *words, out=out)


def test_hostile_ids_and_alternatives_stay_text(tmp_path):
    names = {name: f'=cmd|"<img src=x onerror=alert({i})>' for i, name in enumerate(RING)}
    path = write(small_log(rename=names), tmp_path / "log.parquet")
    file = tmp_path / "verdicts.parquet"
    rows = {"account_id": list(names.values()), "verdict": ["benign"] * len(RING)}
    rows["alternative"] = ["<script>window.pwned=1</script>"] * len(RING)
    pq.write_table(pa.table(rows), file)
    run = cib.scan(path, verdicts=str(file))
    (line,) = (r for r in run.evidence.to_pylist() if r["signal"] == "verdicts: benign")
    assert "10 of 10 accounts were judged benign" in line["statement"]
    assert "<script>window.pwned" not in run.report
    assert "<img src=x" not in run.report
