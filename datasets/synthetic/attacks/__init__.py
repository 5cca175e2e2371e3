"""The sixteen attacks: one module each, named here.

A module has `DEFAULTS` (a `RingSpec` of its scenario), `SWEEP` (what to vary) and
`make(rng, stage, spec)`, which returns what is `Planted`. To add one: write it, name it here.
Names in `SWEEP` are those of `RingSpec`; `options.…`, `infra.…` and `lifecycle.…` reach inside.
Options that the defaults leave out are a module's `FURTHER_OPTIONS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

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


def known_options(spec: Mapping[str, Any]) -> list[str]:
    """Return the names that `options` of a ring may have, in order.

    Parameters
    ----------
    spec : a ring's table, with a known scenario; one of clients has their scenario's options, too

    Examples
    --------
    >>> known_options({"scenario": "A02", "options": {}})
    ['lag_share', 'participation', 'play_s', 'targets_per_day']
    """
    module = SCENARIOS[spec["scenario"]]
    known = {*module.DEFAULTS.options, *getattr(module, "FURTHER_OPTIONS", ())}
    clients = spec["options"].get("of") if "of" in known else None
    if isinstance(clients, str) and clients in SCENARIOS and clients != spec["scenario"]:
        known |= set(known_options({"scenario": clients, "options": {}}))
    return sorted(known)
