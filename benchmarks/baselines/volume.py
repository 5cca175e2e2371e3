"""Volume alone: the more interactions, the more suspect.

No paper. Much of what detectors find is volume in disguise, so a score that does not beat this one
has found nothing (and where rings are loud, this one is hard to beat).
"""

from __future__ import annotations

import numpy as np

from baselines.findings import Findings
from cib.datasets import InteractionLog


def run(log: InteractionLog, *, threads: int | None = None) -> Findings:
    """Score by number of interactions; no clusters."""
    return Findings(np.bincount(log.account, minlength=log.n_accounts).astype(np.float64))
