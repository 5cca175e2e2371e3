"""Seeded synthetic logs with planted rings, honest confounders and the truth beside them.

Start reading in `demo.py` (presets, and the order in which a world is built), then `listening.py`
(how a session becomes plays) and `rings.py` (what is planted). `generate` is the public call.

The organic part, every confounder group and every ring draw from random streams of their own, so
that adding a ring leaves every other row as it was.
"""

from __future__ import annotations
