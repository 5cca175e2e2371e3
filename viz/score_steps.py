"""How a cluster's score of inauthenticity adds up: where it starts, what moves it, where it ends.

The evidence table lists what each part adds to the log-odds of the score. What they leave of it is
where every cluster starts, before anything is known of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BENIGN = "benign: "
"""How the signal of the best innocent explanation begins."""
MOST_FOR, MOST_AGAINST = 6, 4
"""Parts shown by themselves; the others are one step together."""
WORTH_SHOWING = 0.1
"""Log-odds below which a part is not shown by itself."""
NOTHING = 0.005
"""Log-odds that are written as 0.0 and are no part at all."""
REACH = 5.3
"""Log-odds that the axis shows on both sides at least: scores of 0.005 to 0.995."""
TICKS = (0.01, 0.1, 0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True)
class Step:
    """One move of the score."""

    line: dict[str, Any] | None
    """Row of the evidence table; None for several parts together."""
    n_parts: int
    log_odds: float
    """What it adds."""
    score: float
    """Where the score stands after it, 0 to 1."""
    left: float
    width: float
    """Where the bar stands, in percent of the axis."""


@dataclass(frozen=True, slots=True)
class ScoreSteps:
    """A score as a sum, ready to be drawn."""

    start: float
    """Score before any evidence, 0 to 1."""
    start_at: float
    end_at: float
    """Where start and end stand, in percent of the axis; as all places here."""
    steps: list[Step]
    rest: list[dict[str, Any]]
    """Evidence not shown by itself: what adds most first, then what adds nothing."""
    n_silent: int
    """How many of the rest add nothing."""
    ticks: list[tuple[float, float]]
    """Scores on the axis and where they stand."""


def score_steps(lines: Sequence[dict[str, Any]], score: float) -> ScoreSteps | None:
    """Lay out how a score adds up; None when its evidence says nothing about log-odds.

    Parameters
    ----------
    lines : a cluster's rows of the evidence table about this score
    score : 0 to 1

    Examples
    --------
    >>> capture = {"signal": "capture", "log_odds": 2.2, "statement": "It makes 94%."}
    >>> found = score_steps([capture], 0.5)
    >>> f"{found.start:.2f}", [f"{step.score:.2f}" for step in found.steps]
    ('0.10', ['0.50'])
    """
    if not any(line["log_odds"] is not None for line in lines):
        return None
    ordered = sorted(lines, key=lambda line: (-abs(_adds(line)), -_strength(line), line["signal"]))
    loud = [line for line in ordered if abs(_adds(line)) >= WORTH_SHOWING]
    benign = [line for line in ordered if line["signal"].startswith(BENIGN)]
    loud = [line for line in loud if not line["signal"].startswith(BENIGN)]
    # whether something innocent fits is told even where that adds nothing
    shown = benign + [line for line in loud if _adds(line) > 0][:MOST_FOR]
    shown += [line for line in loud if _adds(line) < 0][:MOST_AGAINST]
    rest = [line for line in ordered if not any(line is one for one in shown)]
    weak = [line for line in rest if abs(_adds(line)) >= NOTHING]
    moves: list[tuple[dict[str, Any] | None, int, float]] = [
        (line, 1, _adds(line)) for line in shown
    ]
    if len(weak) == 1:
        moves.append((weak[0], 1, _adds(weak[0])))
        rest = [line for line in rest if line is not weak[0]]
        weak = []
    if weak:
        moves.append((None, len(weak), math.fsum(_adds(line) for line in weak)))

    end = _logit(score)
    stand = [end - math.fsum(_adds(line) for line in lines)]
    for _, _, move in moves:
        stand.append(stand[-1] + move)
    low = min(-REACH, *(at - 0.3 for at in stand))
    high = max(REACH, *(at + 0.3 for at in stand))

    def place(log_odds: float) -> float:
        return 100 * (log_odds - low) / (high - low)

    return ScoreSteps(
        start=_score(stand[0]),
        start_at=place(stand[0]),
        end_at=place(end),
        steps=[
            Step(
                line,
                n,
                move,
                _score(after),
                place(min(before, after)),
                100 * abs(move) / (high - low),
            )
            for (line, n, move), before, after in zip(moves, stand[:-1], stand[1:], strict=True)
        ],
        rest=rest,
        n_silent=len(rest) - len(weak),
        ticks=[(tick, place(_logit(tick))) for tick in TICKS],
    )


def _adds(line: dict[str, Any]) -> float:
    return float(line["log_odds"] or 0.0)


def _strength(line: dict[str, Any]) -> float:
    return float(line.get("strength") or 0.0)


def _logit(score: float) -> float:
    """Log-odds of a score; one so near 0 or 1 that it is written as such gives finite odds."""
    score = min(max(score, 1e-12), 1 - 1e-12)
    return math.log(score / (1 - score))


def _score(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
