"""Drawings: figures as plain data, from which the report and plotly's own figures are made.

The report needs no more than this data, and plotly takes longer to import than a small scan takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cib.viz.figure import Figure

Drawing = dict[str, Any]
"""`{"data": traces, "layout": …}` as plotly.js takes it, but with NumPy arrays for lists."""


def figure_of(drawing: Drawing) -> Figure:
    """Return a drawing as a plotly Figure, which checks every name and value in it."""
    from cib.viz.figure import Figure

    return Figure(drawing)
