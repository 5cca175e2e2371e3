"""Fixed orders of tracks that sessions follow: lists, albums, loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

PARENT_KINDS = (
    "album",
    "autoplay",
    "library",
    "playlist_algo",
    "playlist_editorial",
    "playlist_ugc",
    "radio",
    "search",
    "campaign",
    "thread",
)


def parent_code(kind: str) -> int:
    """Index of `kind` in `PARENT_KINDS`."""
    return PARENT_KINDS.index(kind)


@dataclass(frozen=True, slots=True)
class Scripts:
    """Track orders, concatenated; a session that reaches the end starts over."""

    track: Array
    start: Array
    """(n_scripts + 1,) offsets into `track`."""
    parent_kind: Array
    """(n_scripts,) index into `PARENT_KINDS`."""
    parent_id: Array
    """(n_scripts,) uint64, 0 for none."""

    @classmethod
    def of(cls, orders: Sequence[Array], kind: str, parent_id: Array) -> Scripts:
        """Make scripts of one kind from the orders themselves."""
        lengths = np.array([len(order) for order in orders], np.int64)
        return cls(
            track=np.concatenate(orders).astype(np.int64),
            start=np.append(0, np.cumsum(lengths)),
            parent_kind=np.full(len(orders), parent_code(kind), np.int8),
            parent_id=np.asarray(parent_id, np.uint64),
        )

    def at(self, script: Array, position: Array) -> Array:
        """Return the track at `position` of each script, counted round and round."""
        length = self.start[script + 1] - self.start[script]
        tracks: Array = self.track[self.start[script] + position % length]
        return tracks
