"""The table of innocent explanations: every one, held against every cluster."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.alternatives import RULED_OUT_BELOW, absent_columns
from cib.algorithms.clusters import Clusters
from cib.algorithms.judgement import Judgement

AT_ONCE = 4096
"""Clusters of which statements are made at a time: they are long, and 17 for each cluster."""

SCHEMA = pa.schema(
    {
        "cluster_id": pa.int32(),
        "alternative": pa.string(),
        "fit": pa.float64(),
        "likeness": pa.float64(),
        "ruled_out": pa.bool_(),
        "statement": pa.string(),
        "tested": pa.bool_(),
    }
)


def alternatives_table(
    clusters: Clusters, judgement: Judgement, number: npt.NDArray[np.int32]
) -> pa.Table:
    """One row per cluster and alternative, what fits best first, what was not tested last.

    Parameters
    ----------
    number : (n_clusters,) the number of each cluster in this run
    """
    ordered = np.argsort(number)
    absent = absent_columns(clusters)
    parts = [
        _part(judgement, ordered[start : start + AT_ONCE], number, absent)
        for start in range(0, len(ordered), AT_ONCE)
    ]
    return pa.concat_tables([SCHEMA.empty_table(), *parts])


def _part(
    judgement: Judgement,
    some: npt.NDArray[np.int64],
    number: npt.NDArray[np.int32],
    absent: list[str],
) -> pa.Table:
    """Return the rows of some clusters, which are in order of their numbers."""
    n = len(some)
    names, statements = [], []
    fit, likeness, tested = [], [], []
    for one in judgement.weighed:
        names.append(one.name)
        said = one.of_clusters(some, absent)
        statements.append(pa.array([alternative.statement for alternative in said], pa.string()))
        fit.append(one.fit[some])
        likeness.append(one.likeness[some])
        tested.append(one.measured[some])
    for name, why in judgement.untested.items():
        names.append(name)
        text = f"{name[0].upper()}{name[1:]} cannot be told: {why}."
        statements.append(pa.repeat(pa.scalar(text, pa.string()), n))
        fit.append(np.zeros(n))
        likeness.append(np.zeros(n))
        tested.append(np.zeros(n, np.bool_))
    fits, alike, known = np.concatenate(fit), np.concatenate(likeness), np.concatenate(tested)
    cluster = np.tile(number[some], len(names))
    which = np.repeat(np.arange(len(names)), n)
    order = np.lexsort((which, -alike, -fits, ~known, cluster))
    known, fits, alike = known[order], fits[order], alike[order]
    return pa.table(
        [
            cluster[order],
            pa.array(names, pa.string()).take(pa.array(which[order])),
            pa.array(fits, mask=~known),
            pa.array(alike, mask=~known),
            pa.array(fits < RULED_OUT_BELOW, mask=~known),
            pa.concat_arrays(statements).take(pa.array(order)),
            known,
        ],
        schema=SCHEMA,
    )
