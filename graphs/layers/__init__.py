"""Layers: functions from interactions to (account, token, time).

Each file here is one family of coordination signal: `NEEDS` says which optional columns it takes,
`layers(log)` makes its layers once they are there. A new file in this folder is a new layer;
nothing else has to change. What accounts run on has no time: such families have a `NAME` and
`untimed(sightings)` instead, and a null of their own. Start reading at `content.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from types import ModuleType

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable
from cib.datasets.log import InteractionLog
from cib.datasets.needs import lacking, wanted
from cib.graphs.infrastructure import sightings_of
from cib.graphs.layers.layer import Layer, Unavailable, UntimedLayer

__all__ = [
    "Layer",
    "Unavailable",
    "UntimedLayer",
    "build_layers",
    "build_untimed",
    "layer_columns",
    "missing_layers",
]


def families() -> list[ModuleType]:
    """Every module of this folder that makes layers, by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "layer")
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


def layer_columns() -> set[str]:
    """Optional columns that some layer can use."""
    return set().union(*(wanted(family.NEEDS) for family in families()))


def missing_layers(columns: Collection[str]) -> list[Unavailable]:
    """Families of layers that a log with these optional columns does not allow."""
    reasons = {f.__name__.rpartition(".")[2]: lacking(f.NEEDS, columns) for f in families()}
    return [Unavailable(name, reason) for name, reason in reasons.items() if reason]


def is_untimed(family: ModuleType) -> bool:
    """Whether a family has `untimed(sightings)` instead of `layers(log)`: sharing has no time."""
    return hasattr(family, "untimed")


def untimed_families(log: InteractionLog) -> list[ModuleType]:
    """Families of untimed layers that a log allows."""
    return [f for f in families() if is_untimed(f) and lacking(f.NEEDS, log.extras) is None]


def build_untimed(log: InteractionLog, names: Sequence[str] = ()) -> list[UntimedLayer]:
    """Build every untimed layer that the log's columns allow, in order of name.

    Parameters
    ----------
    log : the interaction log
    names : layers to keep, timed ones too; all when empty
    """
    chosen = [f for f in untimed_families(log) if not names or f.NAME in names]
    if not chosen:
        return []
    sightings = sightings_of(log)
    return [family.untimed(sightings) for family in chosen]


def build_layers(
    log: InteractionLog, names: Sequence[str] = (), *, threads: int | None = None
) -> tuple[list[Layer], list[Unavailable]]:
    """Build every timed layer that the log's columns allow, in order of name.

    Parameters
    ----------
    log : the interaction log
    names : layers to keep, untimed ones too; all when empty
    threads : for the work on them; None for all cores

    Raises
    ------
    UsageError
        A name is not a layer of this log.
    """
    found: list[Layer] = []
    for family in families():
        if not is_untimed(family) and lacking(family.NEEDS, log.extras) is None:
            found += family.layers(log)
    found = apart(found)
    known = {layer.name for layer in found} | {f.NAME for f in untimed_families(log)}
    if unknown := sorted(set(names) - known):
        raise UsageError(
            f"--layers: {printable(', '.join(unknown))} cannot be built from this log; "
            f"choose from {printable(', '.join(sorted(known)), 500)}."
        )
    kept = [replace(x, threads=threads) for x in found if not names or x.name in names]
    return sorted(kept, key=lambda layer: layer.name), missing_layers(log.extras)


def apart(layers: Sequence[Layer]) -> list[Layer]:
    """Give layers names of their own: an action may be called what another family is called.

    The first of two namesakes, which is the action's, gets "(action)" behind its name.
    """
    last = {layer.name: i for i, layer in enumerate(layers)}
    return [
        layer if last[layer.name] == i else replace(layer, name=f"{layer.name} (action)")
        for i, layer in enumerate(layers)
    ]
