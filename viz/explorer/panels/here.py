"""Which cluster of which run a panel shows, and to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cib.viz.explorer.door.names import Names
from cib.viz.explorer.panels.selection import opened
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.runs.run_tables import RunTables

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer


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

    @property
    def actions(self) -> Sequence[str]:
        """Actions of the log; none in runs of earlier versions, which did not tell."""
        actions: Sequence[str] = self.run.manifest.get("actions", ())
        return actions

    @property
    def main_action(self) -> str | None:
        """The action that signals took for the log's main one; None where the run does not tell."""
        action: str | None = self.run.manifest.get("main_action")
        return action

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
