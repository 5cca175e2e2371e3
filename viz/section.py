"""What the section of one cluster says in words: how it was found, who does what, what fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cib.datasets.wording import plural
from cib.viz.text import printable

FOUND_BY = {
    "block": "shared contents",
    "audience": "mirrored audiences",
    "rare": "rare contents",
    "looped": "looped contents",
    "odd_hours": "odd hours",
    "shared_address": "shared addresses",
    "shared_device": "shared devices",
}
"""Kinds of evidence that are not times of acting, by their name in the evidence table."""

ROLE_MEANS = {
    "operator": "is on the devices of three or more other members",
    "hub": "others come to the targets through its playlist, or address it",
    "victim": "has a life of its own; the targets come from devices that this life never uses, so "
    "the account may have been taken over",
    "reporter": "mostly reports the targets; may be an honest person",
    "follower": "mostly follows, saves or likes",
    "poster": "mostly posts, shares or comments",
}
"""What a role says; a listener is anybody else."""

STAND_FOR_TARGETS = (
    "As this cluster has no target of its own, “targets” are here the contents on which its "
    "members met and which at least half of them touch."
)
"""What innocent explanations call targets where there are none."""


def found_by(coordination: Iterable[Mapping[str, Any]]) -> str:
    """Say by which kinds of evidence a cluster was found, from its evidence of coordination.

    >>> found_by([{"signal": "play"}, {"signal": "audience"}, {"signal": "like"}])
    'timing (like, play), mirrored audiences'
    """
    signals = {str(line["signal"]) for line in coordination}
    timed = sorted(printable(signal, 40) for signal in signals - set(FOUND_BY))
    kinds = [f"timing ({', '.join(timed)})"] if timed else []
    return ", ".join(kinds + [words for name, words in FOUND_BY.items() if name in signals])


def roles(members: Iterable[Any]) -> list[tuple[str, str, str]]:
    """Count the roles of members: how many, of which role, and what it means.

    >>> roles(["listener", "operator", "listener"])[0][:2]
    ('2 listeners', 'listener')
    """
    counts = Counter(str(role) for role in members if role)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(plural(n, printable(role, 30)), role, ROLE_MEANS.get(role, "")) for role, n in ordered]


def clauses(statement: str) -> tuple[str, Sequence[str], str]:
    """Take a statement of a benign alternative apart: its verdict, its predictions, a remark.

    >>> clauses("Shop is ruled out: the share is 7% (predicted: at least 65%); the number is 9 "
    ...         "(predicted: at most 3). Not tested: travel.")[1]
    ['the share is 7% (predicted: at least 65%)', 'the number is 9 (predicted: at most 3)']
    """
    verdict, _, rest = statement.partition(": ")
    if "(predicted: " not in rest:
        return statement, [], ""
    body, ended, remark = rest.partition("). ")
    return verdict, (body + ")" if ended else body.removesuffix(".")).split("; "), remark


def notes_on_targets(notes: Iterable[Any], plain: str = "Complicity unknown.") -> tuple[int, str]:
    """Count the targets of which more is said than that complicity is unknown; give the first.

    >>> notes_on_targets(["Complicity unknown.", "Complicity unknown; framing is possible: …"])
    (1, 'Complicity unknown; framing is possible: …')
    """
    more = [str(note) for note in notes if note and str(note) != plain]
    return len(more), more[0] if more else ""
