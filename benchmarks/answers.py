"""What contenders answer, and how two answers are compared.

A script contender may use this too: `from answers import report`, see README.md.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in the unit of ru_maxrss."""
BORDER = 1e-5
"""Similarities this close to the threshold may fall on either side of it."""


class NotRun(Exception):
    """A contender that cannot run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Pairs of accounts, or codes of rows, and how long they took."""

    seconds: float
    """Inside the task: without start-up and imports."""
    a: npt.NDArray[Any]
    b: npt.NDArray[Any]
    weight: npt.NDArray[Any] | None = None
    """Whole numbers are compared exactly, similarities nearly; None compares pairs alone."""
    among: npt.NDArray[Any] | None = None
    """Accounts to which a contender was limited: its answer holds all pairs with one of them."""
    count: int | None = None
    """What the table shows as the size of the answer; None is the number of pairs."""
    note: str = ""


def report(task: dict[str, Any], seconds: float, a: Any, b: Any, weight: Any = None) -> None:
    """Print the answer of a script contender as JSON."""
    print(json.dumps(settle(task, Answer(seconds, a, b, weight))), flush=True)


def settle(task: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """Sum an answer up: its hash, its size, and how it differs from the reference.

    Says first when the task ended and how much memory its processes had held: what follows is not
    the contender's work.
    """
    out: dict[str, Any] = {"ended": time.perf_counter(), "seconds": answer.seconds}
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    out["peak"] = max(usage.ru_maxrss for usage in usages) * RSS_UNIT
    key, weight = ordered(answer)
    out["edges_hash"] = edges_hash(key, weight)
    out["answers"] = len(key) if answer.count is None else answer.count
    out["note"] = answer.note
    if task.get("save") and answer.among is None:
        np.savez(task["save"], key=key, weight=np.zeros(0) if weight is None else weight)
    elif Path(task.get("reference", "")).is_file():
        out["compared"] = compare(task, answer, key, weight)
    return out


def ordered(answer: Answer) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any] | None]:
    """Pairs as sorted numbers, smaller account in the upper half, and their weights."""
    a, b = np.asarray(answer.a, np.int64), np.asarray(answer.b, np.int64)
    key = (np.minimum(a, b) << 32) | np.maximum(a, b)
    if answer.weight is None:
        return np.sort(key), None
    order = np.argsort(key, kind="stable")
    return key[order], np.asarray(answer.weight)[order]


def edges_hash(key: npt.NDArray[np.int64], weight: npt.NDArray[Any] | None) -> str:
    """Hash of sorted pairs and, where they are whole numbers, of their weights."""
    digest = hashlib.blake2b(key.astype("<i8").tobytes(), digest_size=16)
    if weight is not None and weight.dtype.kind in "iu":
        digest.update(weight.astype("<i8").tobytes())
    return digest.hexdigest()


def compare(
    task: dict[str, Any],
    answer: Answer,
    key: npt.NDArray[np.int64],
    weight: npt.NDArray[Any] | None,
) -> dict[str, float]:
    """Count missing, extra and common pairs, and the largest difference of their weights."""
    with np.load(task["reference"]) as reference:
        theirs, their_weight = reference["key"], reference["weight"]
    if answer.among is not None:
        inside = np.isin(theirs >> 32, answer.among) | np.isin(theirs & 0xFFFFFFFF, answer.among)
        theirs, their_weight = theirs[inside], their_weight[inside]
    missing = ~np.isin(theirs, key, assume_unique=True)
    extra = ~np.isin(key, theirs, assume_unique=True)
    out = {"common": int((~extra).sum()), "missing": int(missing.sum()), "extra": int(extra.sum())}
    if weight is not None and len(their_weight):
        apart = np.abs(weight[~extra].astype(float) - their_weight[~missing])
        out["difference"] = float(apart.max(initial=0))
        if "threshold" in task:
            limit = task["threshold"] + BORDER
            out["missing"] = int((missing & (their_weight > limit)).sum())
            out["extra"] = int((extra & (weight > limit)).sum())
    return out
