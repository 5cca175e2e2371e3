"""URL layer: the same link, whatever the post that carries it."""

from __future__ import annotations

from cib.datasets.log import InteractionLog
from cib.graphs.layers.layer import Layer, Unavailable, column_layer


def layers(log: InteractionLog) -> list[Layer | Unavailable]:
    """Return the URL layer when the log has `url_hash`."""
    if (urls := log.extras.get("url_hash")) is None:
        return [Unavailable("url", "the log has no column url_hash")]
    return [column_layer(log, "url", "share the same URL", urls)]
