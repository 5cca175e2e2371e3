"""The page of an evaluation: detection curves and false positives, with their numbers beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from cib.viz.detection_figures import (
    Point,
    camouflage_curves,
    draw_camouflage,
    draw_size,
    most_rings,
    size_curves,
)
from cib.viz.false_positives_figure import draw_false_positives
from cib.viz.page import Figures, environment, frame
from cib.viz.reliability_figure import draw_reliability, reliability_points

OVERALL = (
    ("ring_recall", "Rings reported"),
    ("ring_found", "Rings found at all"),
    ("account_pr_auc", "Account PR-AUC"),
    ("account_recall_at_fpr", "Account recall at FPR ≤ 0.1%"),
    ("account_f1", "Account F1"),
    ("account_fpr", "Honest accounts flagged"),
    ("clusters_reported", "Clusters reported"),
    ("clusters_false", "Clusters reported that are false"),
    ("cluster_purity", "Purity"),
    ("weighted_precision", "Weighted precision"),
    ("brier", "Brier score of clusters"),
    ("calibration_error", "Calibration error of clusters"),
    ("time_to_detect_h", "Hours to detect, median"),
    ("streams_before_detection", "Streams before detection"),
)
"""Measures of the first table; the others are in evaluation.parquet."""


def render_detection_page(table: pa.Table, rings: pa.Table, notes: Sequence[str]) -> str:
    """Write the page of one evaluation.

    Parameters
    ----------
    table : the long table of the evaluation
    rings : one row per method and ring
    notes : what could not be measured, in sentences

    Returns
    -------
    str
        A whole HTML page that opens offline and loads nothing. The same tables give the same bytes.
    """
    rows = [row for row in table.to_pylist() if row["seed"] is None]
    several = len({row["degrade"] for row in rows}) > 1
    found: dict[str, dict[tuple[str, str, str], dict[str, Any]]] = {}
    for row in rows:
        name = f"{row['source']}, {row['degrade']}" if several else row["source"]
        found.setdefault(name, {})[row["stratum_kind"], row["stratum"], row["measure"]] = row
    figures = Figures()
    sections = []
    if rings.num_rows:
        sections = [
            _section(figures, "camouflage", draw_camouflage(rings), camouflage_curves(rings)),
            _section(figures, "size", draw_size(rings), size_curves(rings)),
        ]
    reliability = reliability_points(table)
    if reliability:
        figures.add(
            "reliability", draw_reliability(table), "Inauthenticity, predicted and observed"
        )
    figures.add("groups", draw_false_positives(table), "Honest accounts flagged by group")
    overall = [
        (label, [_value(mine.get(("all", "all", measure)), measure) for mine in found.values()])
        for measure, label in OVERALL
    ]
    worst = {
        name: next((row for key, row in mine.items() if key[0] == "worst_cell"), None)
        for name, mine in found.items()
    }
    return environment().get_template("detection.html.j2").render(
        methods=list(found),
        overall=[line for line in overall if any(value for value, _ in line[1])],
        n_rings=most_rings(rings),
        n_logs=len(set(rings["seed"].to_pylist())),
        sections=sections,
        worst=worst,
        reliability=reliability,
        notes=notes,
        figures=figures.captions,
        figure_data=figures.data,
        **frame(),
    )  # fmt: skip


def _section(
    figures: Figures, key: str, drawing: dict[str, Any], lines: dict[str, list[Point]]
) -> dict[str, Any]:
    """Add a figure, and put its numbers into a table: bins by methods."""
    title = str(drawing["layout"]["title"]["text"])
    names = list(dict.fromkeys(p.name for points in lines.values() for p in points))
    order = {p.name: p.x for points in lines.values() for p in points}
    return {
        "key": figures.add(key, drawing, title),
        "title": title,
        "bins": [
            (name, [next((p for p in points if p.name == name), None) for points in lines.values()])
            for name in sorted(names, key=lambda name: order[name])
        ],
    }


def _value(row: dict[str, Any] | None, measure: str) -> tuple[str, str]:
    """Write a value and its interval; empty when there is none."""
    if row is None or row["value"] is None:
        return "", ""
    if measure.startswith(("clusters_", "streams_")):
        return f"{row['value']:,.0f}", ""
    if measure == "time_to_detect_h":
        return f"{row['value']:,.1f}", ""
    forms = {"account_fpr": "{:.2%}", "brier": "{:.3f}", "calibration_error": "{:.3f}"}
    form = forms.get(measure, "{:.2f}")
    interval = ""
    if row["low"] is not None:
        interval = f"{form.format(row['low'])} to {form.format(row['high'])}"
    return form.format(row["value"]), interval
