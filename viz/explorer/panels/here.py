"""Which cluster of which run a panel shows, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cib.algorithms.actions import LISTENING
from cib.graphs.layers import layers_of_columns
from cib.viz.explorer.door.names import Names
from cib.viz.explorer.panels.selection import opened
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.runs.run_tables import RunTables

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

OF_NO_ACTION = layers_of_columns()
"""Layers that are named after what they read; all others are named after an action."""


@dataclass(frozen=True)
class Here:
    """A cluster, as whoever asks may see it.

    Attributes
    ----------
    explorer : what every page works with
    run : the run
    cluster_id : number of the cluster in it
    row : its row of `clusters`
    opened : how the address says that pictures start, see `selection.opened`
    """

    explorer: Explorer
    run: RunFiles
    cluster_id: int
    row: Mapping[str, Any]
    opened: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tables(self) -> RunTables:
        """Questions to the run."""
        return self.run.tables

    @cached_property
    def names(self) -> Names:
        """How ids are shown."""
        return self.explorer.names()

    @cached_property
    def actions(self) -> dict[str, int]:
        """Actions of the log that have a layer, and their interactions."""
        return {
            str(layer.get("name")).removesuffix(" (action)"): int(layer.get("n_rows") or 0)
            for layer in self.run.manifest.get("layers") or []
            if layer.get("available") and layer.get("name") not in OF_NO_ACTION
        }

    @cached_property
    def main_action(self) -> str | None:
        """The log's main action, chosen as signals do; None when no layer is of an action."""
        listening = [name for name in self.actions if name.lower() in LISTENING]
        return max(listening or self.actions, key=lambda name: self.actions[name], default=None)

    def account_href(self, row: int | None) -> str | None:
        """Address of an account's page."""
        return None if row is None else f"/run/{self.run.id}/account/{row}"

    def target_href(self, row: int | None) -> str | None:
        """Address of a target's page."""
        return None if row is None else f"/run/{self.run.id}/target/{row}"


def here(explorer: Explorer, run_id: str, cluster_id: int) -> Here:
    """Look a cluster up.

    Raises
    ------
    RunGone, NoSuchCluster
        It is not there (any more).
    """
    run = explorer.library.run(run_id)
    return Here(explorer, run, cluster_id, run.tables.cluster(cluster_id))


def here_at(explorer: Explorer, at: Mapping[str, Any]) -> Here:
    """Look up the cluster of the page that asks, from its store `cluster-at`."""
    found = here(explorer, str(at["run"]), int(at["cluster"]))
    return replace(found, opened=opened(at.get("opened")))
