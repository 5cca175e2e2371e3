"""Graphs: layers (who touched which token when) and the projections that count account pairs.

May import `cib.datasets`. Kernels stand beside the file that uses them (`coaction.py`,
`coaction_kernels.py`). Only `network.py` converts to igraph and networkx.
Start reading at `coaction.py`; `layers/content.py` shows what a layer is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cib.datasets.lazy import offer

if TYPE_CHECKING:
    from cib.graphs.coaction import coaction
    from cib.graphs.incidence import TimeSlots, time_slots
    from cib.graphs.network import Network
    from cib.graphs.overlap import overlap

__all__ = ["Network", "TimeSlots", "coaction", "overlap", "time_slots"]

offer(
    __name__,
    {
        "Network": "network",
        "TimeSlots": "incidence",
        "coaction": "coaction",
        "overlap": "overlap",
        "time_slots": "incidence",
    },
)
