"""The event arrays that components produce and the writer turns into Parquet."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.streams import scrambled

Array = npt.NDArray[Any]

ACTIONS = (
    "ad_click",
    "ad_impression",
    "comment",
    "download",
    "follow",
    "like",
    "play",
    "playlist_add",
    "post",
    "report",
    "save",
    "share",
)
(
    AD_CLICK,
    AD_IMPRESSION,
    COMMENT,
    DOWNLOAD,
    FOLLOW,
    LIKE,
    PLAY,
    PLAYLIST_ADD,
    POST,
    REPORT,
    SAVE,
    SHARE,
) = range(12)
PLATFORMS = ("android", "car", "console", "desktop", "ios", "speaker", "unknown", "web")
TIERS = ("duo", "family", "free", "premium", "student", "trial")
REASONS_END = ("backbtn", "endplay", "error", "fwdbtn", "logout", "trackdone")
REPORT_REASONS = ("deceptive", "hate", "ip", "other", "sexual", "spam", "violence")
BACK, ENDPLAY, ERROR, FORWARD, LOGOUT, DONE = range(6)
SHUFFLE, OFFLINE = 1, 2
DUPLICATE_RATE = 0.0005
MISSING_RATE = 0.02
COUNTED_MS = 30_000
"""What a play must last to count."""

_COLUMNS: dict[str, tuple[type[np.generic], int]] = {
    "account": (np.int32, 0),
    "content": (np.int32, 0),
    "action": (np.int8, PLAY),
    "start_us": (np.int64, 0),
    "duration_ms": (np.int32, -1),
    "parent_kind": (np.int8, -1),
    "parent_id": (np.uint64, 0),
    "device": (np.uint64, 0),
    "ip": (np.uint64, 0),
    "asn": (np.uint32, 0),
    "ip_market": (np.int8, -1),
    "platform": (np.int8, -1),
    "reason_end": (np.int8, -1),
    "flags": (np.int8, 0),
    "received_us": (np.int64, 0),
    "text_hash": (np.uint64, 0),
    "target_account": (np.int64, -1),
    "report_reason": (np.int8, -1),
    "inauthentic": (np.bool_, 0),
}
"""Type and null of every array."""


@dataclass(frozen=True, slots=True)
class Events:
    """Aligned arrays, one entry per event of one component.

    Null is 0 in what identifies (parent_id, device, ip, asn, text_hash) and -1 elsewhere.
    """

    account: Array
    """int32, index into the component's accounts."""
    content: Array
    """int32, index into the catalogue."""
    action: Array
    """int8, index into `ACTIONS`."""
    start_us: Array
    """int64 microseconds since the start of the log."""
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
    asn: Array
    """uint32."""
    ip_market: Array
    """int8, index into `MARKETS`."""
    platform: Array
    """int8, index into `PLATFORMS`."""
    reason_end: Array
    """int8, index into `REASONS_END`."""
    flags: Array
    """int8: `SHUFFLE` and `OFFLINE`, added."""
    received_us: Array
    """int64 microseconds since the start of the log; 0: at once."""
    text_hash: Array
    """uint64."""
    target_account: Array
    """int64, number of the account that was followed, mentioned or reported."""
    report_reason: Array
    """int8, index into `REPORT_REASONS`."""
    inauthentic: Array
    """bool; goes to the truth only."""

    def __len__(self) -> int:
        return len(self.account)

    @property
    def start_s(self) -> Array:
        """float64 seconds since the start of the log."""
        seconds: Array = self.start_us / 1e6
        return seconds

    def take(self, rows: Array | slice) -> Events:
        """Return the events at `rows` (indices, a mask or a slice)."""
        if isinstance(rows, np.ndarray) and rows.dtype != np.bool_:
            return Events(**{f.name: getattr(self, f.name).take(rows) for f in fields(self)})
        return Events(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def replace(self, **arrays: Any) -> Events:
        """Return a copy with other arrays; scalars fill the column."""
        new = {f.name: getattr(self, f.name) for f in fields(self)}
        for name, value in arrays.items():
            kind = _COLUMNS[name][0]
            new[name] = np.broadcast_to(np.asarray(value).astype(kind), len(self))
        return Events(**new)

    @staticmethod
    def of(n: int, **arrays: Any) -> Events:
        """Make `n` events; scalars fill their column, what is not given is null (action: play)."""
        columns = {}
        for name, (kind, null) in _COLUMNS.items():
            value = np.asarray(arrays.pop(name, null)).astype(kind)
            columns[name] = np.array(np.broadcast_to(value, n))  # a copy: kernels fill it
        if arrays:
            raise TypeError(f"Events have no {', '.join(arrays)}")
        return Events(**columns)

    @staticmethod
    def concat(parts: list[Events]) -> Events:
        """Put several lots of events of one component into one."""
        if not parts:
            return Events.of(0)
        return Events(
            **{
                f.name: np.concatenate([getattr(part, f.name) for part in parts])
                for f in fields(Events)
            }
        )


def micros(seconds: Array) -> Array:
    """Return whole microseconds, int64."""
    whole: Array = np.floor(np.asarray(seconds) * 1e6).astype(np.int64)
    return whole


def monetised(events: Events) -> Array:
    """Mask of the inauthentic events that would have counted as streams."""
    long_enough = (events.action == PLAY) & (events.duration_ms >= COUNTED_MS)
    mask: Array = events.inauthentic & long_enough
    return mask


def finish(events: Events, n_days: int) -> Events:
    """Cut to the period."""
    within = (events.start_us >= 0) & (events.start_us < n_days * 86_400_000_000)
    return events if within.all() else events.take(np.flatnonzero(within))


def event_ids(component: int, n: int, seed: int) -> Array:
    """Return the ids of a component's events, (n,) uint64, unique in the world.

    Parameters
    ----------
    component : number of the component (or block), below 2^24; it may have 2^40 events
    n : how many
    seed : of the world
    """
    return scrambled((np.int64(component) << 40) + np.arange(n), seed)


def drawn_by_id(event_id: Array, key: int, rate: float | Array) -> Array:
    """Draw events by their ids, each with the same chance: bool, (n,).

    So do missing values and duplicate deliveries come to be, whatever component an event is of:
    neither says who is who.
    """
    drawn: Array = (scrambled(event_id, key) >> np.uint64(11)) * 2.0**-53 < rate
    return drawn
