"""The real command line: a process of its own, real files, nothing replaced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from cib.compiling import ONCE

ROOT = Path(__file__).resolve().parents[1]
STAGING = ".*.unfinished"


def environment(**extra):
    """The environment of a subprocess, which finds cib in this checkout unless it is installed."""
    env = {**os.environ, "COLUMNS": "200", **extra}
    try:
        metadata.version("cib")
    except metadata.PackageNotFoundError:
        env["PYTHONPATH"] = str(ROOT)
    return env


def cib(*args, cwd=None, **extra):
    """Run a command to its end; extra keywords are environment variables."""
    return subprocess.run(
        command(args),
        capture_output=True,
        encoding="utf-8",
        env=environment(**extra),
        cwd=cwd,
        timeout=300,
        check=False,
    )


def start(*args, stdout=subprocess.PIPE):
    """Start a command and return the process."""
    return subprocess.Popen(
        command(args),
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
    )


def command(args):
    return [sys.executable, "-m", "cib", *map(str, args)]


def runs(out):
    """The runs in a folder, which must hold nothing else, hidden or not."""
    if not out.exists():
        return []
    found = sorted(out.iterdir())
    assert all((folder / "manifest.json").is_file() for folder in found), found
    return found


def manifest_of(run):
    """The manifest of a run, whose row accounting must be exact."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    rows = dict(manifest["rows"])
    assert rows.pop("read") == sum(rows.values())
    assert manifest["rows"]["read"] == sum(entry["rows"] for entry in manifest["inputs"])
    return manifest


def done(result, out):
    """The only run in `out`, published by a command that must have gone well; its manifest."""
    assert result.returncode == 0, result.stderr
    (run,) = runs(out)
    return run, manifest_of(run)


def refused(result, code, *words, out=None):
    """One sentence on standard error with these words, this exit code, and no run in `out`.

    A fresh checkout may have to compile kernels first, and says so.
    """
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    (line,) = (said for said in result.stderr.splitlines() if said != ONCE)
    assert line.startswith("Error: ")
    assert line.isprintable()
    for word in words:
        assert word in line
    if out is not None:
        assert runs(out) == []
    return line
