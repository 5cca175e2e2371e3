"""What a layer is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.log import InteractionLog
from cib.graphs.events import Events


@dataclass(frozen=True)
class Layer:
    """One kind of coordination signal: who touched which token when."""

    name: str
    """Short and stable; the `layer` column of the results."""
    phrase: str
    """What co-acting means here, after "accounts …": "shared the same URL"."""
    row: npt.NDArray[np.int64]
    """(n_rows,) position of each row in the log."""
    account: npt.NDArray[np.int32]
    token: npt.NDArray[np.int32]
    ts: npt.NDArray[np.int64]
    """(n_rows,) microseconds since 1970-01-01 UTC."""

    @cached_property
    def events(self) -> Events:
        """The rows sorted for counting."""
        return Events.from_arrays(self.account, self.token, self.ts)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A layer that this log does not allow, and why."""

    name: str
    reason: str


def layer_of(
    log: InteractionLog,
    name: str,
    phrase: str,
    row: npt.NDArray[np.int64],
    token: npt.NDArray[np.int32],
) -> Layer:
    """Make a layer of some rows of a log and the token of each."""
    return Layer(name, phrase, row, log.account[row], token, log.ts[row])


def column_layer(log: InteractionLog, name: str, phrase: str, tokens: pa.DictionaryArray) -> Layer:
    """Make a layer of a dictionary-encoded column; rows without a token take no part."""
    row = np.flatnonzero(np.asarray(tokens.is_valid()))
    token = np.asarray(tokens.indices.fill_null(0))[row].astype(np.int32)
    return layer_of(log, name, phrase, row, token)
