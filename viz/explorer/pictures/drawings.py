"""Figures of a cluster, an account, a target, as pages show them and exports take them away.

Each function returns None where the run or the cluster has nothing to draw.
"""

from __future__ import annotations

import pyarrow as pa

from cib.algorithms.signals import account_signals
from cib.viz.comparison_figure import draw_comparison
from cib.viz.drawing import Drawing
from cib.viz.explorer import pieces
from cib.viz.explorer.panels.here import Here
from cib.viz.explorer.runs import cluster_facts
from cib.viz.explorer.runs.narrowing import Side
from cib.viz.habits_figures import draw_durations, draw_hours_of_week, draw_shares
from cib.viz.score_steps import BENIGN, score_steps
from cib.viz.text import printable
from cib.viz.waterfall_figure import draw_waterfall

SHOWN = 8
"""Values of a column that are drawn or listed."""
BIN_MS = 5000
ALWAYS = {"n_interactions": "interactions, all in all", "n_contents": "different contents"}
"""Columns that are no signals: by the first the two sides of a comparison were matched."""
MARKETS = {"market": "Markets of the accounts", "ip_market": "Markets they come from"}

_SIDES: tuple[Side, ...] = ("interactions", "controls")


def hours(here: Here) -> Drawing | None:
    """Draw when in the week members act, and others beside them."""
    if not here.row["n_interactions"]:
        return None
    mine = here.tables.hours_of_week(here.cluster_id)
    return draw_hours_of_week(mine, here.tables.hours_of_week(here.cluster_id, of="controls"))


def durations(here: Here) -> Drawing | None:
    """Draw how long plays of the targets last."""
    mine, theirs = (
        here.tables.durations(here.cluster_id, of=side, bin_ms=BIN_MS) for side in _SIDES
    )
    if mine is None or not len(mine):
        return None
    return draw_durations(_pairs(mine), _pairs(theirs) if theirs is not None else ())


def _pairs(table: pa.Table) -> list[tuple[int, int]]:
    return list(zip(table["ms"].to_pylist(), table["n"].to_pylist(), strict=True))


def markets(here: Here, column: str) -> Drawing | None:
    """Draw where accounts are at home, or where they come from."""
    found = market_shares(here, column)
    if found is None or not found[1]:
        return None
    shares, n = found
    rest = f" The commonest of {n} markets are shown." if n > len(shares) else ""
    caption = f"Shares of interactions, of members and of those compared with.{rest}"
    return draw_shares(shares, title=MARKETS[column], caption=caption)


def market_shares(
    here: Here, column: str
) -> tuple[list[tuple[str, float, float | None]], int] | None:
    """Return shares of interactions by market, of members and of others, and how many there are."""
    mine = here.tables.shared_by(here.cluster_id, column, limit=SHOWN)
    if mine is None:
        return None
    top, n = mine
    totals = {side: _by_value(here, column, side) for side in _SIDES}
    all_mine = max(sum(totals["interactions"].values()), 1)
    all_theirs = sum(totals["controls"].values())
    rows = []
    for value in top["value"].to_pylist():
        theirs = totals["controls"].get(value, 0) / all_theirs if all_theirs else None
        part = totals["interactions"].get(value, 0) / all_mine
        rows.append((here.names.cell(column, value, 40), part, theirs))
    return rows, n


def _by_value(here: Here, column: str, side: Side) -> dict[object, int]:
    found = here.tables.shared_by(here.cluster_id, column, of=side, limit=10_000)
    if found is None:
        return {}
    values, counts = found[0]["value"].to_pylist(), found[0]["n_interactions"].to_pylist()
    return dict(zip(values, counts, strict=True))


def machines(here: Here, column: str, many: str) -> Drawing | None:
    """Draw which part of the members the commonest devices, addresses or networks serve."""
    found = here.tables.shared_by(here.cluster_id, column, limit=SHOWN)
    if found is None or not found[1]:
        return None
    top, n = found
    size = max(int(here.row["n_accounts"]), 1)
    rows = [
        (here.names.cell(column, row["value"], 60), row["n_accounts"] / size, None)
        for row in top.to_pylist()
    ]
    rest = f" Shown are the commonest of {n}." if n > len(rows) else ""
    caption = f"Which part of the members each serves.{rest}"
    return draw_shares(rows, title=f"Shared {many}", caption=caption)


def comparison(here: Here) -> Drawing | None:
    """Draw signals of members beside those of matched accounts."""
    members, others, matched = compared(here)
    units = _units()
    there = {name: unit for name, unit in units.items() if name in members.column_names}
    who = (
        "that act on the same targets, the nearest in how much they do"
        if matched
        else "in no cluster that are about as busy (the run keeps none with the same targets)"
    )
    return draw_comparison(
        {name: members[name].to_pylist() for name in there},
        {name: others[name].to_pylist() for name in there},
        there,
        others_are=who,
    )


def compared(here: Here) -> tuple[pa.Table, pa.Table, bool]:
    """Return the signals of members and of others; see `cluster_facts.signals_of`."""
    return cluster_facts.signals_of(
        here.tables.source, here.tables.cache, here.cluster_id, list(_units())
    )


def _units() -> dict[str, str]:
    return ALWAYS | {f"signal_{name}": unit for name, unit in account_signals().items()}


def waterfall(here: Here) -> Drawing | None:
    """Draw how the score of inauthenticity adds up."""
    lines = here.tables.evidence(here.cluster_id).to_pylist()
    fake = [line for line in lines if line["score"] == "inauthenticity"]
    score = float(here.row["inauthenticity"])
    sums = score_steps(fake, score)
    if sums is None:
        return None
    words = []
    for step in sums.steps:
        if step.line is None:
            words.append(f"{step.n_parts} weaker parts together")
        elif str(step.line["signal"]).startswith(BENIGN):
            named = printable(str(step.line["signal"]).removeprefix(BENIGN), 60)
            fits = "none fits; the best is" if here.row["benign_ruled_out"] else "may fit:"
            words.append(f"Innocent explanation: {fits} {named}")
        else:
            words.append(printable(step.line["statement"], 600))
    adds = [pieces.sign(step.log_odds) for step in sums.steps]
    title = f"Cluster {here.cluster_id}: how the score of inauthenticity adds up"
    return draw_waterfall(sums, score, words, adds, title=title)
