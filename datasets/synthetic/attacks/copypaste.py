"""A16, hashtag and URL copy-paste: the same text with the same link or tag, from many accounts.

For each target the operator writes one message and sends it out; accounts post or share it within a
window, word for word or changed here and there. A text is its 64-bit SimHash (Charikar 2002): a
copy differs from the message in none to three bits, the distance at which near-duplicates are found
(Manku, Jain, Das Sarma 2007); a paraphrase differs in six to 24. Near-duplicate text on the same
link within seconds to hours betrays it; open campaigns and newsrooms look alike. With the action
`like`, the accounts like posts at the same moment instead, and most share them seconds later.
50 to 2,000 accounts, 10 s to 24 h and 0 to 80% paraphrased are the scenario's ranges.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.events import LIKE, POST, SHARE, Events
from cib.datasets.synthetic.markets import DAY_S, START_US
from cib.datasets.synthetic.operating import (
    acts,
    choose_targets,
    cover_plays,
    jitter,
    live_days,
    operated,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.simhash import flipped
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes
from cib.datasets.synthetic.turns import clear_of

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="copypaste",
    number=16,
    scenario="A16",
    n_accounts=120,
    n_targets=30,
    audience=(5, 300),
    target_share=0.5,
    clock="diurnal",
    jitter_s=0.0,
    infra=Infra(accounts_per_ip=6),
    fresh_share=0.6,
    tiers={"free": 0.9, "premium": 0.1},
    complicity="operator_owned",
    options={
        "action": "post",
        "window_s": 600.0,
        "paraphrase": 0.3,
        "hashtag_share": 0.5,
        "participation": 0.8,
        "share_after": 0.6,
    },
)
"""Options: `action`, post, share (links and tags) or like (posts); `window_s` in which a message
goes out; `paraphrase`, share of the texts changed beyond near-duplicates; `hashtag_share` of the
targets are tags, the others links; `participation`, share of the accounts that send a given
message; `share_after`, with `like`, share of the likes followed by a share. `jitter_s` comes on top
of the window. Each account serves a target once, so `plays_per_day` has no meaning here."""
SWEEP = {
    "n_accounts": (50, 200, 2_000),
    "options.window_s": (10, 600, 86_400),
    "options.paraphrase": (0.0, 0.3, 0.8),
}
_ACTIONS = {"post": POST, "share": SHARE, "like": LIKE}
_FROM_S, _TO_S = 2 * 3_600.0, 30 * 3_600.0
"""A message goes out this long after its content is there."""


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    action = spec.choice("action", "post")
    live = live_days(rng, stage, spec)
    targets, at = _messages(rng, stage, spec, live)
    on_day = np.clip((at // DAY_S).astype(np.int64), 0, stage.n_days - 1)
    follows = rng.random((len(accounts), len(targets))) < spec.option("participation", 0.8)
    who, order = np.nonzero(follows & live[:, on_day])
    delay = rng.uniform(0, spec.option("window_s", 600.0), len(who))
    moment = at[order] + delay + jitter(rng, spec, len(who))
    sent = acts(accounts, who, targets[order], _ACTIONS[action], moment)
    if action == "like":
        after = sent.take(rng.random(len(sent)) < spec.option("share_after", 0.6))
        wait_us = (rng.uniform(2, 12, len(after)) * 1e6).astype(np.int64)
        sent = Events.concat([sent, after.replace(action=SHARE, start_us=after.start_us + wait_us)])
    else:
        bits = np.where(
            rng.random(len(sent)) < spec.option("paraphrase", 0.3),
            rng.integers(6, 25, len(sent)),
            rng.integers(0, 4, len(sent)),
        )
        sent = sent.replace(text_hash=flipped(rng, hashes(rng, len(targets))[order], bits))
    sent = sent.replace(inauthentic=True)
    cover = cover_plays(rng, stage, spec, accounts, sent)
    events = Events.concat([sent, cover.take(clear_of(sent, cover, 1.0))])
    role = "amplifier" if action == "like" else "poster"
    component = operated(rng, stage, spec, accounts, events, role=role)
    return Planted(spec, component, Targets.of(targets, spec.complicity))


def _messages(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, live: Array
) -> tuple[Array, Array]:
    """Draw the targets and when each one's message goes out, seconds since the log's start."""
    if spec.choice("action", "post") == "like":
        of_kind = {"post": spec.n_targets}
    else:
        n_tags = round(spec.n_targets * spec.option("hashtag_share", 0.5))
        of_kind = {"hashtag": n_tags, "url": spec.n_targets - n_tags}
    working = np.flatnonzero(live.any(axis=0))
    first, last = (working[0], working[-1] + 1) if len(working) else (0, 0)
    there_s = (stage.catalogue.release_us - START_US) / 1e6
    in_time = np.flatnonzero(there_s < last * DAY_S - _TO_S)
    parts = [
        choose_targets(rng, stage, replace(spec, n_targets=n), kind, known=False, among=in_time)
        for kind, n in of_kind.items()
        if n
    ]
    targets = np.concatenate(parts)
    earliest = np.maximum(there_s[targets], first * DAY_S)
    # What is old when the ring starts gets its message on any of its days.
    old = there_s[targets] < first * DAY_S - DAY_S
    spread = np.where(old, np.maximum((last - first) * DAY_S - _TO_S, 0), 0.0)
    at: Array = (
        earliest + rng.random(len(targets)) * spread + rng.uniform(_FROM_S, _TO_S, len(targets))
    )
    return targets, at
