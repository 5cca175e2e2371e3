"""A small log, and the run that the command line makes of it."""

from __future__ import annotations

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
