"""Layers: functions from interactions to (account, token, time).

Each file here is one family of coordination signal and exposes `layers(log)`, which returns its
layers, or `Unavailable` with the reason when the log lacks a column. A new file in this folder is
a new layer; nothing else has to change. Start reading at `content.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

from cib.datasets.errors import UsageError
from cib.datasets.log import InteractionLog
from cib.graphs.layers.layer import Layer, Unavailable

__all__ = ["Layer", "Unavailable", "build_layers"]


def build_layers(
    log: InteractionLog, names: Sequence[str] = ()
) -> tuple[list[Layer], list[Unavailable]]:
    """Build every layer that the log's columns allow, in order of name.

    Parameters
    ----------
    log : the interaction log
    names : layers to keep; all when empty

    Raises
    ------
    UsageError
        A name is not a layer of this log.
    """
    found: list[Layer | Unavailable] = []
    for module in pkgutil.iter_modules(__path__):
        if module.name != "layer":
            found += importlib.import_module(f"{__name__}.{module.name}").layers(log)
    known = {layer.name for layer in found if isinstance(layer, Layer)}
    if unknown := sorted(set(names) - known):
        raise UsageError(
            f"layers: {', '.join(unknown)} cannot be built from this log; "
            f"choose from {', '.join(sorted(known))}."
        )
    available = sorted(
        (x for x in found if isinstance(x, Layer) and (not names or x.name in names)),
        key=lambda layer: layer.name,
    )
    missing = sorted((x for x in found if isinstance(x, Unavailable)), key=lambda x: x.name)
    return available, missing
