"""The sixteen attacks: one module each, named here.

A module has `DEFAULTS` (a `RingSpec` of its scenario), `SWEEP` (what to vary) and
`make(rng, stage, spec)`, which returns what is `Planted`. To add one: write it, name it here.
Names in `SWEEP` are those of `RingSpec`; `options.…`, `infra.…` and `lifecycle.…` reach inside.
"""

from __future__ import annotations

from types import ModuleType

from cib.datasets.synthetic.attacks import (
    hub_playlists,
    jittered,
    lockstep,
    thin_farm,
)

SCENARIOS: dict[str, ModuleType] = {
    "A01": lockstep,
    "A02": jittered,
    "A03": hub_playlists,
    "A04": thin_farm,
}
