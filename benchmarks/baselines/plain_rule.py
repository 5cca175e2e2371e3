"""The plain rule: enough co-actions within a window, then connected components.

What most published tools come down to: repeated sharing of the same links within seconds
(Giglietto, Righetti, Rossi and Marino 2020, It takes a village to manipulate the media, and their
CooRnet), the Coordination Network Toolkit (Graham and others 2020). Nothing is tested: the number
is the whole argument.

The counting is `cib.graphs.coaction`, which is exact (joins in DuckDB and polars give the same
edges, see ../results.md), so only the rule is compared here and not somebody's speed. An edge's
weight is the number of distinct objects co-acted on, the boundary of the window included. An
account scores by its strongest edge; every component is reported.
"""

from __future__ import annotations

from baselines.findings import Findings, components, strongest
from baselines.inputs import objects
from cib.datasets import InteractionLog
from cib.graphs import coaction


def run(
    log: InteractionLog, *, window: int, min_tokens: int, threads: int | None = None
) -> Findings:
    """Apply the rule; `window` in microseconds."""
    pairs = coaction(
        log.account,
        objects(log),
        log.ts,
        window=window,
        min_tokens=min_tokens,
        threads=threads,
        scratch=log.scratch,
    )
    edges = [pairs[name].to_numpy() for name in ("a", "b", "n_tokens")]
    return Findings(strongest(*edges, log.n_accounts), components(*edges, log.n_accounts))
