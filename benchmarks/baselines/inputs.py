"""What the baselines take from a log."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets import InteractionLog
from cib.graphs.codes import MAX_CODES

Array = npt.NDArray[Any]


def objects(log: InteractionLog) -> Array:
    """(n_rows,) what two accounts must both act on: the same content with the same action.

    All the tools here take one kind of action at a time, or stack kinds as separate objects.
    """
    if len(log.action_names) == 1:
        return log.content
    return joined(log.content, log.action, len(log.action_names))


def joined(first: Array, second: Array, n_second: int) -> Array:
    """(n_rows,) one code for each pair of codes; `second` is below `n_second`."""
    key = first.astype(np.int64) * n_second + second
    if len(key) and int(key.max()) >= MAX_CODES:
        key = np.unique(key, return_inverse=True)[1].astype(np.int64)
    return key
