"""Target layer: the same account followed, mentioned or reported."""

from __future__ import annotations

from cib.datasets.log import InteractionLog
from cib.graphs.layers.layer import Layer, Unavailable, column_layer


def layers(log: InteractionLog) -> list[Layer | Unavailable]:
    """Return the target layer when the log has `target_account_id`."""
    if (targets := log.extras.get("target_account_id")) is None:
        return [Unavailable("target", "the log has no column target_account_id")]
    return [column_layer(log, "target", "act on the same account", targets)]
