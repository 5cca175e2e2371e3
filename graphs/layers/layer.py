"""What a layer is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.log import InteractionLog
from cib.datasets.scratch import Scratch, drop
from cib.datasets.slices import Column, slices, whole
from cib.graphs.events import Events
from cib.graphs.infrastructure import Sightings


@dataclass(frozen=True)
class Layer:
    """One kind of coordination signal: who touched which token when."""

    name: str
    """Short and stable; the `layer` column of the results."""
    phrase: str
    """What co-acting means here, after "accounts …": "shared the same URL"."""
    row: npt.NDArray[np.int64] | None
    """(n_rows,) position of each row in the log; None when the layer has all of them."""
    account: npt.NDArray[np.int32]
    token: npt.NDArray[np.int32]
    ts: npt.NDArray[np.int64]
    """(n_rows,) microseconds since 1970-01-01 UTC."""
    of_contents: bool = False
    """Whether tokens are contents."""
    scratch: Scratch | None = None
    """Where large arrays go; memory when None."""
    threads: int | None = None
    """Threads for sorting; None for all cores."""

    @property
    def n_rows(self) -> int:
        """Number of interactions."""
        return len(self.ts)

    def in_log(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Positions in the log of some rows of the layer."""
        return rows if self.row is None else self.row[rows]

    @cached_property
    def events(self) -> Events:
        """The rows sorted for counting."""
        return Events.from_arrays(
            self.account, self.token, self.ts, threads=self.threads, scratch=self.scratch
        )

    @cached_property
    def n_tokens(self) -> int:
        """Number of distinct tokens."""
        start = self.events.token_start
        return int(np.count_nonzero(start[1:] > start[:-1]))

    def release_events(self) -> None:
        """Let go of the sorted rows; who asks for them again has them sorted again."""
        if self.n_tokens and "events" in self.__dict__:
            if self.scratch is not None:
                self.scratch.release(self.events.account, self.events.ts)
            del self.__dict__["events"]


@dataclass(frozen=True, slots=True)
class UntimedLayer:
    """A kind of coordination signal without a time: what accounts run on."""

    name: str
    """As a layer's."""
    phrase: str
    """What sharing means here, after "accounts …": "run on the same devices"."""
    token: Literal["device", "address"]
    sightings: Sightings

    @property
    def n_rows(self) -> int:
        """Number of interactions with a token."""
        return int(self.sightings.n_rows[self._known].sum())

    @property
    def n_tokens(self) -> int:
        """Number of distinct tokens."""
        return len(np.unique(getattr(self.sightings, self.token)[self._known]))

    @property
    def _known(self) -> npt.NDArray[np.bool_]:
        known: npt.NDArray[np.bool_] = getattr(self.sightings, self.token) >= 0
        return known


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A layer that this log does not allow, and why."""

    name: str
    reason: str


def layer_of(
    log: InteractionLog,
    name: str,
    phrase: str,
    token: Column,
    *,
    action: int | None = None,
) -> Layer:
    """Make a layer of the rows of a log that have a token, or of those of one action.

    A layer of all rows is a view of the log. Others are copied, to where the log's own arrays are.

    Parameters
    ----------
    token : (log.n_rows,) codes; a null or a negative one is none
    action : the code of the only action to take; None takes all
    """

    def chosen(codes: npt.NDArray[np.int32], did: npt.NDArray[np.int16]) -> npt.NDArray[np.bool_]:
        return (codes >= 0) if action is None else (codes >= 0) & (did == action)

    n = sum(
        int(np.count_nonzero(chosen(codes, did)))
        for _, _, (codes, did) in slices(token, log.action)
    )
    if n == log.n_rows:
        return Layer(name, phrase, None, log.account, whole(token), log.ts, scratch=log.scratch)
    row, ts = (log.scratch.empty(n, np.int64) for _ in range(2))
    account, tokens = (log.scratch.empty(n, np.int32) for _ in range(2))
    end = 0
    for start, _, (codes, did, who, when) in slices(token, log.action, log.account, log.ts):
        here = np.flatnonzero(chosen(codes, did))
        begin, end = end, end + len(here)
        row[begin:end] = here + start
        account[begin:end], tokens[begin:end], ts[begin:end] = who[here], codes[here], when[here]
        drop(row, account, tokens, ts)
    return Layer(name, phrase, row, account, tokens, ts, scratch=log.scratch)


def column_layer(log: InteractionLog, name: str, phrase: str, tokens: pa.DictionaryArray) -> Layer:
    """Make a layer of a dictionary-encoded column; rows without a token take no part."""
    return layer_of(log, name, phrase, tokens)
