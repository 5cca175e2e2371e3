"""Target layer: the same account followed, mentioned or reported."""

from __future__ import annotations

from cib.datasets.log import InteractionLog
from cib.datasets.needs import Needs
from cib.graphs.layers.layer import Layer, column_layer

NEEDS: Needs = (("target_account_id",),)


def layers(log: InteractionLog) -> list[Layer]:
    """Return the target layer when the log has `target_account_id`."""
    return [
        column_layer(log, "target", "acted on the same account", log.extras["target_account_id"])
    ]
