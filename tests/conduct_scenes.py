"""One cluster with known conduct, for tests of innocent explanations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cib.algorithms.clusters import with_targets
from cib.datasets.durations import US_PER_DAY, US_PER_HOUR, US_PER_SECOND
from logs import make_log

HOME, OTHERS = 0, 40
"""The first account that is no member, and how many of them there are."""
OWN_CONTENTS = 3000


def moments(rng, when, member, n, days):
    """Times of a member's n interactions with targets, microseconds, in order."""
    if when == "spread":
        return np.sort(rng.integers(0, days * US_PER_DAY, n))
    if when == "night":  # of the fifth day, and a quarter of them after it
        late = rng.random(n) < 0.25
        at = 5 * US_PER_DAY + rng.integers(0, 10 * US_PER_HOUR, n)
        return np.sort(at + late * rng.integers(1, 8, n) * US_PER_DAY)
    if when == "burst":  # half an hour on a day of one's own
        day = rng.integers(0, days)
        return day * US_PER_DAY + np.sort(rng.integers(0, US_PER_HOUR // 2, n))
    if when == "wave":  # few days, one's own hours
        return np.sort((2 * US_PER_DAY + rng.exponential(US_PER_DAY / 2, n)).astype(np.int64))
    if when == "clock":  # every half an hour, day and night
        return member * US_PER_SECOND + np.arange(n) * (US_PER_HOUR // 2)
    if when in ("opening", "nights"):  # twelve or nine hours a day, one after another
        a_day = 190
        day, nth = np.arange(n) // a_day, np.arange(n) % a_day
        begins = 8 * US_PER_HOUR if when == "opening" else rng.integers(0, 10, n)[day] * US_PER_HOUR
        pause = (12 if when == "opening" else 9) * US_PER_HOUR // a_day
        return day * US_PER_DAY + begins + nth * pause + rng.integers(0, US_PER_SECOND, n)
    raise ValueError(when)


def scene(
    *,
    n=10,
    targets=8,
    times=3,
    favourite=1,
    reach=1.0,
    lists=1,
    when="spread",
    days=20,
    others=OTHERS,
    own=150,
    skip=0.25,
    heard=180,
    cut=0.0,
    action="play",
    loved=0.04,
    parent=None,
    device="own",
    ip="own",
    asn="own",
    abroad=0.0,
    met=0.0,
    pays=1,
    gap=60,
    columns=True,
):
    """Members that do what the arguments say, among others; a cluster of those members.

    times: interactions of a member with each target; favourite: so many times as often with the
    first; lists: targets are so many lists, of which each member touches its own; reach: share of
    these it touches; loved: share of them that are likes; met: share of targets met beforehand;
    cut: share of plays that end at 31 s.
    """
    rng = np.random.default_rng(1)
    rows = []

    def add(account, content, ts, *, kind="play", seconds=180, parent=None, place=None, pays=1):
        place = account if place is None else place
        rows.append((account, content, int(ts), kind, seconds, parent, place, pays))

    for account in range(others):  # others know some of the targets, too
        for content in rng.permutation(targets)[: max(targets // 2, 1)]:
            add(account, content, rng.integers(0, days * US_PER_DAY))
    add(0, targets, 0, kind="like")  # somebody reacts to something
    members = range(OTHERS, OTHERS + n)
    for account in [*range(OTHERS), *members]:
        for ts in rng.integers(0, days * US_PER_DAY, own if account in members else 20):
            content = targets + rng.integers(0, OWN_CONTENTS)
            add(account, content, ts, seconds=10 if rng.random() < 0.25 else 180)
    for member in members:
        listed = np.arange(member % lists, targets, lists)
        known = rng.permutation(listed)[: max(round(reach * len(listed)), 1)]
        order = np.concatenate(
            [np.tile(known, times), np.repeat(known[0], times * (favourite - 1))]
        )
        if when in ("spread", "wave"):
            order = rng.permutation(order)
        at = moments(rng, when, member - OTHERS, len(order), days)
        for content, ts in zip(order, at, strict=True):
            seconds = 10 if rng.random() < skip else 31 if rng.random() < cut else heard
            kind = "like" if action == "play" and rng.random() < loved else action
            if rng.random() < met:
                add(member, content, ts - 60 * US_PER_SECOND, seconds=20)
            add(member, content, ts, kind=kind, seconds=seconds, parent=parent, pays=pays)
    account, content, ts, kind, seconds, parents, _, paid = map(list, zip(*rows, strict=True))
    names = sorted(set(kind))
    member = np.array(account) >= OTHERS

    def machine(name, sharing, outside=False):
        shared = member | (np.array(account) < 35 if outside else False)
        if sharing != "shared":
            return [f"{name}{a}" for a in account]
        return [f"{name} all" if s else f"{name}{a}" for a, s in zip(account, shared, strict=True)]

    extras = {
        "duration_ms": [
            s * 1000 if k == "play" else None for s, k in zip(seconds, kind, strict=True)
        ],
        "parent_kind": [p or "search" for p in parents],
        "parent_id": [f"{p} 1" for p in parents],
        "device_hash": machine("d", device),
        "ip_hash": machine("i", "shared" if ip == "office" else ip, ip == "office"),
        "asn": machine("n", asn),
        "market": ["DE"] * len(rows),
        "ip_market": ["FR" if m and rng.random() < abroad else "DE" for m in member],
        "royalty_micro": paid,
    }
    log = make_log(
        account, content, ts, [names.index(k) for k in kind], **(extras if columns else {})
    )
    log = replace(log, action_names=tuple(names))
    of_account = np.full(log.n_accounts, -1, np.int32)
    of_account[OTHERS:] = 0
    row = np.flatnonzero(member)
    gaps = np.where(np.array(content)[row] < targets, gap * US_PER_SECOND, -1)
    return with_targets(log, 1, of_account, row, gaps)
