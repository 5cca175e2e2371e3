"""URL layer: the same link, whatever the post that carries it."""

from __future__ import annotations

from cib.datasets.log import InteractionLog
from cib.datasets.needs import Needs
from cib.graphs.layers.layer import Layer, column_layer

NEEDS: Needs = (("url_hash",),)


def layers(log: InteractionLog) -> list[Layer]:
    """Return the URL layer when the log has `url_hash`."""
    return [column_layer(log, "url", "shared the same URL", log.extras["url_hash"])]
