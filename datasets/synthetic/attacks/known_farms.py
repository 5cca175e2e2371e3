"""Rings after public cases of stream farming, and the three regimes of a published simulation.

Figures are those of the case where they are public; the others are assumptions, named as such.
Every field can be changed as for any ring: how large a case is in a world goes with `n_accounts`,
`plays_per_day` and `n_days`.
"""

from __future__ import annotations

from dataclasses import replace

from cib.datasets.synthetic.attacks import hub_playlists, lockstep, thin_farm
from cib.datasets.synthetic.rings import Infra, RingSpec

BULGARIA_2017 = replace(
    hub_playlists.DEFAULTS,
    ring_id="bulgaria-2017",
    number=301,
    preset="bulgaria_2017",
    n_accounts=1_200,
    n_targets=467,
    audience=(0.0, 1.0),
    markets=("US",),
    target_share=1.0,
    cover="none",
    plays_per_day=200.0,
    plays_sigma=0.1,
    clock="flat24",
    jitter_s=43_200.0,
    tiers={"premium": 1.0},
    infra=Infra(accounts_per_ip=10),
    complicity="operator_owned",
    options={
        "playlists": 2,
        "tracks": 234,
        "fill": 1.0,
        "owners": 1,
        "labels": 6,
        "playlists_each": 2,
        "shuffle": 1.0,
        "followers": 1_800,
        "play_s": 43.0,
    },
)
"""musicbusinessworldwide.com, February 2018: two playlists, 467 tracks of hardly known artists and
mostly 30-odd seconds (43 s on average), about 1,200 monthly listeners, all thought to be paying
accounts that loop at random; 1,797 followers; No. 11 by revenue in the United States, which is why
the accounts are there. Assumed: 200 plays an account and day, a tenth of what a loop around the
clock would give, addresses and labels. Tracks of a world are longer: they are left after 43 s."""

DENMARK_2018 = replace(
    lockstep.DEFAULTS,
    ring_id="denmark-2018",
    number=302,
    preset="denmark_2018",
    n_accounts=20,
    n_targets=244,
    audience=(0.0, 20.0),
    markets=("SE",),
    n_days=7,
    plays_per_day=39_286.0,
    jitter_s=0.2,
    tiers={"premium": 1.0},
    infra=Infra(accounts_per_ip=20, accounts_per_device=1, asns=1),
    complicity="operator_owned",
    options={"spacing_s": 33.5, "targets_per_run": 20, "participation": 1.0, "parallel": 16},
)
"""musicbusinessworldwide.com on the trial of 2024 (reported to the police in 2018): 244 tracks were
played 5.5 million times within a week, most of it by 20 accounts; 39,286 plays an account and day
need parallel streams. Assumed: 16 of them in step, 31 to 35 s a play, one data centre, and all
plays by the 20. Sweden stands for Denmark, which is none of the twelve markets."""

SMITH_2017 = replace(
    thin_farm.DEFAULTS,
    ring_id="smith-2017",
    number=303,
    preset="smith_2017",
    n_accounts=1_040,
    n_targets=10_000,
    markets=("US",),
    n_days=7,
    target_share=1.0,
    cover="none",
    plays_per_day=636.0,
    plays_sigma=0.0,
    tiers={"family": 1.0},
    platforms={"web": 1.0},
    infra=Infra(accounts_per_ip=20, accounts_per_device=20, asns=1),
    options={"labels": 12, "accounts_per_card": 60, "mail_domains": 3, "play_s": 135.0},
)
"""US v. Smith (S.D.N.Y., indictment of September 2024, as reported in the press; allegations): in
2017, 52 cloud accounts with 20 bots each, 636 streams a bot and day, 661,440 in all, one every
2 min 16 s, in browser tabs, on family plans and debit cards, for hundreds of thousands of tracks.
Assumed: 10,000 tracks, how many share a card, and a week of it, for 4.6 million plays."""

BEATDAPP_63 = replace(
    lockstep.DEFAULTS,
    ring_id="beatdapp-63",
    number=304,
    preset="beatdapp_63",
    n_accounts=10_000,
    n_targets=63,
    plays_per_day=21.0,
    infra=Infra(accounts_per_ip=25, accounts_per_device=5, asns=4),
    options={"spacing_s": 41.0, "targets_per_run": 21, "participation": 0.9},
)
"""Beatdapp, a vendor, in the press of 2023: "10,000 accounts all playing the same 63 tracks". All
else is assumed: in step, 21 plays a day, so that all tracks have had their turn in three days."""

_REGIME = replace(
    lockstep.DEFAULTS,
    n_accounts=60,
    n_targets=60,
    plays_per_day=30.0,
    clock="diurnal",
    jitter_s=10.0,
    infra=Infra(),
    options={"spacing_s": 95.0, "targets_per_run": 10, "participation": 1.0},
)
"""Iannucci, Muratore, Matakos, Kivelä: Detecting Coordinated Activities Through Temporal,
Multiplex, and Collaborative Analysis (arXiv:2512.19677, 2025). The regimes are simulated after
their names and a published summary, not after the paper's own parameters: sizes, bursts a day and
spread within a burst are assumed, and there are no shared machines, so that only who acts when can
be seen."""

IANNUCCI_SYNCHRONOUS = replace(
    _REGIME, ring_id="iannucci-synchronous", number=305, preset="iannucci_synchronous"
)
"""Synchronous bursts: all accounts act in every burst (see `_REGIME` for the source)."""

IANNUCCI_ALTERNATING = replace(
    _REGIME,
    ring_id="iannucci-alternating",
    number=306,
    preset="iannucci_alternating",
    options={**_REGIME.options, "on_days": 1, "off_days": 1},
)
"""Alternating bursts: days with bursts and days of inactivity take turns."""

IANNUCCI_ROTATING = replace(
    _REGIME,
    ring_id="iannucci-rotating",
    number=307,
    preset="iannucci_rotating",
    options={**_REGIME.options, "subsets": 3},
)
"""Rotating subsets: each burst is a third of the accounts' work, the thirds take turns."""

PRESETS: dict[str, RingSpec] = {
    str(spec.preset): spec
    for spec in (
        BULGARIA_2017,
        DENMARK_2018,
        SMITH_2017,
        BEATDAPP_63,
        IANNUCCI_SYNCHRONOUS,
        IANNUCCI_ALTERNATING,
        IANNUCCI_ROTATING,
    )
}
