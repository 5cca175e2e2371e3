"""What a run says of itself: read as what anybody may have written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from cib.datasets.errors import BadDataError
from cib.datasets.hostile import printable

Check: TypeAlias = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < 1e18


def _count(value: Any) -> bool:
    return type(value) is int and _number(value)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _counts(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_count, value.values()))


def _mappings(**fields: Check) -> Check:
    """A list of mappings; these of their fields are of these kinds, or missing."""

    def right(one: Any) -> bool:
        return isinstance(one, dict) and all(
            check(one[name]) for name, check in fields.items() if name in one
        )

    return lambda value: isinstance(value, list) and all(map(right, value))


KINDS: tuple[tuple[str, Check], ...] = (
    ("created", _text),
    ("source", _text),
    ("version", _text),
    ("configuration", _mapping),
    ("rows", _counts),
    ("inputs", _mappings(name=_text, fingerprint=_text)),
    ("layers", _mappings(name=_text, n_rows=_count)),
    ("actions", _texts),
    ("main_action", _text),
    ("tests", _mappings(layer=_text)),
    ("stages", _mappings(name=_text, seconds=_number)),
)
"""What pages read of a manifest, and of which kind it is."""


def checked(manifest: Any, folder: Path) -> dict[str, Any]:
    """Return a manifest when whatever pages read of it is of the kind that a scan writes.

    A field may be missing, as in runs of earlier versions; one of another kind says that the file
    was changed.

    Raises
    ------
    BadDataError
        It names no run, or a field is of another kind; the message names the folder and the field.
    """
    if not isinstance(manifest, dict):
        raise _wrong(folder, "manifest.json names no run")
    name = manifest.get("run_id")
    if not isinstance(name, str) or not name or set(name) - set("0123456789abcdef"):
        raise _wrong(folder, "manifest.json names no run")
    for field, is_right in KINDS:
        if field in manifest and not is_right(manifest[field]):
            raise _wrong(folder, f"“{field}” in manifest.json is not what a scan writes")
    return manifest


def _wrong(folder: Path, what: str) -> BadDataError:
    return BadDataError(
        f"{printable(folder, 300)} is not a run of cib: {what}; remove the folder and scan again."
    )


def moment_of(manifest: Mapping[str, Any], changed: float) -> datetime:
    """Return when a run was made: as it says, or else when its manifest was written."""
    try:
        moment = datetime.fromisoformat(manifest["created"])
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (KeyError, ValueError, OverflowError):
        return datetime.fromtimestamp(changed, UTC)


def log_of(manifest: Mapping[str, Any]) -> str:
    """Say which log a run is of: its source, whatever day or number it is of.

    Examples
    --------
    >>> log_of({"source": "plays/date=2026-11-22"}) == log_of({"source": "plays/date=2026-11-23/"})
    True
    """
    return re.sub(r"\d+", "#", str(manifest.get("source", ""))).rstrip("/")
