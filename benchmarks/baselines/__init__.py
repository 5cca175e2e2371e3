"""What others do, written from their papers, so that a scan can be compared with it.

A baseline takes a log (`cib.datasets.InteractionLog`) and its parameters, and returns `Findings`:
a score for every account and clusters with a rank. It sees the required columns alone: account,
content, action and time. Each has a file of its own here that names its paper, says what is the
paper's and what is not; `inputs.py` and `findings.py` are what they share, `child.py` runs one.

What follows is data, so that listing the baselines imports none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SECOND = 1_000_000
"""Microseconds, the unit of a log's times."""
MINUTE = 60 * SECOND

TABLES = ("accounts", "clusters", "members")
"""What a baseline writes, as Parquet; their columns are in `findings.py`."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """One way of looking for rings, with its parameters."""

    name: str
    """Short; the name of its folder."""
    title: str
    """One line for tables."""
    source: str
    """The paper."""
    function: str
    """MODULE:FUNCTION below benchmarks/; called with the log, threads and the parameters."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """Durations in microseconds."""


def _rule(min_tokens: int) -> Baseline:
    return Baseline(
        f"rule-{min_tokens}",
        f"plain rule: at least {min_tokens} co-actions within 60 s",
        "Giglietto et al. 2020; Coordination Network Toolkit, Graham et al. 2020",
        "baselines.plain_rule:run",
        {"window": 60 * SECOND, "min_tokens": min_tokens},
    )


def _coortweet(name: str, window: int, edge_weight: float) -> Baseline:
    return Baseline(
        name,
        f"CooRTweet's rule: {window // SECOND} s, edges above percentile {100 * edge_weight:g}",
        "Righetti and Balluff 2025, CCR; CooRTweet 2.1.3",
        "baselines.coortweet:run",
        {"window": window, "min_participation": 2, "edge_weight": edge_weight},
    )


_ALL = (
    Baseline(
        "volume",
        "volume alone: number of interactions",
        "none; what every score must beat",
        "baselines.volume:run",
    ),
    _rule(2),
    _rule(5),
    _coortweet("coortweet", 10 * SECOND, 0.5),
    _coortweet("coortweet-99", 60 * SECOND, 0.99),
    Baseline(
        "centrality",
        "TF-IDF cosine, accounts above percentile 99 of eigenvector centrality",
        "Luceri et al. 2024, WWW",
        "baselines.centrality:run",
        {"percentile": 99.0},
    ),
    Baseline(
        "centrality-filtered",
        "TF-IDF cosine ≥ 0.5, accounts above percentile 99 of eigenvector centrality",
        "Luceri et al. 2024, WWW; both filters together are ours",
        "baselines.centrality:run_filtered",
        {"min_cosine": 0.5, "percentile": 99.0},
    ),
    Baseline(
        "synchrotrap",
        "SynchroTrap-like: Jaccard ≥ 0.5 of (content, 30 min), single linkage",
        "Cao et al. 2014, CCS",
        "baselines.synchrotrap:run",
        {"bin_width": 30 * MINUTE, "threshold": 0.5, "min_matches": 2},
    ),
    Baseline(
        "fraudar",
        "FRAUDAR: 10 dense blocks in turn, log column weights",
        "Hooi et al. 2016, KDD",
        "baselines.fraudar:run",
        {"n_blocks": 10},
    ),
)

BASELINES = {baseline.name: baseline for baseline in _ALL}
"""All of them by name, `volume` first: it is always shown."""
