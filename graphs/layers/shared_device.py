"""Shared devices: more accounts on one device than a home has."""

from __future__ import annotations

from cib.datasets.needs import Needs
from cib.graphs.infrastructure import Sightings
from cib.graphs.layers.layer import UntimedLayer

NEEDS: Needs = (("device_hash",),)

NAME = "shared_device"


def untimed(sightings: Sightings) -> UntimedLayer:
    """Return the layer of devices."""
    return UntimedLayer(NAME, "run on the same devices", "device", sightings)
