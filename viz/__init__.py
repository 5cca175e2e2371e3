"""Figures, the self-contained report of one run, and the page of an evaluation.

Lives here: figures (`overview`, `network`, `raster`, `targets`), their theme, the HTML report; the
detection curves of an evaluation and their page (`detection_page.py`).
May import `cib.datasets`, `cib.graphs`, `cib.algorithms`; never the front (`cib.*` outside these).
Start reading at `report.py` (what a page holds), then `raster_figure.py` (the plainest figure);
`figure.py` is what all figures are when Python shows them.
Names in tables are hostile: every one passes through `text.py` before it is drawn or printed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cib.datasets.lazy import offer

if TYPE_CHECKING:
    from cib.viz.detection_figures import camouflage_figure, size_figure
    from cib.viz.detection_page import render_detection_page
    from cib.viz.false_positives_figure import false_positives_figure
    from cib.viz.network_figure import network_figure
    from cib.viz.overview_figure import overview_figure
    from cib.viz.raster_figure import raster_figure
    from cib.viz.reliability_figure import reliability_figure
    from cib.viz.report import render_report
    from cib.viz.targets_figure import targets_figure

__all__ = [
    "camouflage_figure",
    "false_positives_figure",
    "network_figure",
    "overview_figure",
    "raster_figure",
    "reliability_figure",
    "render_detection_page",
    "render_report",
    "size_figure",
    "targets_figure",
]

offer(
    __name__,
    {
        "camouflage_figure": "detection_figures",
        "false_positives_figure": "false_positives_figure",
        "network_figure": "network_figure",
        "overview_figure": "overview_figure",
        "raster_figure": "raster_figure",
        "reliability_figure": "reliability_figure",
        "render_detection_page": "detection_page",
        "render_report": "report",
        "size_figure": "detection_figures",
        "targets_figure": "targets_figure",
    },
)
