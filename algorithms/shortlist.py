"""The shortlist: of all tests made, those that may yet turn out significant.

Benjamini and Hochberg's procedure calls a test significant when fewer than q × (number of
significant tests) results as strong as its own are expected by chance. There are never more
significant tests than tests; so one that expects more than q × (tests on the list + tests still to
come) by chance can be forgotten at once. That changes no other's q-value either: the q-value of a
test is the smallest ratio of expected to found among those no stronger than itself, and where that
is q or less, the smallest ratio is that of a significant test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.fdr import log10_chance_count
from cib.algorithms.infrastructure import STATISTIC
from cib.algorithms.pair_tests import STATISTICS as OF_PAIRS
from cib.algorithms.pair_tests import Tested
from cib.graphs.sharing import N_STRATA, Sharing, stratum

STATISTICS = (*OF_PAIRS, STATISTIC)
"""The names of all statistics, by number."""

Columns = dict[str, npt.NDArray[Any]]

_SLACK = 1e-6
"""Decades: more than rounding may be wrong by."""

_ENOUGH = 1 << 18
"""Tests that come onto the list before it is looked through again."""


class Shortlist:
    """Candidates of several layers at their best window, as long as they may be significant.

    Parameters
    ----------
    sharing : the testable pairs of each layer
    window : (n_windows,) places of the windows to choose from among those tested
    q : the false discovery rate asked for
    """

    def __init__(self, sharing: Sequence[Sharing], window: Sequence[int], q: float) -> None:
        self.n_tests = np.concatenate([layer.n_pairs for layer in sharing])
        self.window = list(window)
        self.log10_q = float(np.log10(q))
        self.n_candidates = [np.zeros(len(self.window), np.int64) for _ in sharing]
        """Per layer, pairs that co-acted on enough tokens, by window."""
        self.n_untimed: dict[int, int] = {}
        """The same for layers without a time, which have no windows."""
        self._to_come = np.array([layer.n_pairs.sum() for layer in sharing])
        self._parts: list[Columns] = []
        self._looked_through = 0

    def expect(self, layer: int, n_pairs: int) -> None:
        """Say how many pairs of a layer will be added at most, now that it is known."""
        self._to_come[layer] = n_pairs

    def add(self, layer: int, tested: Tested) -> None:
        """Add tests of a layer."""
        pairs = tested.pairs
        enough = pairs.enough[self.window]
        self.n_candidates[layer] += enough.sum(axis=1)
        self._to_come[layer] = max(self._to_come[layer] - len(pairs.a), 0.0)
        log10_p = np.where(enough, tested.log10_p[self.window], np.inf)
        best = np.argmin(log10_p, axis=0)  # of equals the first, which is the shorter window
        adjusted = np.minimum(np.min(log10_p, axis=0) + np.log10(len(self.window)), 0.0)
        group = layer * N_STRATA + stratum(pairs.n_shared)
        chance = log10_chance_count(adjusted, group, self.n_tests)
        kept = np.flatnonzero(enough.any(axis=0) & (chance <= self._most(len(pairs.a))))
        at = np.array(self.window)[best[kept]], kept
        self._parts.append(
            {
                "a": pairs.a[kept],
                "b": pairs.b[kept],
                "layer": np.full(len(kept), layer, np.int32),
                "window_us": np.array(pairs.window)[at[0]],
                "statistic": tested.by_occasions[at].astype(np.int8),
                "observed": tested.observed[at],
                "expected": tested.expected[at],
                "log10_p": tested.log10_p[at],
                "log10_chance": chance[kept],
                "n_tokens": pairs.n_tokens[at],
                "n_events": pairs.n_events[at],
                "n_shared": pairs.n_shared[kept],
            }
        )
        if len(self) > self._looked_through + _ENOUGH:
            self._look_through()

    def add_untimed(self, layer: int, pairs: pa.Table) -> None:
        """Add tests of a layer without a time, from `measure_sharing`; they pay for no window."""
        self.n_untimed[layer] = len(pairs)
        self._to_come[layer] = 0.0
        column = {
            name: pairs[name].to_numpy() for name in pairs.column_names if name != "statistic"
        }
        group = layer * N_STRATA + column.pop("stratum")
        self._parts.append(
            {
                **column,
                "layer": np.full(len(pairs), layer, np.int32),
                "statistic": np.full(len(pairs), STATISTICS.index(STATISTIC), np.int8),
                "log10_chance": log10_chance_count(column["log10_p"], group, self.n_tests),
            }
        )

    def limit(self, layer: int) -> npt.NDArray[np.float64]:
        """(N_STRATA,) log10 of the p-value at one window from which on a layer's tests are dropped.

        By the stratum of the tokens shared; infinite where none is.
        """
        group = layer * N_STRATA + np.arange(N_STRATA)
        chance = log10_chance_count(np.zeros(N_STRATA), group, self.n_tests)
        most = self._most(0) + _SLACK
        return np.where(chance <= most, np.inf, most - chance - np.log10(len(self.window)))

    def __len__(self) -> int:
        return sum(len(part["a"]) for part in self._parts)

    def columns(self) -> Columns:
        """What is on the list, in the order it came; `layer` is the number of the layer."""
        self._look_through()
        return self._parts[0] if self._parts else {}

    def _most(self, n_more: int) -> float:
        """Chance count (log10) beyond which nothing is significant, `n_more` tests at hand."""
        most = len(self) + n_more + float(self._to_come.sum())
        return self.log10_q + float(np.log10(max(most, 1.0))) + _SLACK

    def _look_through(self) -> None:
        """Drop what cannot be significant any more; may let others follow, until none does."""
        if not self._parts:
            return
        whole = {name: np.concatenate([x[name] for x in self._parts]) for name in self._parts[0]}
        self._parts = [whole]
        while not (kept := whole["log10_chance"] <= self._most(0)).all():
            whole = {name: values[kept] for name, values in whole.items()}
            self._parts = [whole]
        self._looked_through = len(self)
