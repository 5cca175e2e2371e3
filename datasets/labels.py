"""What the ids of innocent groups and of attack scenarios stand for, in a few words."""

from __future__ import annotations

GROUPS = {
    "G01": "album-drop fans",
    "G02": "organised fans",
    "G03": "viral trend",
    "G04": "list followers",
    "G05": "household",
    "G06": "shared address",
    "G07": "sleep and noise",
    "G08": "shop or café",
    "G09": "superfans",
    "G10": "paid promotion",
    "G11": "travel and VPN",
    "G12": "synchronous event",
    "G13": "importers",
    "G14": "campaigners",
    "G15": "justified reports",
    "G16": "test accounts",
    "none": "ordinary accounts",
}
"""Honest or grey groups that look like rings."""

SCENARIOS = {
    "A01": "lockstep loop",
    "A02": "jittered",
    "A03": "hub playlists",
    "A04": "thin farm",
    "A05": "camouflage",
    "A06": "rotation",
    "A07": "slow drip",
    "A08": "takeover",
    "A09": "paid humans",
    "A10": "one operator",
    "A11": "chart attack",
    "A12": "market hops",
    "A13": "follow farm",
    "A14": "brigading",
    "A15": "ad farm",
    "A16": "copy-paste",
}
"""Kinds of attack."""


def labelled(name: str) -> str:
    """Return an id with what it stands for; other names as they are.

    Examples
    --------
    >>> labelled("G01"), labelled("our own group")
    ('G01 album-drop fans', 'our own group')
    """
    words = GROUPS.get(name) or SCENARIOS.get(name)
    if words is None:
        return name
    return words if name == "none" else f"{name} {words}"
