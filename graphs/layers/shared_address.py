"""Shared addresses: accounts behind one address that share devices and have none of their own."""

from __future__ import annotations

from cib.datasets.needs import Needs
from cib.graphs.infrastructure import Sightings
from cib.graphs.layers.layer import UntimedLayer

NEEDS: Needs = (("device_hash", "ip_hash"),)

NAME = "shared_address"


def untimed(sightings: Sightings) -> UntimedLayer:
    """Return the layer of addresses."""
    return UntimedLayer(NAME, "share machines behind the same addresses", "address", sightings)
