"""Tables of which rows can be chosen: members, targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

COUNT = {"type": "rightAligned", "valueFormatter": {"function": "d3.format(',')(params.value)"}}
"""A column of counts, as the grid takes it."""


def choosing(
    name: str, columns: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]], height: int
) -> Component:
    """Make a table of which rows can be chosen; `selection.py` hears of it.

    Parameters
    ----------
    name : its id
    columns : as the grid takes them
    rows : `key` tells one from another
    height : pixels
    """
    return dag.AgGrid(
        id=name,
        columnDefs=columns,
        rowData=rows,
        defaultColDef={"resizable": True, "sortable": True, "suppressHeaderMenuButton": True},
        dashGridOptions={"rowSelection": {"mode": "multiRow", "enableClickSelection": True,
                                          "headerCheckbox": False},
                         "selectionColumnDef": {"pinned": "left", "width": 40},
                         "rowHeight": 32, "headerHeight": 34, "ensureDomOrder": True,
                         "tooltipShowDelay": 400},
        getRowId="params.data.key",
        style={"height": f"{height}px"},
        className="ag-theme-quartz",
    )  # fmt: skip
