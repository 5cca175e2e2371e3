"""The sixteen attacks: one module each, named here.

A module has `DEFAULTS` (a `RingSpec` of its scenario), `SWEEP` (what to vary) and
`make(rng, stage, spec)`, which returns what is `Planted`. To add one: write it, name it here.
Names in `SWEEP` are those of `RingSpec`; `options.…`, `infra.…` and `lifecycle.…` reach inside.
"""

from __future__ import annotations

from types import ModuleType

from cib.datasets.synthetic.attacks import (
    ad_farm,
    camouflage,
    chart_attack,
    copypaste,
    follow_farm,
    hub_playlists,
    jittered,
    lockstep,
    market_rotation,
    paid_humans,
    report_brigade,
    rotation,
    shared_operator,
    slow_drip,
    takeover,
    thin_farm,
)

SCENARIOS: dict[str, ModuleType] = {
    "A01": lockstep,
    "A02": jittered,
    "A03": hub_playlists,
    "A04": thin_farm,
    "A05": camouflage,
    "A06": rotation,
    "A07": slow_drip,
    "A08": takeover,
    "A09": paid_humans,
    "A10": shared_operator,
    "A11": chart_attack,
    "A12": market_rotation,
    "A13": follow_farm,
    "A14": report_brigade,
    "A15": ad_farm,
    "A16": copypaste,
}
