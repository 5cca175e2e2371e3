"""An account's signals beside those of comparable accounts: outside clusters, about as active."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from cib.algorithms.signals import account_signals
from cib.datasets.wording import count
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.standing_figure import Standing

PREFIX = "signal_"
WIDTHS = (2, 4, 16)
"""How many times as many or as few interactions a comparable account may have; the first that
finds enough of them."""
ENOUGH = 30
PERCENTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Peers:
    """The signals of an account, those first in which it stands out."""

    signals: tuple[Standing, ...]
    n_peers: int
    words: str
    """Who the comparable accounts are."""


def peers(run: RunFiles, account: dict[str, Any]) -> Peers:
    """Compare an account's signals with those of accounts outside clusters, about as active.

    Parameters
    ----------
    run : the run
    account : from `RunTables.account`

    Returns
    -------
    Peers
        Without signals when the run has none of this account, or nobody to compare with.
    """
    units = account_signals()
    names = [
        name
        for name, value in account.items()
        if name.startswith(PREFIX) and value is not None and math.isfinite(value)
    ]
    n = int(account["n_interactions"])
    for times in WIDTHS:
        low, high = n / times, n * times
        where = (
            "cluster_id IS NULL AND n_interactions BETWEEN $low AND $high "
            "AND file_row_number <> $row"
        )
        values = {"low": low, "high": high, "row": int(account["account_row"])}
        found = run.tables.source.query(
            f"SELECT count(*) AS n FROM {{accounts:rows}} WHERE {where}", values
        )
        n_peers = int(found["n"][0].as_py())
        if n_peers >= ENOUGH:
            break
    words = (
        f"{count(n_peers)} accounts in no cluster with {count(low)} to {count(high)} interactions"
    )
    if not names or not n_peers:
        return Peers((), n_peers, words)
    asked = ", ".join(
        f"quantile_cont({c}, {list(PERCENTILES)}) FILTER (isfinite({c})) AS q{i}, "
        f"avg(CASE WHEN {c} < $v{i} THEN 1.0 WHEN {c} = $v{i} THEN 0.5 ELSE 0.0 END) "
        f"FILTER ({c} IS NOT NULL) AS above{i}"
        for i, c in enumerate(names)
    )
    known = {f"v{i}": float(account[c]) for i, c in enumerate(names)}
    row = run.tables.source.query(
        f"SELECT {asked} FROM {{accounts:rows}} WHERE {where}", {**values, **known}
    ).to_pylist()[0]
    signals = [
        Standing(
            name=c.removeprefix(PREFIX),
            unit=units.get(c.removeprefix(PREFIX), ""),
            value=float(account[c]),
            others=tuple(row[f"q{i}"]),
            above=float(row[f"above{i}"] or 0.0),
        )
        for i, c in enumerate(names)
        if row[f"q{i}"] is not None
    ]
    signals.sort(key=lambda one: (-one.above, one.name))
    return Peers(tuple(signals), n_peers, words)
