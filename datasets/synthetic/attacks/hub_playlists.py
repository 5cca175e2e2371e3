"""A03, hub playlists: a few owners' playlists that hardly anybody follows feed one label.

Targets stand in 1 to 300 playlists among well-known tracks (5 to 100% of a playlist are targets);
the accounts play the playlists from the top, day by day. It shows in the playlists: few owners, few
followers, many streams, one label. Editorial lists and the playlists of shop chains look alike.

Sources: the table of attack scenarios; two playlists carried the Bulgarian case of 2017. Lengths,
followers and how many playlists an account plays are assumptions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.components import Context, Targets
from cib.datasets.synthetic.cover import cover_listening, one_at_a_time
from cib.datasets.synthetic.events import SHUFFLE, Events
from cib.datasets.synthetic.markets import DAY_S, START_US
from cib.datasets.synthetic.operating import (
    choose_targets,
    cover_plays,
    live_days,
    operated,
    target_plays,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.schedules import coprime, expanded, plan, strayed
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="hub-playlists",
    number=3,
    scenario="A03",
    n_accounts=500,
    n_targets=120,
    plays_per_day=30.0,
    target_share=0.4,
    jitter_s=7_200.0,
    infra=Infra(accounts_per_ip=8, accounts_per_device=2),
    complicity="paying_client",
    options={
        "playlists": 12,
        "tracks": 50,
        "fill": 0.5,
        "owners": 3,
        "labels": 1,
        "playlists_each": 3,
        "shuffle": 0.3,
    },
)
"""Options: `playlists`; `tracks` of each; `fill`, share of them that are targets; `owners`, among
the `n_accounts`; `labels` that the targets are of; `playlists_each`, how many an account plays;
`shuffle`, share of the rounds that are shuffled; `followers` of a playlist, on average (15). A day
has room for 400 whole plays, or more if `play_s` is shorter, so a low `fill` bounds
`plays_per_day`; a `target_share` over `fill` has no effect."""
FURTHER_OPTIONS = ("followers", "play_s")
SWEEP = {
    "options.playlists": (1, 10, 100, 300),
    "options.fill": (0.05, 0.25, 0.5, 1.0),
    "n_accounts": (200, 1_000, 5_000),
}
_PLAY_S = 215.0
"""A whole play and the pause after it, on average."""


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    targets = choose_targets(rng, stage, spec, labels=int(spec.option("labels", 1)))
    tracks, is_target = _playlists(rng, stage, spec, targets)
    owners = min(max(int(spec.option("owners", 3)), 1), len(accounts) - 1)
    owner = np.arange(len(tracks)) % owners  # the first accounts
    parent_id = hashes(rng, len(tracks))
    live = live_days(rng, stage, spec)
    live[:owners] = False
    account, playlist, place, start_s, shuffled = _rounds(rng, stage, spec, accounts, live, tracks)
    plays = target_plays(
        rng,
        stage,
        spec,
        accounts,
        account,
        tracks[playlist, place],
        start_s,
        parent_id=parent_id[playlist],
    ).replace(flags=np.where(shuffled, SHUFFLE, 0), inauthentic=is_target[playlist, place])
    n = len(accounts)
    boosts, filler = plays.take(plays.inauthentic), plays.take(~plays.inauthentic)
    have = np.bincount(filler.account, minlength=n)
    cover = cover_plays(rng, stage, spec, accounts, boosts, filler=have)
    own = np.where(np.arange(n) < owners, accounts.rate * accounts.active * stage.n_days, 0)
    owned = cover_listening(rng, stage, spec, accounts, own)
    events = one_at_a_time(Events.concat([plays, cover, owned]))
    role = np.where(np.arange(n) < owners, "hub_owner", "listener")
    component = operated(
        rng,
        stage,
        spec,
        accounts,
        events,
        role=role,
        klass=np.where(role == "hub_owner", "operator", "automated"),
        contexts=_contexts(rng, spec, accounts, owner, parent_id),
    )
    used = np.setdiff1d(tracks[~is_target], targets)
    return Planted(
        spec,
        component,
        Targets.concat(
            [
                Targets.of(targets, spec.complicity),
                Targets.of(used, "unaware_beneficiary", "cover"),
            ]
        ),
    )


def _playlists(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, targets: Array
) -> tuple[Array, Array]:
    """Return each playlist's tracks and which of them are targets, (n_playlists, tracks)."""
    n, length = int(spec.option("playlists", 12)), int(spec.option("tracks", 50))
    filled = min(max(round(spec.option("fill", 0.5) * length), 1), length)
    known = stage.catalogue.draw_kind(rng, "track", n * length).reshape(n, length)
    is_target = np.zeros((n, length), bool)
    is_target[:, :filled] = True
    is_target = rng.permuted(is_target, axis=1)
    # All targets have their turn before one comes again.
    rounds = -(-n * filled // len(targets))
    known[is_target] = np.concatenate([rng.permuted(targets) for _ in range(rounds)])[: n * filled]
    return known, is_target


def _rounds(
    rng: np.random.Generator,
    stage: Stage,
    spec: RingSpec,
    accounts: Accounts,
    live: Array,
    tracks: Array,
) -> tuple[Array, Array, Array, Array, Array]:
    """Return account, playlist, place in it, moment and shuffle flag of every play of playlists.

    A round is one playlist from the top; all plays of a round wait for one another.
    """
    n, (n_playlists, length) = len(accounts), tracks.shape
    fill = max(round(spec.option("fill", 0.5) * length), 1) / length
    volume = spec.plays_per_day * np.exp(rng.normal(0, spec.plays_sigma, n)) / fill
    each = min(int(spec.option("playlists_each", 3)), n_playlists)
    chosen = (rng.integers(0, n_playlists, n)[:, None] + np.arange(each)) % n_playlists
    who, day = np.nonzero(live)
    play_s = spec.option("play_s", 0.0)
    room = DAY_S / (play_s + 1.5 if play_s > 0 else _PLAY_S)
    row, place = expanded(np.minimum(rng.poisson(volume[who]), int(room)))
    account, day = who[row], day[row]
    nth = place // length
    # The same rounds start for everybody about the same time; jitter takes them apart.
    most = int(nth.max(initial=0)) + 1
    planned_s = plan(rng, spec, stage.n_days, most)
    of_round, back = np.unique(row * most + nth, return_inverse=True)
    first = np.searchsorted(row * most + nth, of_round)
    begin_s = strayed(
        rng,
        spec,
        day[first],
        accounts.market[account[first]],
        planned_s[day[first], nth[first]],
    )
    shuffled = rng.random(len(of_round)) < spec.option("shuffle", 0.3)
    playlist = chosen[account, (day + nth) % each]
    # A shuffled round takes the places in another order, the same number of them.
    turn = rng.integers(0, length, len(of_round))[back]
    stride = coprime(rng, length, len(of_round))[back]
    place = np.where(shuffled[back], (turn + stride * place) % length, place % length)
    return account, playlist, place, begin_s[back], shuffled[back]


def _contexts(
    rng: np.random.Generator, spec: RingSpec, accounts: Accounts, owner: Array, parent_id: Array
) -> tuple[Context, ...]:
    """Describe the playlists: young, hardly followed, and titled after one template."""
    n = len(owner)
    age_s = rng.uniform(3, 90, n) * DAY_S
    created = np.maximum(
        START_US + ((spec.start_day * DAY_S - age_s) * 1e6).astype(np.int64),
        accounts.created_us[owner],
    )
    followers = rng.geometric(1 / max(spec.option("followers", 15.0), 1.0), n)
    title = hashes(rng, 1)[0] ^ (np.uint64(1) << rng.integers(0, 64, n).astype(np.uint64))
    return tuple(
        Context(
            parent_id=int(parent_id[i]),
            kind="playlist_ugc",
            owner=int(accounts.number[owner[i]]),
            created_us=int(created[i]),
            followers=int(followers[i]),
            title_simhash=int(title[i]),
        )
        for i in range(n)
    )
