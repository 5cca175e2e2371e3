"""Published tools for coordinated behaviour, used as their pages say."""

from __future__ import annotations

import contextlib
import io
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv

from answers import Answer, NotRun

Task = dict[str, Any]


def with_network_toolkit(task: Task) -> Answer:
    """coordination-network-toolkit: CSV into SQLite, then co-reposts.

    An edge's weight there is the number of one account's messages, each way, and an account may
    meet another twice on one content. So its pairs contain ours, and may be more.
    """
    from coordination_network_toolkit.compute_networks import compute_co_retweet_parallel
    from coordination_network_toolkit.preprocess import preprocess_csv_files

    path = Path(task["scratch"]) / "network.db"
    for stale in path.parent.glob(path.name + "*"):
        stale.unlink()
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        preprocess_csv_files(str(path), [task["reposts"]])
        compute_co_retweet_parallel(
            str(path), task["window"], n_threads=task["threads"], min_edge_weight=task["min_tokens"]
        )
    with contextlib.closing(sqlite3.connect(path)) as network:
        rows = network.execute(
            "select cast(user_1 as integer), cast(user_2 as integer) from co_retweet_network"
        ).fetchall()
    seconds = time.perf_counter() - start
    a, b = np.array(rows, np.int64).reshape(-1, 2).T
    both = np.unique(np.stack([np.minimum(a, b), np.maximum(a, b)])[:, a != b], axis=1)
    path.unlink()
    return Answer(seconds, *both)


def with_coortweet(task: Task) -> Answer:
    """CooRTweet, through Rscript."""
    program = shutil.which("Rscript")
    if program is None:
        raise NotRun("R is not installed")
    probe = [program, "-e", "library(CooRTweet)"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        raise NotRun("the R package CooRTweet is not installed")
    out = Path(task["scratch"]) / "coortweet.csv"
    script = Path(__file__).with_name("coortweet.R")
    settings = [str(task[name]) for name in ("window", "min_tokens", "threads")]
    command = [program, str(script), task["shares"], str(out), *settings]
    run = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    pairs = pyarrow.csv.read_csv(out)
    out.unlink()
    a, b, weight = (pairs[name].to_numpy() for name in ("a", "b", "weight"))
    return Answer(float(run.stdout.split()[-1]), a, b, weight)
