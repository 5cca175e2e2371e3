"""The interactions behind a part of a score: what each part counted, as a question to the run.

A run keeps what members do with the targets of their cluster, not the whole log. So the questions
are asked of these; where a part looked at more (an account's whole day, say), the words tell.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from cib.algorithms.blocks import AUDIENCE, LOOPED, ODD_HOURS, RARE
from cib.viz.explorer.runs.cache import Cache
from cib.viz.explorer.runs.copies import need_edges_by_cluster, need_roster
from cib.viz.explorer.runs.narrowing import rows_given, within
from cib.viz.explorer.runs.source import RunSource

US_PER_SECOND, US_PER_DAY = 1_000_000, 86_400_000_000
EVERYTHING = "every interaction of members with the targets"


@dataclass(frozen=True, slots=True)
class Question:
    """Which interactions a part of a score is about."""

    words: str
    """What the rows are; ends without a full stop."""
    hit: str = "true"
    """SQL: whether a row is one of them. Window functions see all interactions of the cluster."""
    count: str = "1"
    """SQL: a number for each row that `hit` may use as `n`."""
    needs: tuple[str, ...] = ()
    """Columns without which it cannot be asked."""
    none: str = ""
    """What it means when there is no such row."""


_SHARED = "count(DISTINCT account_id) OVER (PARTITION BY {0}) > 1 AND {0} IS NOT NULL"
_DAY = f"epoch_us(ts) // {US_PER_DAY}"

OF_SIGNAL: dict[str, Question] = {
    "shared_device": Question(
        "interactions from a device that two or more members use",
        _SHARED.format("device_hash"),
        needs=("device_hash",),
    ),
    "shared_address": Question(
        "interactions from an address that two or more members use",
        _SHARED.format("ip_hash"),
        needs=("ip_hash",),
    ),
    "duration": Question(
        "plays that end 30 to 35 seconds after they began, just after a play is paid",
        "duration_ms BETWEEN 30000 AND 34999",
        needs=("duration_ms",),
    ),
    "skips": Question(
        "plays of targets that were broken off within 30 seconds",
        "duration_ms < 30000 AND duration_ms >= 0",
        needs=("duration_ms",),
        none="No play of a target was broken off early, which is what this part says.",
    ),
    "market": Question(
        "interactions that come from another market than the account is billed in",
        "market <> ip_market",
        needs=("market", "ip_market"),
        none="No interaction with a target comes from another market.",
    ),
    "hops": Question(
        "interactions with the targets from another market than the member's one before",
        "ip_market <> n",
        "lag(ip_market) OVER (PARTITION BY account_id ORDER BY ts)",
        needs=("ip_market",),
        none="With the targets alone no member moves; this part looked at all of its interactions.",
    ),
    "copies": Question(
        "texts that members put under the targets",
        "text_hash IS NOT NULL",
        needs=("text_hash",),
        none="No member put a text under a target; this part looked at all contents.",
    ),
    "repeats": Question(
        "for each member the day (UTC) and target it repeated most",
        "n > 1 AND n = max(n) OVER (PARTITION BY account_id)",
        f"count(*) OVER (PARTITION BY account_id, content_id, {_DAY})",
        none="No member acts on the same target twice within a day.",
    ),
    "volume": Question(
        "for each member its busiest day (UTC) with the targets",
        "n = max(n) OVER (PARTITION BY account_id)",
        f"count(*) OVER (PARTITION BY account_id, {_DAY})",
    ),
    "looped": Question(
        "for each member the day (UTC) and target it repeated most",
        "n > 1 AND n = max(n) OVER (PARTITION BY account_id)",
        f"count(*) OVER (PARTITION BY account_id, content_id, {_DAY})",
    ),
    "mute": Question(
        "whatever members do with the targets beside {main}",
        "action <> $main",
        none="They do nothing else with the targets, which is what this part says.",
    ),
    "reactions": Question(
        "whatever members do with the targets beside {main}",
        "action <> $main",
        none="They do nothing else with the targets.",
    ),
}
OF_SIGNAL["device"] = OF_SIGNAL["fellows"] = OF_SIGNAL["shared_device"]
OF_SIGNAL["address"] = OF_SIGNAL["shared_address"]

TOKEN_OF = {"text": "text_hash", "target": "target_account_id"}
"""Layers whose tokens are no contents: the column that holds them."""

OF_CONTENTS = (AUDIENCE, RARE, LOOPED, ODD_HOURS)
"""Parts about contents that members have in common by one action, which their statement names."""


def action_of(statement: str, actions: Collection[str]) -> str | None:
    """Return the action that a part about common contents names, of those of the log.

    >>> action_of("3 accounts looped the same content (play, 5 times or more)", ["like", "play"])
    'play'
    """
    # a layer is called so where another one has the name of its action
    ends = (")", ", ", " (action)")
    named = (one for one in actions if any(f"({one}{end}" in statement for end in ends))
    return next(named, None)


def question_of(
    source: RunSource,
    cache: Cache,
    cluster_id: int,
    signal: str,
    main_action: str | None,
    action: str | None = None,
) -> tuple[Question, dict[str, Any]]:
    """Return what is asked behind a part of a score, and the values in it.

    Parameters
    ----------
    signal : as in the evidence table
    main_action : the log's main action; None when the run does not tell
    action : that of a part about common contents, see `action_of`

    Returns
    -------
    (Question, dict)
        Every interaction, where nothing narrower can be asked of what the run has.
    """
    if signal in OF_SIGNAL:
        found = OF_SIGNAL[signal]
        if "$main" in found.hit and main_action is None:
            return Question(f"{EVERYTHING} (the run does not tell the log's main action)"), {}
        if all(source.has("interactions", column) for column in found.needs):
            words = found.words.format(main=main_action)
            values = {"main": main_action} if "$main" in found.hit else {}
            return Question(words, found.hit, found.count, found.needs, found.none), values
        lacking = ", ".join(c for c in found.needs if not source.has("interactions", c))
        return Question(f"{EVERYTHING} (the run has no column {lacking} to narrow them)"), {}
    if signal in OF_CONTENTS and action is not None:
        return Question(f"{EVERYTHING} ({action})", "action = $action"), {"action": action}
    window = _window(source, cache, cluster_id, signal)
    if window is None:
        return Question(EVERYTHING), {}
    return _together(source, signal, window)


def _window(source: RunSource, cache: Cache, cluster_id: int, layer: str) -> float | None:
    """Return the widest window of a cluster's edges in a layer, seconds; None without a time."""
    need_edges_by_cluster(source, cache)
    found = source.query(
        """SELECT max(window_s) AS s FROM {edges}
        WHERE cluster_id = $cluster AND layer = $layer AND window_s > 0""",
        {"cluster": cluster_id, "layer": layer},
    )["s"][0].as_py()
    return None if found is None else float(found)


