"""A small log, and the run that the command line makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from command_line import cib, done
from small_log import small_log, write


@pytest.fixture(scope="session")
def log(tmp_path_factory):
    """Path of a small log with one planted ring."""
    return write(small_log(), tmp_path_factory.mktemp("log") / "log.parquet")


@pytest.fixture(scope="session")
def scanned(log, tmp_path_factory):
    """The finished command that scanned the small log with --json, and its run's folder."""
    out = tmp_path_factory.mktemp("scanned") / "runs"
    result = cib("scan", log, "--out", out, "--json")
    run, _ = done(result, out)
    return result, run


@pytest.fixture
def mounted(tmp_path):
    """Mount a small file system, or skip the test where that is not allowed."""
    place = tmp_path / "mounted"
    place.mkdir()

    def mount(options):
        if os.geteuid() != 0 or shutil.which("mount") is None:
            pytest.skip("mounting a small disk needs root")
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place],
            capture_output=True,
            check=False,
        )
        if made.returncode:
            pytest.skip(f"a small disk cannot be mounted here: {made.stderr.decode().strip()}")
        return place

    yield mount
    if os.path.ismount(place):
        subprocess.run(["umount", place], check=True)
