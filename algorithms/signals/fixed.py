"""Fixed: whatever an account does, it does on one device at one address.

People carry their phones about: they act from home, on the way and at work, and have a second
device. An account that a script runs on a rented machine never goes anywhere. A shop's speaker
never does either, nor does the television of a household that acts little; so accounts are
compared with those of about as many interactions in their market, and those that mainly use a
speaker, a console, a car or a television are left out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals import fixed_kernels as kernels
from cib.algorithms.signals.main_values import home_markets, main_values, merged_markets
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import MIN_COMPARISON, count_having, of_members
from cib.datasets.needs import Needs

NEEDS: Needs = (("device_hash", "ip_hash"),)

USES = ("market", "platform")

FURNITURE = ("speaker", "console", "car", "tv")
"""Platforms that stay where they are; a shop plays from one, and hardly any farm does."""

MIN_INTERACTIONS = 20
"""With a device and with an address; of fewer, many may well come from one place."""


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Members all of whose interactions come from one device and one address."""
    known = np.ones(clusters.log.n_accounts, np.bool_)
    single = known.copy()
    for name in ("device_hash", "ip_hash"):
        column = clusters.log.extras[name]
        n, alone = kernels.only_value(
            clusters.log.account, codes_of(column), clusters.log.n_accounts
        )
        known &= n >= MIN_INTERACTIONS
        single &= alone
    known &= ~on_furniture(clusters)
    comparison = known & (clusters.of_account < 0)
    return count_having(
        "fixed",
        clusters,
        single & known,
        known,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} do all they do on one device at one address: they "
            f"never act on the way, at work or from a second device."
        ),
        among=merged_markets(home_markets(clusters), comparison, MIN_COMPARISON),
    )


def codes_of(column: pa.DictionaryArray) -> npt.NDArray[np.int32]:
    """(n_rows,) codes of a column, -1 for null."""
    return np.asarray(column.indices.fill_null(-1))


def on_furniture(clusters: Clusters) -> npt.NDArray[np.bool_]:
    """(n_accounts,) whether an account mainly uses what stays where it is; none if unknown."""
    column = clusters.log.extras.get("platform")
    if column is None:
        return np.zeros(clusters.log.n_accounts, np.bool_)
    furniture = [str(name) in FURNITURE for name in column.dictionary.to_pylist()]
    return np.asarray(np.array([*furniture, False])[main_values(clusters, column)[0]])
