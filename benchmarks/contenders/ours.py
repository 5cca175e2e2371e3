"""This package."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from answers import Answer
from contenders.columns import MICROSECONDS, load, numbers

Task = dict[str, Any]


def warm_up(project: Callable[..., Any], threads: int) -> None:
    """Project a small log, so that compiled code is in memory."""
    rng = np.random.default_rng(0)
    account = rng.integers(0, 5_000, 20_000, np.int32)
    content = rng.integers(0, 1_000, 20_000, np.int32)
    ts = rng.integers(0, 86_400, 20_000)
    # two contents hot enough to take the way of hot contents
    content[:10_000] %= 2
    ts[:10_000] %= 3_600
    project(account, content, ts, window=60, min_tokens=2, threads=threads)


def of_pairs(seconds: float, pairs: pa.Table, weight: str = "n_tokens") -> Answer:
    """The answer in a table of pairs."""
    return Answer(seconds, *(pairs[name].to_numpy() for name in ("a", "b", weight)))


def coaction_of_arrays(task: Task) -> Answer:
    """`coaction` on arrays in memory, warm."""
    from cib.graphs import coaction

    arrays = load(task, "account_id", "content_id", "ts")
    warm_up(coaction, task["threads"])
    start = time.perf_counter()
    pairs = coaction(
        *arrays,
        window=task["window"],
        min_tokens=task["min_tokens"],
        threads=task["threads"],
    )
    return of_pairs(time.perf_counter() - start, pairs)


def coaction_of_file(task: Task) -> Answer:
    """From a Parquet file to pairs of ids: `read_log`, `coaction`."""
    from cib.datasets import read_log
    from cib.graphs import coaction

    columns = {"ts": "ts" if task.get("ids") == "text" else "ts:s"}
    if task.get("warm"):
        warm_up(coaction, task["threads"])
        read_log(task["small"], columns=columns, threads=task["threads"])
    start = time.perf_counter()
    log = read_log(
        task["parquet"],
        columns=columns,
        threads=task["threads"],
        memory=task.get("memory"),
        scratch=task["scratch"],
    )
    pairs = coaction(
        log.account,
        log.content,
        log.ts,
        window=task["window"] * MICROSECONDS,
        min_tokens=task["min_tokens"],
        threads=task["threads"],
        scratch=log.scratch,
    )
    a, b = (log.account_ids.take(pairs[name].combine_chunks()) for name in ("a", "b"))
    seconds = time.perf_counter() - start
    return Answer(seconds, numbers(a), numbers(b), pairs["n_tokens"].to_numpy())


def timing_null_of_arrays(task: Task) -> Answer:
    """All pairs that `coaction` finds, found and put to the timing null."""
    from cib.algorithms.timing_null import timing_null

    arrays = load(task, "account_id", "content_id", "ts")
    warm_up(timing_null, task["threads"])
    start = time.perf_counter()
    tested = timing_null(
        *arrays,
        window=task["window"],
        min_tokens=task["min_tokens"],
        threads=task["threads"],
    )
    return of_pairs(time.perf_counter() - start, tested)


def scan(task: Task) -> Answer:
    """The whole command `cib scan`, from Parquet to published tables and report."""
    out = Path(task["scratch"]) / "runs"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "cib", "scan", task["parquet"], "--out", str(out)]
    command += ["--threads", str(task["threads"]), *task.get("flags", [])]
    start = time.perf_counter()
    run = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=task["scratch"])
    seconds = time.perf_counter() - start
    if run.returncode:
        raise RuntimeError(run.stderr.strip().splitlines()[-1])
    (edges,) = out.glob("*/edges.parquet")
    # two numbers stand for the table, which must be the same bytes in every run
    digest = np.frombuffer(hashlib.blake2b(edges.read_bytes(), digest_size=8).digest(), "<u4") >> 1
    count = pq.read_metadata(edges).num_rows
    shutil.rmtree(out)
    return Answer(seconds, digest[:1], digest[1:], count=count)


def overlap(task: Task) -> Answer:
    """`overlap` on arrays in memory, warm."""
    from cib.graphs.overlap import overlap

    account, token = load(task, "account_id", "token")
    few = account < 2_000
    how = {name: task[name] for name in ("measure", "threshold", "threads")}
    overlap(account[few], token[few], **how)
    start = time.perf_counter()
    pairs = overlap(account, token, **how)
    return of_pairs(time.perf_counter() - start, pairs, "similarity")


def text_codes(task: Task) -> Answer:
    """Read one column of ids and map it to codes, warm."""
    from cib.datasets.encoding import TextEncoder
    from contenders.encoding import first_seen

    TextEncoder("account_id").encode(pa.array(["a", "b"]), None)
    start = time.perf_counter()
    encoder = TextEncoder("account_id")
    column = pq.read_table(task["parquet"], columns=["account_id"])["account_id"]
    codes = np.concatenate([encoder.encode(chunk, None) for chunk in column.chunks])
    return first_seen(time.perf_counter() - start, codes)
