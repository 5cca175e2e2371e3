"""What can be wrong with a run that somebody looks at."""

from __future__ import annotations

from cib.datasets.errors import CibError
from cib.datasets.hostile import printable


class RunGone(CibError):
    """A run, or a file of it, is no longer there."""

    exit_code = 65

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"Run {printable(run_id, 80)} is no longer there: it was moved or removed since this "
            "page was opened. Go to the list of runs for what is there now."
        )
        self.run_id = run_id


class NoSuchCluster(CibError):
    """A run has no cluster of that number."""

    exit_code = 65

    def __init__(self, cluster_id: int) -> None:
        super().__init__(
            f"This run has no cluster {cluster_id}. Clusters are numbered anew by each scan; look "
            "for the campaign in the list of clusters."
        )
        self.cluster_id = cluster_id


class NoSuchGroup(CibError):
    """A map has no group of that number."""

    exit_code = 65

    def __init__(self, group: int) -> None:
        super().__init__(
            f"The map has no group {group}. Groups are numbered anew by each scan and for each "
            "choice of filters; begin with the whole map."
        )
        self.group = group


class NoSuchRow(CibError):
    """A table of a run has no row of that number."""

    exit_code = 65

    def __init__(self, table: str, row: int) -> None:
        super().__init__(
            f"This run has no row {row} in its table {table}. Rows are numbered anew by each scan; "
            "search for the id instead."
        )
        self.table, self.row = table, row
