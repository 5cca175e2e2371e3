"""Figures and the self-contained report of one run.

Lives here: figures (`overview`, `network`, `raster`, `targets`), their theme, the HTML report.
May import `cib.datasets`, `cib.graphs`, `cib.algorithms`; never the front (`cib.*` outside these).
Start reading at `report.py` (what a page holds), then `raster_figure.py` (the plainest figure).
Names in tables are hostile: every one passes through `text.py` before it is drawn or printed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cib.datasets.lazy import offer

if TYPE_CHECKING:
    from cib.viz.network_figure import network_figure
    from cib.viz.overview_figure import overview_figure
    from cib.viz.raster_figure import raster_figure
    from cib.viz.report import render_report
    from cib.viz.targets_figure import targets_figure

__all__ = [
    "network_figure",
    "overview_figure",
    "raster_figure",
    "render_report",
    "targets_figure",
]

offer(
    __name__,
    {
        "network_figure": "network_figure",
        "overview_figure": "overview_figure",
        "raster_figure": "raster_figure",
        "render_report": "report",
        "targets_figure": "targets_figure",
    },
)
