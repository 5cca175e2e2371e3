"""The report: one HTML file of one run that opens offline and loads nothing from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets import wording
from cib.viz.drawing import Drawing
from cib.viz.network_figure import draw_network
from cib.viz.overview_figure import draw_overview
from cib.viz.page import Figures, environment, frame
from cib.viz.raster_figure import draw_raster
from cib.viz.score_steps import score_steps
from cib.viz.section import STAND_FOR_TARGETS, clauses, found_by, notes_on_targets, roles
from cib.viz.tables import Tables, main_targets, of_cluster, strongest_members, table
from cib.viz.targets_figure import draw_targets

MEMBER_ROWS = 100
"""Members that a cluster's section lists; the rest are in the run's tables."""
TARGET_ROWS = 50
QUARANTINE_ROWS = 200
POINTS_PER_PAGE = 64_000
LINES_PER_PAGE = 16_000
"""Caps over all sections together, which keep a page with 20 large clusters under 8 MiB."""


def render_report(tables: Tables, manifest: Mapping[str, Any], *, top: int = 20) -> str:
    """Write the report of one run.

    Parameters
    ----------
    tables : the run's tables by name (`clusters`, `members`, `edges`, `targets`, `evidence`,
        `accounts`, `interactions`, `quarantine`); an absent one counts as empty
    manifest : the run's manifest
    top : so many clusters, best ranked first, get a section; all are in the ranking

    Returns
    -------
    str
        A whole HTML page. The same tables and manifest give the same bytes.

    Raises
    ------
    UsageError
        A table lacks columns that the report reads.

    Examples
    --------
    >>> page = render_report({}, {"source": "plays.parquet"})
    >>> "No coordinated cluster was found" in page
    True
    """
    clusters = table(tables, "clusters").to_pylist()
    clusters.sort(key=lambda row: (row["rank"], row["cluster_id"]))
    figures = Figures()
    members = [strongest_members(tables, row["cluster_id"]) for row in clusters[:top]]
    activity = _activity(tables, [m["account_id"].slice(0, MEMBER_ROWS) for m in members])
    sections = [
        _section(tables, row, own, activity, figures, len(members))
        for row, own in zip(clusters, members, strict=False)
    ]
    if clusters:
        figures.add("overview", draw_overview(tables), "Clusters by their two scores")
    return environment().get_template("report.html.j2").render(
        manifest=_Manifest(manifest),
        clusters=clusters,
        sections=sections,
        figures=figures.captions,
        figure_data=figures.data,
        quarantine=table(tables, "quarantine").slice(0, QUARANTINE_ROWS).to_pylist(),
        n_quarantine=table(tables, "quarantine").num_rows,
        span=_span(table(tables, "accounts")),
        n_accounts=table(tables, "accounts").num_rows,
        **frame(),
    )  # fmt: skip


class _Manifest:
    """A manifest whose missing parts read as empty, so that an old run still gives a report."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._manifest = manifest
        self.rows: dict[str, int] = {
            part: int((manifest.get("rows") or {}).get(part, 0))
            for part in ("read", "used", "quarantined", "duplicates", "out_of_scope")
        }
        self.balanced = self.rows["read"] == sum(self.rows.values()) - self.rows["read"]
        tests = self.list("tests")
        # the same pairs are tested at every window: count each layer's once
        per_layer = {test.get("layer"): int(test.get("n_tests") or 0) for test in tests}
        self.n_tests = sum(per_layer.values())
        self.n_candidates = sum(int(test.get("n_candidates") or 0) for test in tests)
        self.n_discoveries = sum(int(test.get("n_discoveries") or 0) for test in tests)
        self.configuration: dict[str, Any] = dict(manifest.get("configuration") or {})
        self.q = self.configuration.get("q")
        self.windows = sorted({t["window_s"] for t in tests if t.get("window_s")})
        self.not_computed = [
            {
                "what": kind,
                "name": part.get("name"),
                "reason": part.get("reason") or "no reason given",
            }
            for kind in ("layer", "signal")
            for part in self.list(kind + "s")
            if not part.get("available", True)
        ]

    def text(self, key: str) -> str:
        """Return one value as text, empty when absent."""
        value = self._manifest.get(key)
        return "" if value is None else str(value)

    def list(self, key: str) -> list[Any]:
        """Return one list, empty when absent."""
        return list(self._manifest.get(key) or [])

    def mapping(self, key: str) -> dict[str, Any]:
        """Return one mapping, empty when absent."""
        return dict(self._manifest.get(key) or {})


