"""Which optional columns a layer or signal needs, and how to say that they are missing."""

from __future__ import annotations

from collections.abc import Collection

Needs = tuple[tuple[str, ...], ...]
"""Sets of columns any one of which is enough; `((),)` needs nothing beyond the required ones."""

REQUIRED_ONLY: Needs = ((),)


def lacking(needs: Needs, present: Collection[str]) -> str | None:
    """Say what a log lacks for these needs, or None when it lacks nothing.

    Examples
    --------
    >>> lacking((("text_hash",), ("text",)), ["market"])
    'the log has no column text_hash or text'
    >>> lacking((("market", "ip_market"),), ["market"])
    'the log has no column ip_market'
    """
    missing = [[name for name in names if name not in present] for names in needs]
    if not all(missing):
        return None
    return "the log has no column " + " or ".join(" and ".join(names) for names in missing)


def wanted(needs: Needs) -> set[str]:
    """Every column that could serve these needs."""
    return {name for names in needs for name in names}
