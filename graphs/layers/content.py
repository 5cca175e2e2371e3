"""Content layers, one per action: the same action on the same content."""

from __future__ import annotations

from cib.datasets.log import InteractionLog
from cib.datasets.needs import REQUIRED_ONLY
from cib.graphs.layers.layer import Layer, layer_of

NEEDS = REQUIRED_ONLY


def layers(log: InteractionLog) -> list[Layer]:
    """Return one layer per action of the log, named after the action."""
    found: list[Layer] = []
    for code, action in enumerate(log.action_names):
        phrase = f"acted on the same content ({action})"
        found.append(layer_of(log, action, phrase, log.action == code, log.content))
    return found