def _section(
    tables: Tables,
    row: dict[str, Any],
    members: pa.Table,
    activity: Mapping[Any, dict[str, Any]],
    figures: Figures,
    n_sections: int,
) -> dict[str, Any]:
    """Gather what the section of one cluster shows."""
    cluster_id = row["cluster_id"]
    points = min(8000, max(1500, POINTS_PER_PAGE // n_sections))
    lines = min(2000, max(400, LINES_PER_PAGE // n_sections))
    targets = main_targets(tables, cluster_id)
    # an empty figure says less than its absence
    drawings: dict[str, tuple[Drawing, str]] = {}
    if of_cluster(tables, "interactions", cluster_id).num_rows:
        drawings["raster"] = draw_raster(tables, cluster_id, max_points=points), "Who acted when"
    if members.num_rows:
        network = draw_network(tables, cluster_id, max_edges=lines)
        drawings["network"] = network, "Who is joined to whom"
    if targets.num_rows:
        drawings["targets"] = draw_targets(tables, cluster_id), "Share of each target"
    evidence = of_cluster(tables, "evidence", cluster_id).to_pylist()
    evidence.sort(key=lambda e: (e["log10_p"] or 0.0, e["signal"], e["statement"]))
    together = [e for e in evidence if e["score"] == "coordination"]
    fake = [e for e in evidence if e["score"] == "inauthenticity"]
    notes = targets["beneficiary"].to_pylist() if "beneficiary" in targets.column_names else []
    return {
        "row": row,
        "figures": {
            kind: figures.add(f"cluster-{cluster_id}-{kind}", drawing, label)
            for kind, (drawing, label) in drawings.items()
        },
        "found_by": found_by(together),
        "roles": roles(members["role"].to_pylist()),
        "benign": clauses(row["benign_statement"]),
        "stand_for_targets": "" if row["n_contents"] else STAND_FOR_TARGETS,
        "beneficiary": notes_on_targets(notes),
        "evidence": {"coordination": together},
        "steps": score_steps(fake, row["inauthenticity"]),
        "members": [
            activity.get(member["account_id"], {}) | member
            for member in members.slice(0, MEMBER_ROWS).to_pylist()
        ],
        "n_members": members.num_rows,
        "targets": [
            {"beneficiary": None} | target for target in targets.slice(0, TARGET_ROWS).to_pylist()
        ],
        "n_targets": targets.num_rows,
    }


def _activity(tables: Tables, members: Sequence[pa.ChunkedArray]) -> dict[Any, dict[str, Any]]:
    """Return what the accounts table knows of members, by account; one look for all clusters."""
    accounts = table(tables, "accounts")
    if accounts.num_rows == 0 or not members:
        return {}
    # almost all accounts of a log are in no cluster
    accounts = accounts.filter(pc.is_valid(accounts["cluster_id"]))
    shown = pc.is_in(accounts["account_id"], value_set=pa.chunked_array(members))
    columns = ["account_id", "n_interactions", "first_ts", "last_ts"]
    rows = accounts.select(columns).filter(shown).to_pylist()
    return {row["account_id"]: row for row in rows}


def _span(accounts: pa.Table) -> str:
    """Return the time between the first and the last interaction of the log, in words."""
    if accounts.num_rows == 0:
        return "–"
    return wording.span(pc.min(accounts["first_ts"]).as_py(), pc.max(accounts["last_ts"]).as_py())