def _together(source: RunSource, layer: str, window_s: float) -> tuple[Question, dict[str, Any]]:
    """Return the question of who acted on one token within a window of somebody else."""
    token = TOKEN_OF.get(layer, "content_id")
    if not source.has("interactions", token):
        return Question(EVERYTHING), {}
    act = "" if layer in TOKEN_OF else "action = $layer AND "
    near = (
        f"OVER (PARTITION BY {token}{{0}}{'' if layer in TOKEN_OF else ', action'} "
        f"ORDER BY epoch_us(ts) RANGE BETWEEN {round(window_s * US_PER_SECOND)} PRECEDING "
        f"AND {round(window_s * US_PER_SECOND)} FOLLOWING)"
    )
    together = f"count(*) {near.format('')} - count(*) {near.format(', account_id')}"
    what = {"text": "the same text", "target": "the same account"}.get(layer, "the same content")
    return (
        Question(
            f"interactions within {window_s:g} s of another member's with {what}",
            f"{act}{token} IS NOT NULL AND n > 0",
            together,
            none="No two members meet on a target; they met on contents that the run does not "
            "keep, as they are no targets of this cluster.",
        ),
        {} if layer in TOKEN_OF else {"layer": layer},
    )


def rows_behind(
    source: RunSource,
    cache: Cache,
    cluster_id: int,
    question: Question,
    values: dict[str, Any],
    accounts: Collection[int] | None = None,
    contents: Collection[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    offset: int = 0,
    limit: int = 200,
) -> tuple[pa.Table, int]:
    """Return interactions that answer a question, in order of time, and how many there are.

    Parameters
    ----------
    question, values : from `question_of`
    accounts, contents : rows of `accounts` and `targets`; None for all
    since, until : from this moment on, and before that one
    offset, limit : the page

    Returns
    -------
    (pa.Table, int)
        The columns of `interactions`, `account_row` and `target_row`.
    """
    need_roster(source, cache)
    given: dict[str, pa.Table] = {}
    moments, between = within(since, until)
    where = ["hit", *moments]
    page = {"cluster": cluster_id, "limit": limit, "offset": offset}
    bound: dict[str, Any] = {**page, **values, **between}
    for name, rows in (("account", accounts), ("target", contents)):
        if rows is not None:
            given[f"chosen_{name}"] = rows_given(rows)
            where.append(f"{name}_row IN (SELECT row FROM chosen_{name})")
    found = source.query(
        f"""WITH acts AS (SELECT * RENAME (file_row_number AS place) FROM {{interactions:rows}}
            WHERE cluster_id = $cluster),
        counted AS (SELECT *, {question.count} AS n FROM acts),
        marked AS (SELECT *, ({question.hit}) AS hit FROM counted),
        named AS (SELECT m.*, a.account_row, t.file_row_number AS target_row
            FROM marked AS m
            LEFT JOIN (SELECT account_id, account_row FROM {{roster}}
                WHERE cluster_id = $cluster) AS a ON a.account_id = m.account_id
            LEFT JOIN (SELECT content_id, file_row_number FROM {{targets:rows}}
                WHERE cluster_id = $cluster) AS t ON t.content_id = m.content_id
            WHERE hit)
        SELECT * EXCLUDE (n, hit), count(*) OVER () AS total FROM named
        WHERE {" AND ".join(where)} ORDER BY place LIMIT $limit OFFSET $offset""",
        bound,
        given,
    )
    total = int(found["total"][0].as_py()) if len(found) else 0
    if not len(found) and offset:
        narrowed = (accounts, contents, since, until)
        return rows_behind(source, cache, cluster_id, question, values, *narrowed, 0, 1)
    return found.drop_columns(["place", "total"]), total
