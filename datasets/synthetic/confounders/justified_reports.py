"""G15, justified mass reporting: many report what is truly abusive, after they have met it.

Abusive posts and playlists get around within two days. Everybody here has viewed the post for some
seconds or played a few tracks of the playlist before reporting it, minutes to hours later and
mostly for the same reason. One in eight has seen it and says nothing. The abusers are members of
the group, too: what they made is their own doing. Looks like A14.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, make_accounts
from cib.datasets.synthetic.components import NUMBERS, Component, Context, honest_component
from cib.datasets.synthetic.confounders.crowd import heard, lives
from cib.datasets.synthetic.events import POST, REPORT, REPORT_REASONS, Events
from cib.datasets.synthetic.markets import DAY_S, START_US, local_start
from cib.datasets.synthetic.operating import acts
from cib.datasets.synthetic.scripts import parent_code
from cib.datasets.synthetic.sessions import everyday
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

SIZE = 600
_ITEM = 60
"""People who meet one abusive item, on average; every second item is a playlist."""
_SILENT = 0.125
_SAME_REASON = 0.75
_TRACKS = 15
_GRAVE = ("hate", "violence", "deceptive", "sexual")


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw the items, who meets them and who reports them."""
    catalogue, n_days = stage.catalogue, stage.n_days
    accounts = make_accounts(rng, catalogue, n, first_number=number * NUMBERS)
    n_items = max(min(round(n / _ITEM), n // 2), min(n, 2))
    author = np.arange(n_items)
    is_list = np.arange(n_items) % 2 == 0
    post = _posts(rng, stage, n_items)
    # A playlist appears when its author makes it, a post at its release.
    made_s = np.where(
        is_list,
        rng.uniform(0.1, max(0.6 * n_days, 1.0), n_items) * DAY_S,
        (catalogue.release_us[post] - START_US) / 1e6,
    )
    playlist = hashes(rng, n_items)
    listed = catalogue.draw_kind(rng, "track", n_items * _TRACKS).reshape(n_items, _TRACKS)

    who = np.arange(n_items, n)
    item = rng.integers(0, n_items, len(who))
    met_s = _met(rng, accounts, who, made_s[item])
    viewed, left_s = _exposures(
        rng, stage, accounts, who, item, met_s, is_list, post, playlist, listed
    )
    speaks = rng.random(len(who)) >= _SILENT
    reporter, item, left_s = who[speaks], item[speaks], left_s[speaks]
    wait_s = np.minimum(rng.exponential(1_500.0, len(reporter)), 6 * 3600.0)
    grave = np.array([REPORT_REASONS.index(reason) for reason in _GRAVE])
    reason = np.where(
        rng.random(len(reporter)) < _SAME_REASON,
        rng.choice(grave, n_items)[item],
        rng.integers(0, len(REPORT_REASONS), len(reporter)),
    )
    reports = acts(
        accounts,
        reporter,
        np.where(is_list[item], listed[item, 0], post[item]),
        REPORT,
        left_s + 10.0 + wait_s,
    ).replace(
        report_reason=reason,
        target_account=accounts.number[author[item]],
        parent_id=np.where(is_list[item], playlist[item], np.uint64(0)),
        parent_kind=np.where(is_list[item], parent_code("playlist_ugc"), -1),
    )
    posts = np.flatnonzero(~is_list)
    posted = acts(accounts, author[posts], post[posts], POST, made_s[posts] + 1.0).replace(
        text_hash=hashes(rng, len(posts))
    )
    events = lives(
        rng,
        stage,
        accounts,
        everyday(rng, accounts, n_days),
        plays=viewed,
        others=Events.concat([reports, posted]),
    )
    contexts = tuple(
        Context(
            parent_id=int(playlist[i]),
            kind="playlist_ugc",
            owner=int(accounts.number[author[i]]),
            created_us=START_US + int(made_s[i] * 1e6),
            followers=int(rng.integers(0, 40)),
        )
        for i in np.flatnonzero(is_list).tolist()
    )
    component = honest_component(number, accounts, events, "G15", contexts=contexts)
    role = np.full(n, "listener", object)
    role[author], role[reporter] = "poster", "reporter"
    return replace(component, role=role)


def _met(rng: np.random.Generator, accounts: Accounts, who: Array, made_s: Array) -> Array:
    """Draw when people come across an item: mostly within two days, at hours when they are up."""
    day = np.floor((made_s + rng.exponential(0.7 * DAY_S, len(who))) / DAY_S).astype(np.int64)
    met = local_start(rng, day, accounts.market[who], accounts.shift_h[who])
    early = np.maximum(np.ceil((made_s + 60.0 - met) / DAY_S), 0)
    seen: Array = met + early * DAY_S
    return seen


def _exposures(
    rng: np.random.Generator,
    stage: Stage,
    accounts: Accounts,
    who: Array,
    item: Array,
    met_s: Array,
    is_list: Array,
    post: Array,
    playlist: Array,
    listed: Array,
) -> tuple[Events, Array]:
    """Return views of the posts and plays of the lists, and when everybody has seen enough."""
    catalogue = stage.catalogue
    reads = np.flatnonzero(~is_list[item])
    view_s = rng.uniform(3.0, 28.0, len(reads))
    views = heard(catalogue, accounts, who[reads], post[item[reads]], met_s[reads], view_s)
    views = views.replace(parent_kind=-1, reason_end=-1)
    hears = np.flatnonzero(is_list[item])
    count = rng.integers(1, 5, len(hears))
    row = np.repeat(hears, count)
    slot = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    # They skip through it: 20 to 55 s of each.
    plays = heard(
        catalogue,
        accounts,
        who[row],
        listed[item[row], slot],
        met_s[row] + 60.0 * slot,
        rng.uniform(20.0, 55.0, len(row)),
        parent="playlist_ugc",
        parent_id=playlist[item[row]],
    )
    left_s = met_s.copy()
    left_s[reads] += view_s
    left_s[hears] += 60.0 * count
    return Events.concat([views, plays]), left_s


def _posts(rng: np.random.Generator, stage: Stage, n: int) -> Array:
    """Draw posts that come out in the first two thirds of the period, little known ones."""
    usable = stage.contents("post")
    out_day = (stage.catalogue.release_us[usable] - START_US) / 1e6 / DAY_S
    late = np.maximum(out_day - 0.65 * stage.n_days, 0) + np.maximum(-out_day, 0)
    order = np.lexsort((rng.random(len(usable)), late))
    chosen: Array = usable[np.resize(order, n)]
    return chosen
