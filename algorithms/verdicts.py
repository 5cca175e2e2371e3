"""Learning from verdicts: what people decided before, as a part of the score, and as a prior.

Two effects. A cluster whose accounts were judged before rises or falls by the share of its accounts
that were. And once enough clusters have been judged, the prior of all clusters moves towards what
people found: by beta-binomial shrinkage, so that a few verdicts move little.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.datasets.verdicts import AccountVerdicts

Floats = npt.NDArray[np.float64]

VERDICT_WEIGHT = 6.0
"""Log-odds when every account was judged alike: odds times 400. It outweighs any one signal, and
strong evidence of several can still outweigh it: a verdict is no licence for what comes after."""

FEWEST_CASES = 20
"""Judged clusters from which on the prior is recalibrated."""

PRIOR_CASES = 20.0
"""Judged clusters that the calibration of the scores counts for."""

LARGEST_SHIFT = 2.0
"""Most that verdicts on other clusters can move a cluster's log-odds."""

CONFIRMED, BENIGN_BEFORE = "verdicts: confirmed", "verdicts: benign"
"""Signals in the evidence table."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Verdicts on the accounts of each cluster, (n_clusters,) each."""

    n_accounts: npt.NDArray[np.int64]
    n_confirmed: npt.NDArray[np.int64]
    n_benign: npt.NDArray[np.int64]
    alternative: list[str]
    """The innocent explanation that was named most often, empty when none."""

    @property
    def judged(self) -> npt.NDArray[np.bool_]:
        """Clusters of whose accounts at least half have a verdict: a case that was closed."""
        return np.asarray(2 * (self.n_confirmed + self.n_benign) >= self.n_accounts)

    @property
    def confirmed(self) -> npt.NDArray[np.bool_]:
        """Clusters of whose accounts more than half were confirmed."""
        return np.asarray(2 * self.n_confirmed > self.n_accounts)

    @property
    def found(self) -> Floats:
        """1 where more accounts were confirmed than benign, 0 where fewer, one half where even."""
        return np.asarray((1 + np.sign(self.n_confirmed - self.n_benign)) / 2, np.float64)


@dataclass(frozen=True, slots=True)
class VerdictPart:
    """What the verdicts of one kind add to one cluster."""

    cluster: int
    signal: str
    n: int
    strength: float
    log_odds: float
    statement: str


@dataclass(frozen=True, slots=True)
class Recalibration:
    """How the prior moved, and why."""

    n_judged: int
    """Clusters of whose accounts at least half had a verdict."""
    n_found: float
    """Of them judged inauthentic; an even one counts half."""
    expected: float
    """Share of them that was expected: their mean inauthenticity without verdicts."""
    shift: float
    """Added to the log-odds of every cluster."""


def tally(verdicts: AccountVerdicts, of_account: npt.NDArray[np.int32], n_clusters: int) -> Tally:
    """Count verdicts by cluster.

    Parameters
    ----------
    verdicts : of the accounts of the log
    of_account : (n_accounts,) cluster of each, −1 for none
    n_clusters : number of clusters
    """
    inside = of_account >= 0
    owner, sign = of_account[inside], verdicts.sign[inside]
    names: list[Counter[str]] = [Counter() for _ in range(n_clusters)]
    for account, name in verdicts.alternative.items():
        if of_account[account] >= 0 and verdicts.sign[account] < 0:
            names[of_account[account]][name] += 1
    return Tally(
        np.bincount(owner, minlength=n_clusters),
        np.bincount(owner[sign > 0], minlength=n_clusters),
        np.bincount(owner[sign < 0], minlength=n_clusters),
        [min(c.items(), key=lambda one: (-one[1], one[0]))[0] if c else "" for c in names],
    )


def verdict_parts(counts: Tally) -> list[VerdictPart]:
    """One part per cluster and kind of verdict: the weight times the share of accounts.

    The two together lie between −6 and 6; one more confirmed account never lowers the sum, and
    one more benign account never raises it.
    """
    parts = []
    for cluster, n in enumerate(counts.n_accounts.tolist()):
        confirmed, benign = int(counts.n_confirmed[cluster]), int(counts.n_benign[cluster])
        if confirmed:
            share = confirmed / n
            said = f"{of(confirmed, n)} confirmed inauthentic in earlier cases."
            up = VERDICT_WEIGHT * share
            parts.append(VerdictPart(cluster, CONFIRMED, confirmed, share, up, said))
        if benign:
            # as for other innocent explanations, strength is how little of it there is
            rest, why = 1 - benign / n, counts.alternative[cluster]
            because = f" (“{why}”)" if why else ""
            said = f"{of(benign, n)} judged benign in earlier cases{because}."
            down = VERDICT_WEIGHT * (rest - 1)
            parts.append(VerdictPart(cluster, BENIGN_BEFORE, benign, rest, down, said))
    return parts


def of(n: int, total: int) -> str:
    """Say how many of how many accounts.

    Examples
    --------
    >>> of(31, 40), of(1, 3)
    ('31 of 40 accounts were', '1 of 3 accounts was')
    """
    return f"{n:,} of {total:,} accounts {'was' if n == 1 else 'were'}"


def recalibrate(counts: Tally, predicted: Floats) -> Recalibration:
    """Move the prior towards what people found.

    The share of judged clusters that is inauthentic has the prior law Beta(m e, m (1 − e)): e is
    the mean inauthenticity that the scan gives to the judged ones without verdicts, m = 20 the
    cases that this counts for. After k of n were confirmed its mean is s = (k + m e) / (n + m), and
    the prior moves by logit s − logit e, at most by 2. People look at the most suspect clusters
    first; because e is of the judged ones alone, that choice does not move the prior.

    Parameters
    ----------
    counts : verdicts by cluster
    predicted : (n_clusters,) inauthenticity without verdicts

    Examples
    --------
    >>> n = np.full(40, 5)
    >>> half = Tally(n, n * (np.arange(40) < 20), n * (np.arange(40) >= 20), [""] * 40)
    >>> round(recalibrate(half, np.full(40, 0.2)).shift, 3)
    0.981
    """
    judged = counts.judged
    n, k = int(judged.sum()), float(counts.found[judged].sum())
    e = float(predicted[judged].mean()) if n else 0.0
    shift = 0.0
    if n >= FEWEST_CASES and 0 < e < 1:
        s = (k + PRIOR_CASES * e) / (n + PRIOR_CASES)
        shift = float(np.clip(logit(s) - logit(e), -LARGEST_SHIFT, LARGEST_SHIFT))
    return Recalibration(n, k, e, shift)


def logit(share: float) -> float:
    """Log-odds of a share between 0 and 1."""
    return float(np.log(share) - np.log1p(-share))
