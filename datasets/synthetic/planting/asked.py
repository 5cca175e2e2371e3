"""Which rings somebody asked for, from flags or from a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable
from cib.datasets.synthetic.world_file import read_toml, ring_spec


def read_rings(path: str | Path) -> list[dict[str, Any]]:
    """Read rings from a TOML file, each a table under ``[[rings]]`` as in the file of a world.

    Raises
    ------
    UsageError
        The file cannot be read, or holds something else.
    """
    given = read_toml(path)
    rings = given.pop("rings", None)
    if given:
        raise UsageError(
            f"{path}: {printable(', '.join(given))}: only rings can be planted in a log, each "
            "under [[rings]]."
        )
    if not isinstance(rings, list) or not all(isinstance(ring, dict) for ring in rings):
        raise UsageError(f"{path}: has no rings; write each under [[rings]].")
    return rings


def asked_rings(one: Mapping[str, Any], pairs: Sequence[str], n: int) -> list[dict[str, Any]]:
    """Make `n` rings alike.

    Parameters
    ----------
    one : fields of `RingSpec`
    pairs : further ones as name=value; a dot reaches inside (options.spacing_s=20), values are
        written as in TOML, where a bare word is text
    n : how many

    Raises
    ------
    UsageError
        A pair is none.
    """
    ring = dict(one)
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set {printable(pair)}: write name=value, such as jitter_s=60.")
        place, *rest = name.strip().split(".")
        if rest:
            ring[place] = {**ring.get(place, {}), rest[0]: _value(text)}
        else:
            ring[place] = _value(text)
    if n == 1:
        return [ring]
    base = ring_spec(ring, "the ring")
    # Numbers far apart, so that every ring has a random stream of its own.
    return [
        {**ring, "ring_id": f"{base.ring_id}-{i + 1}", "number": base.number + 10_000 * (i + 1)}
        for i in range(n)
    ]


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"x = {text.strip()}")["x"]
    except tomllib.TOMLDecodeError:
        return text.strip()
