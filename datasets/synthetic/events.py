"""The event arrays that components produce and the writer turns into Parquet."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

ACTIONS = ("like", "play", "share")
LIKE, PLAY, SHARE = range(3)
PLATFORMS = ("android", "desktop", "ios", "speaker", "web")
TIERS = ("duo", "family", "free", "premium", "student", "trial")
DUPLICATE_RATE = 0.0005
MISSING_RATE = 0.02


@dataclass(frozen=True, slots=True)
class Events:
    """Aligned arrays, one entry per event of one component. 0 in a hash and -1 elsewhere: null."""

    account: Array
    """Index into the component's accounts."""
    content: Array
    """Index into the catalogue."""
    action: Array
    """int8, index into `ACTIONS`."""
    start_s: Array
    """float64 seconds since the start of the log."""
    duration_ms: Array
    """int32."""
    parent_kind: Array
    """int8, index into `PARENT_KINDS`."""
    parent_id: Array
    """uint64."""
    device: Array
    """uint64."""
    ip: Array
    """uint64."""
    ip_market: Array
    """int8, index into `MARKETS`."""
    platform: Array
    """int8, index into `PLATFORMS`."""
    inauthentic: Array
    """bool; goes to the truth only."""
    event_id: Array
    """uint64; drawn by `finish`, 0 until then."""

    def __len__(self) -> int:
        return len(self.account)

    def take(self, rows: Array) -> Events:
        """Return the events at `rows` (indices or a mask)."""
        return Events(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def replace(self, **arrays: Any) -> Events:
        """Return a copy with other arrays; scalars fill the column."""
        new = {f.name: getattr(self, f.name) for f in fields(self)}
        for name, value in arrays.items():
            new[name] = np.broadcast_to(np.asarray(value, new[name].dtype), len(self))
        return Events(**new)

    @staticmethod
    def concat(parts: list[Events]) -> Events:
        """Put several lots of events of one component into one."""
        return Events(
            **{
                f.name: np.concatenate([getattr(part, f.name) for part in parts])
                for f in fields(Events)
            }
        )


def finish(rng: np.random.Generator, events: Events, n_days: int) -> Events:
    """Cut to the period, lose some hashes, number the events and inject duplicate deliveries.

    Every component passes through here with the same rates, so that neither missing values nor
    duplicates say who is who.
    """
    events = events.take((events.start_s >= 0) & (events.start_s < n_days * 86_400))
    n = len(events)
    events = events.replace(
        device=np.where(rng.random(n) < MISSING_RATE, np.uint64(0), events.device),
        ip=np.where(rng.random(n) < MISSING_RATE, np.uint64(0), events.ip),
        event_id=hashes(rng, n),
    )
    again = np.flatnonzero(rng.random(n) < DUPLICATE_RATE)
    return Events.concat([events, events.take(again)])
