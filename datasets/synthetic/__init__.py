"""Seeded synthetic logs: everyday listeners, honest look-alikes, attacks, and the truth.

Start reading in `world.py` (what a world consists of) and `building.py` (how it comes to be), then
`population.py` and `playing.py` (how people listen), `confounders/` and `attacks/` (one file each)
and `write.py` (how it becomes files). `generate` is the public call.

Every block of listeners, every confounder group and every ring draws from a random stream of its
own, so that adding a ring leaves every other row as it was.
"""

from __future__ import annotations

from cib.datasets.synthetic.generating import generate
from cib.datasets.synthetic.presets import PRESETS
from cib.datasets.synthetic.rings import RingSpec
from cib.datasets.synthetic.world import WorldSpec
from cib.datasets.synthetic.world_file import read_world

__all__ = ["PRESETS", "RingSpec", "WorldSpec", "generate", "read_world"]
