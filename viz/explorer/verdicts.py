"""Decisions on a cluster as they are written to the casebook: verdict, note, owner, tag, undo."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cib.algorithms.alternatives import alternatives
from cib.datasets.casebook_schema import checked
from cib.datasets.cases import Event
from cib.viz.explorer.door.viewer import require_investigator
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

VERDICTS = (
    ("confirmed", "Confirm", "c", "It is inauthentic."),
    ("benign", "Benign", "b", "It is innocent, for the reason chosen beside."),
    ("needs more", "Needs more", "n", "Nothing can be said yet."),
    ("duplicate", "Duplicate", "d", "It is a case that is open already."),
)
"""Verdict, its button, its key, what it means."""
NOTE_LIMIT, WORD_LIMIT = 4000, 80


def decide_verdict(
    explorer: Explorer,
    run_id: str,
    cluster_id: int,
    seen: int,
    verdict: str,
    alternative: str | None,
    duplicate: str | None,
) -> str:
    """Write a verdict; return what to say.

    Raises
    ------
    ValueError
        Something is missing, or this viewer may not decide.
    Conflict
        Somebody else decided after `seen`.
    """
    who = require_investigator().name
    value: dict[str, Any] = {"verdict": verdict}
    if verdict == "benign":
        if not alternative:
            raise ValueError("Say what the innocent explanation is: choose it under “If benign”.")
        if alternative not in explanations():
            raise ValueError(f"{printable(alternative, 80)} is no innocent explanation.")
        value["alternative"] = alternative
    if verdict == "duplicate":
        value["of"] = _other(explorer, run_id, cluster_id, duplicate)
    run = explorer.library.run(run_id)
    members, _ = run.tables.members(cluster_id, limit=10_000_000)
    explorer.casebook.decide(
        who,
        run_id,
        cluster_id,
        "verdict",
        value,
        seen=seen,
        accounts=members["account_id"],
    )
    return f"Cluster {cluster_id}: {verdict}."


def explanations() -> list[str]:
    """Return the names of the innocent explanations, by alphabet."""
    return sorted(one.NAME for one in alternatives().values())


def _other(
    explorer: Explorer, run_id: str, cluster_id: int, written: str | None
) -> tuple[str, int]:
    """Read which case a duplicate is of; it must be there, and another one."""
    run, _, number = (written or "").strip().rpartition("/")
    run = run or run_id
    if not number.isdecimal():
        raise ValueError("Say of which cluster it is a duplicate: its number, or run/number.")
    if (run, int(number)) == (run_id, cluster_id):
        raise ValueError("A cluster cannot be a duplicate of itself.")
    explorer.library.run(run).tables.cluster(int(number))
    return run, int(number)


def keep(
    explorer: Explorer, run_id: str, cluster_id: int, seen: int, given: Mapping[str, str | None]
) -> str:
    """Write note, owner, due day and tag, those that are new; return what to say."""
    who = require_investigator().name
    explorer.library.run(run_id).tables.cluster(cluster_id)  # a case is of a cluster that is there
    state = explorer.casebook.state(run_id, cluster_id)
    new: list[tuple[str, str | None]] = []
    for kind, before in (
        ("owner", state.owner),
        ("due", state.due.isoformat() if state.due else None),
        ("tag", None),
        ("note", None),
    ):
        text = _typed(given, kind)
        if text == (before or "") or (not text and before is None):
            continue
        checked(kind, text or None)  # all of it is in order, or nothing is written
        new.append((kind, text or None))
    if not new:
        raise ValueError("Nothing is new: write a note, an owner, a day or a tag first.")
    for kind, value in new:
        explorer.casebook.decide(who, run_id, cluster_id, kind, value, seen=seen)
    return f"Cluster {cluster_id}: kept {', '.join(kind for kind, _ in new)}."


def keep_along(
    explorer: Explorer, run_id: str, cluster_id: int, given: Mapping[str, str | None]
) -> str:
    """Write the note and the tag that stood beside a verdict; return what to add to what is said.

    They never conflict, and who gives a verdict has written them to defend it.
    """
    who = require_investigator().name
    kept = [(kind, text) for kind in ("tag", "note") if (text := _typed(given, kind))]
    for kind, text in kept:
        explorer.casebook.decide(who, run_id, cluster_id, kind, text, seen=0)
    return f" Kept the {' and the '.join(kind for kind, _ in kept)} as well." if kept else ""


def untag(explorer: Explorer, run_id: str, cluster_id: int, tag: str) -> str:
    """Remove a tag; return what to say. The entry that added it stays in the history."""
    who = require_investigator().name
    explorer.library.run(run_id).tables.cluster(cluster_id)
    if tag not in explorer.casebook.state(run_id, cluster_id).tags:
        raise ValueError("This tag is not there any more.")
    explorer.casebook.decide(who, run_id, cluster_id, "untag", tag, seen=0)
    return f"Cluster {cluster_id}: removed the tag {printable(tag, WORD_LIMIT)}."


def _typed(given: Mapping[str, str | None], kind: str) -> str:
    """Return what stands in a field."""
    text = given.get(kind) or ""
    if not isinstance(text, str):
        raise ValueError(f"A {kind} is text.")
    return text.strip()[:NOTE_LIMIT]


def last_of(history: Sequence[Event], who: str) -> Event | None:
    """Return somebody's last event that still holds: what undo takes back."""
    mine = (e for e in reversed(history) if e.who == who and e.kind != "undo" and not e.undone)
    return next(mine, None)


def undo(explorer: Explorer, run_id: str, cluster_id: int) -> str:
    """Take back the viewer's own last event that still holds; return what to say."""
    who = require_investigator().name
    event = last_of(explorer.casebook.state(run_id, cluster_id).history, who)
    if event is None:
        raise ValueError("There is nothing of yours to take back here.")
    explorer.casebook.undo(who, event.seq)
    return f"Taken back: {words(event)}"


def words(event: Event) -> str:
    """Say one event.

    Names and notes in it are what people wrote: safe text, cut when long.
    """
    value: Any = event.value
    if event.kind == "undo":
        return "took the last one back"
    if event.kind == "verdict":
        of = value.get("of")
        more = f"{of[0]}/{of[1]}" if of else value.get("alternative")
        return printable(value["verdict"], 40) + (f" ({printable(more, 80)})" if more else "")
    kind = {"untag": "tag removed"}.get(event.kind, event.kind)
    # two spaces are a habit in a note, where in a name they are a trick
    return f"{kind}: {printable(re.sub(' +', ' ', str(value)).strip(), 400)}"
