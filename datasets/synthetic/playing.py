"""From sessions to plays: what, how long, when, on which device, from where."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.catalogue import Catalogue
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.playing_kernels import (
    CatalogueArrays,
    KindCodes,
    ListenerArrays,
    PlayArrays,
    ScriptArrays,
    SessionArrays,
    play_sessions,
)
from cib.datasets.synthetic.scripts import Scripts, parent_code
from cib.datasets.synthetic.sessions import Sessions

Array = npt.NDArray[Any]
Arrays = TypeVar("Arrays", bound=NamedTuple)


def play(
    rng: np.random.Generator,
    catalogue: Catalogue,
    accounts: Accounts,
    sessions: Sessions,
    scripts: Scripts | None = None,
) -> Events:
    """Play the sessions through.

    Parameters
    ----------
    rng : the component's stream
    catalogue : what can be played
    accounts : who plays
    sessions : in any order; those of one account never overlap, one waits for the other
    scripts : what the sessions' `script` counts in; default the editorial lists

    Returns
    -------
    Events
        By account and time. What nobody told the account to play comes from a Pitman-Yor process
        over its taste and its own past: new albums, lists and finds, or again what it played
        before, singly or as a run, the recent more often (Pitman & Yor 1997; Heaps' exponent
        0.74, 79% repeats in a year and their return times as measured on 39 listeners).
    """
    order = np.lexsort((sessions.start_s, sessions.account))
    s = Sessions(*(getattr(sessions, f.name)[order] for f in fields(Sessions)))
    n = int(s.n_plays.sum())
    blank = Events.of(n)
    out = PlayArrays(*(getattr(blank, name) for name in PlayArrays._fields))
    play_sessions(
        rng,
        _arrays(ListenerArrays, accounts, accounts.addresses),
        _arrays(SessionArrays, s),
        _arrays(ScriptArrays, scripts if scripts is not None else catalogue.lists),
        _arrays(ScriptArrays, catalogue.lists),
        _arrays(CatalogueArrays, catalogue),
        KindCodes(*(parent_code(name) for name in KindCodes._fields)),
        out,
    )
    return blank.replace(ip_market=accounts.ip_market[blank.account])


def _arrays(kind: type[Arrays], *sources: Any) -> Arrays:
    """Give the kernel the arrays that it names, all of one kind: others would be compiled anew."""
    found = []
    for name in kind._fields:
        source = next(one for one in sources if hasattr(one, name))
        found.append(np.require(getattr(source, name), requirements=["C", "W"]))
    return kind(*found)
