"""Rings after public cases, scaled by their specification: chart attacks and injected plays.

Where a figure is not public, it is an assumption, named as such. The factor from a case to a world
of any size is `n_accounts`; plays per account and day are those of the case.
"""

from __future__ import annotations

from dataclasses import replace

from cib.datasets.synthetic.attacks import chart_attack
from cib.datasets.synthetic.rings import Infra, RingSpec

TIDAL_2016 = replace(
    chart_attack.DEFAULTS,
    ring_id="tidal-2016",
    number=201,
    preset="tidal_2016",
    n_accounts=1_700,
    n_targets=30,
    markets=("US", "GB", "SE", "DE", "FR"),
    start_day=2,
    n_days=25,
    target_share=1.0,
    cover="none",
    plays_per_day=7.5,
    plays_sigma=0.8,
    clock="flat24",
    jitter_s=0.0,
    duration="full",
    infra=Infra(),
    parent="album",
    complicity="unaware_beneficiary",
    options={"borrowed_share": 1.0, "plays_per_session": 15},
)
"""Dagens Næringsliv and NTNU's forensic report, 2018: 320 million false plays of two albums on the
accounts of 1.7 million existing subscribers, in two launches of 10 and 15 days in 2016; one of them
had an album 96 times in a day, 54 of these at night. The service denies it. So 188 plays an account
over 25 days, 7.5 a day, around the clock, all on everyday listeners' accounts, 1 in 1,000 of them.
The 30 tracks stand for the two albums; one period instead of two, and the spread between accounts,
are assumptions."""

EARRINGS_2026 = replace(
    chart_attack.DEFAULTS,
    ring_id="earrings-2026",
    number=202,
    preset="earrings_2026",
    n_accounts=2_000,
    n_targets=1,
    markets=("US",),
    start_day=6,
    n_days=2,
    plays_per_day=125.0,
    complicity="unaware_beneficiary",
)
"""The song "Earrings", June 2026: over 500,000 artificial streams removed after a sudden rise had
put a real hit, two years old, on top of the daily chart of the United States, as it seems to win
bets on it; no evidence against the artist (press). How many accounts there were is not public:
2,000 with 250 streams each within two days are assumed."""

PRESETS: dict[str, RingSpec] = {str(spec.preset): spec for spec in (TIDAL_2016, EARRINGS_2026)}
