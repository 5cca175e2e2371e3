"""The sixteen groups of honest people who look coordinated: one module each, named here.

A module has `SIZE` (accounts in the standard world of 200,000) and `make(rng, stage, n, number)`,
which returns a `Component`; `number` is the component's. To add one: write it, name it here.
"""

from __future__ import annotations

from types import ModuleType

from cib.datasets.synthetic.confounders import album_drop

GROUPS: dict[str, ModuleType] = {
    "G01": album_drop,
}
