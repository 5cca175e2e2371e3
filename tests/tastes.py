"""Made-up listeners with tastes, who play what they like whenever they like, as layers."""

from __future__ import annotations

import numpy as np
import pytest

from cib.graphs.layers.layer import Layer


def layer_of(account, content, ts=None, name="play", of_contents=True):
    ts = np.zeros(len(account)) if ts is None else ts
    columns = (np.asarray(c, t) for c, t in ((account, "i4"), (content, "i4"), (ts, "i8")))
    return Layer(name, "played the same content", None, *columns, of_contents=of_contents)


def tastes(random, n_tastes=20, n_fans=60, n_contents=40, n_idle=600):
    """Fans touch each content of their taste with a chance of their own; others touch one."""
    share = random.beta(0.5, 2, (n_tastes, n_fans, 1))
    taste, fan, content = np.nonzero(random.random((n_tastes, n_fans, n_contents)) < share)
    account, content = taste * n_fans + fan, taste * n_contents + content
    idle = n_tastes * n_fans + np.arange(n_idle)
    return np.append(account, idle), np.append(content, random.choice(content, n_idle))


def albums(random, n_albums=20, n_fans=60, length=12, stop=0.25):
    """Fans hear an album from its first track up to one of geometric depth."""
    depth = random.geometric(stop, (n_albums, n_fans, 1))
    album, fan, track = np.nonzero(np.arange(length) < depth)
    return album * n_fans + fan, album * length + track


def known_by_half(random, n_accounts=400, n_albums=6, length=12):
    """Everybody knows albums, some of them better: half of all accounts reach the fringe."""
    share = random.beta(1, 1, (n_albums, n_accounts, 1))
    album, account, track = np.nonzero(random.random((n_albums, n_accounts, length)) < share)
    return account, album * length + track


def few_fans(law):
    """Many small audiences, where being alike takes nearly everybody (worst: a flat law)."""

    def make(random, n_tastes=25, n_contents=8):
        a, c = [], []
        for taste in range(n_tastes):
            n_fans = int(random.integers(6, 16))
            share = random.beta(*law, (n_fans, 1))
            fan, content = np.nonzero(random.random((n_fans, n_contents)) < share)
            a.append(fan + 16 * taste)
            c.append(content + n_contents * taste)
        return np.concatenate(a), np.concatenate(c)

    return make


POPULATIONS = {
    "fading": lambda random: tastes(random, n_tastes=8),
    "flat, few fans": few_fans((1, 1)),
    "steep, few fans": few_fans((1, 2)),
    "albums": albums,
    "known by half": known_by_half,
}


def empty_handed(n_few):
    """Logs that can prove nothing; so many contents are too few for forty accounts to share."""
    logs = {
        "no rows": ([], []),
        "three accounts": ([0, 1, 2] * 9, np.repeat(np.arange(9), 3)),
        "one content": (np.arange(50), np.zeros(50)),
        "nobody else": (np.tile(np.arange(40), 9), np.repeat(np.arange(9), 40)),
        "few contents": ([*range(40)] * n_few, np.repeat(np.arange(n_few), 40)),
    }
    return [pytest.param(*log, id=name) for name, log in logs.items()]
