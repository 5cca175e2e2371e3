"""Content layers, one per action: the same action on the same content."""

from __future__ import annotations

from dataclasses import replace

from cib.datasets.log import InteractionLog
from cib.datasets.needs import REQUIRED_ONLY
from cib.graphs.layers.layer import Layer, layer_of

NEEDS = REQUIRED_ONLY

EXPOSURES = frozenset({"ad_impression"})
"""What the platform shows is nothing that an account does: who sees the same at the same moment was
online at the same hours. No layer, unless the log has nothing else (see `--action`)."""


def layers(log: InteractionLog) -> list[Layer]:
    """Return one layer per action of the log, named after the action."""
    found: list[Layer] = []
    conduct = [action for action in log.action_names if action not in EXPOSURES]
    for code, action in enumerate(log.action_names):
        if conduct and action in EXPOSURES:
            continue
        phrase = f"acted on the same content ({action})"
        layer = layer_of(log, action, phrase, log.content, action=code)
        found.append(replace(layer, of_contents=True))
    return found
