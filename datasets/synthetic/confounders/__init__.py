"""The sixteen groups of honest people who look coordinated: one module each, named here.

A module has `SIZE` (accounts in the standard world of 200,000) and `make(rng, stage, n, number)`,
which returns a `Component`; `number` is the component's. To add one: write it, name it here.
What several of them need is in `crowd`.
"""

from __future__ import annotations

from types import ModuleType

from cib.datasets.synthetic.confounders import (
    album_drop,
    campaigners,
    households,
    importers,
    justified_reports,
    list_followers,
    machine_listeners,
    organised_fans,
    promotion,
    shared_offices,
    shop_speakers,
    sleep_sounds,
    superfans,
    synchronous_events,
    travellers,
    viral_trend,
)

GROUPS: dict[str, ModuleType] = {
    "G01": album_drop,
    "G02": organised_fans,
    "G03": viral_trend,
    "G04": list_followers,
    "G05": households,
    "G06": shared_offices,
    "G07": sleep_sounds,
    "G08": shop_speakers,
    "G09": superfans,
    "G10": promotion,
    "G11": travellers,
    "G12": synchronous_events,
    "G13": importers,
    "G14": campaigners,
    "G15": justified_reports,
    "G16": machine_listeners,
}
