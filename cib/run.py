"""A finished run: its tables, its manifest, its network."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from cib import store
from cib._version import __version__
from cib.datasets import run_folder
from cib.datasets.errors import UsageError
from cib.datasets.footers import fingerprint
from cib.datasets.wording import plural
from cib.settings import Settings

if TYPE_CHECKING:
    from cib.exploring import Exploring


class Run:
    """The result of a scan. Tables are Arrow: pandas, polars and DuckDB take them as they are.

    Attributes
    ----------
    path : Path or None
        Folder of the run, None for a run that was kept in memory.
    manifest : dict
        Version, configuration, inputs, row accounting, stages, what was tested and capped.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        tables: Mapping[str, pa.Table] | None = None,
        path: Path | None = None,
    ) -> None:
        self.manifest = dict(manifest)
        self.path = path
        self._tables = dict(tables or {})

    def table(self, name: str) -> pa.Table:
        """Return a table by name, read from disk when first asked for."""
        if name not in self._tables:
            if self.path is None:
                raise KeyError(f"a run has no table {name}")
            self._tables[name] = run_folder.read_table(self.path, name)
        return self._tables[name]

    @property
    def accounts(self) -> pa.Table:
        """One row per account, with its scores."""
        return self.table("accounts")

    @property
    def edges(self) -> pa.Table:
        """One row per significant pair of accounts and layer."""
        return self.table("edges")

    @property
    def clusters(self) -> pa.Table:
        """One row per cluster, in order of rank."""
        return self.table("clusters")

    @property
    def members(self) -> pa.Table:
        """One row per member of a cluster."""
        return self.table("members")

    @property
    def targets(self) -> pa.Table:
        """One row per content that a cluster acts on together."""
        return self.table("targets")

    @property
    def evidence(self) -> pa.Table:
        """One row per cluster and part of a score, with a sentence."""
        return self.table("evidence")

    @property
    def alternatives(self) -> pa.Table:
        """One row per cluster and innocent explanation that it was held against."""
        return self.table("alternatives")

    @property
    def interactions(self) -> pa.Table:
        """Every interaction of a member with a target of its cluster."""
        return self.table("interactions")

    @property
    def controls(self) -> pa.Table:
        """What accounts outside all clusters, matched to members, do with the same targets."""
        return self.table("controls")

    @property
    def quarantine(self) -> pa.Table:
        """What was wrong with the input."""
        return self.table("quarantine")

    @property
    def id(self) -> str:
        """Name of the run."""
        return str(self.manifest["run_id"])

    @cached_property
    def report(self) -> str:
        """The report as one HTML page."""
        if self.path is not None and (self.path / run_folder.REPORT).is_file():
            return (self.path / run_folder.REPORT).read_text(encoding="utf-8")
        return report_of({name: self.table(name) for name in REPORT_TABLES}, self.manifest)

    def network(self, kind: Literal["networkx", "igraph"] = "networkx") -> Any:
        """Return the coordination network.

        Parameters
        ----------
        kind : "networkx" (nodes are account ids) or "igraph" (vertex attribute `name`)

        Returns
        -------
        networkx.Graph or igraph.Graph
            Node attribute `cluster_id` (0 for none), edge attribute `weight`: the evidence
            summed over layers.
        """
        from cib.graphs.network import Network

        ends = pa.chunked_array(
            [*self.edges["account_a"].chunks, *self.edges["account_b"].chunks],
            self.edges["account_a"].type,
        )
        encoded = ends.combine_chunks().dictionary_encode()
        codes = np.asarray(encoded.indices)
        n = len(self.edges)
        network = Network.from_edges(
            codes[:n], codes[n:], self.edges["weight"].to_numpy(), len(encoded.dictionary)
        )
        names = encoded.dictionary.to_pylist()
        of = dict(
            zip(
                self.members["account_id"].to_pylist(),
                self.members["cluster_id"].to_pylist(),
                strict=True,
            )
        )
        attributes = {"name": names, "cluster_id": [of.get(name, 0) for name in names]}
        if kind == "igraph":
            return network.to_igraph(attributes)
        if kind == "networkx":
            return network.to_networkx(attributes)
        raise ValueError(f"kind must be 'networkx' or 'igraph', not {kind!r}.")

    def explore(self, *, casebook: str | Path | None = None, port: int = 0) -> Exploring:
        """Open this run in the explorer, on this machine; a notebook shows it in a frame.

        The server runs in a thread until `stop`, or until Python ends.

        Parameters
        ----------
        casebook : file with the decisions; by default `casebook.sqlite` beside the run. For a run
            that was kept in memory it is gone with the server unless a file is named.
        port : on 127.0.0.1; a free one when 0

        Returns
        -------
        Exploring
            With `url` and `stop()`.

        Raises
        ------
        UsageError
            The port is taken, or the casebook cannot be used.

        In a notebook, `cib.scan("demo/log", out="runs").explore()` shows where it is.
        """
        from cib.exploring import explore

        return explore(self, casebook=casebook, port=port)

    def __repr__(self) -> str:
        where = f" in {self.path}" if self.path else ""
        return (
            f"<Run {self.id}{where}: {plural(len(self.clusters), 'cluster')}, "
            f"{plural(len(self.edges), 'edge')}, "
            f"{plural(self.manifest['rows']['used'], 'interaction')}>"
        )


REPORT_TABLES = (
    "clusters",
    "members",
    "edges",
    "targets",
    "evidence",
    "accounts",
    "interactions",
    "quarantine",
)


def open_run(path: str | Path) -> Run:
    """Open a run from its folder.

    Raises
    ------
    BadDataError
        The folder holds no run.
    """
    folder = Path(path)
    return Run(run_folder.read_manifest(folder), path=folder)


def find_done(source: str | Path, settings: Settings, *, out: str | Path) -> Run | None:
    """Return the run that this very scan published before, if it did."""
    return existing_run(out, name_of(settings, fingerprint(source)))


def name_of(settings: Settings, inputs: Sequence[Mapping[str, Any]]) -> str:
    """Name the run of a scan; scans with the same name have the same tables."""
    from cib.algorithms.scoring import shipped_weights

    return store.run_id(__version__, settings.in_result, inputs, shipped_weights())


def existing_run(out: str | Path, name: str) -> Run | None:
    """Open a run by name; None when there is none yet.

    Raises
    ------
    BadDataError
        A table of it is missing or damaged.
    UsageError
        Something else stands at its place.
    """
    folder = Path(out) / name
    if run_folder.is_run(folder):
        run_folder.check_tables(folder)
        return open_run(folder)
    if os.path.lexists(folder):
        raise UsageError(f"{folder} exists and is not a run of cib; move it away.")
    return None


def report_of(tables: Mapping[str, pa.Table], manifest: Mapping[str, Any]) -> str:
    """Render the report page of a run."""
    from cib.viz import render_report

    return render_report(tables, manifest, top=int(manifest["configuration"]["top"]))
