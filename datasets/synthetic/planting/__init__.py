"""Rings in somebody's real log, with the truth beside it.

Start at `tool.py` (`plant_rings`, the public call). `survey.py` reads the log once and says what it
is like, `stage.py` makes of that the stage that the attacks play on, `casting.py` turns what they
do into rows of the log (`ids.py`, `cover.py`, `values.py`), `placing.py` and `writing.py` put the
rows where they do not stand out, `truth.py` says what was planted.
"""

from __future__ import annotations

from cib.datasets.synthetic.planting.tool import plant_rings

__all__ = ["plant_rings"]
