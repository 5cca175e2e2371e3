"""A world of one's own, from a TOML file."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable
from cib.datasets.synthetic.attacks import SCENARIOS, known_options
from cib.datasets.synthetic.presets import PRESETS, RING_PRESETS
from cib.datasets.synthetic.rings import RingSpec
from cib.datasets.synthetic.world import WorldSpec

Spec = TypeVar("Spec")
_MAX_RINGS = 8_000_000


def read_world(path: str | Path) -> WorldSpec:
    """Read a world.

    Parameters
    ----------
    path : TOML file with the fields of `WorldSpec`; `base` names a preset to start from; every
        `[[rings]]` has a `scenario` (or a ring's `preset`) and whatever else of `RingSpec` differs
        from that scenario's defaults

    Raises
    ------
    UsageError
        The file cannot be read, or says something that no world has: file and field are named.
    """
    given = read_toml(path)
    name = given.pop("base", None)
    if name is not None and name not in PRESETS:
        raise UsageError(f"{path}: base {name!r} is not known; choose one of {', '.join(PRESETS)}.")
    base = asdict(PRESETS[name or "smoke"])
    if name is None:
        base["rings"] = ()
    rings = given.pop("rings", None)
    world = {**base, "name": Path(path).stem, **given}
    if rings is not None:
        if not isinstance(rings, list) or not all(isinstance(ring, dict) for ring in rings):
            raise UsageError(f"{path}: rings must be tables, each under [[rings]].")
        world["rings"] = [ring_table(ring, f"{path}: rings[{i}]") for i, ring in enumerate(rings)]
    return _converted(world, WorldSpec, str(path))


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    UsageError
        It cannot be read, or is none.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is no TOML: {error}.") from error


def ring_spec(given: Mapping[str, Any], where: str) -> RingSpec:
    """Return the ring that a table describes; see `read_world`."""
    return _converted(ring_table(given, where), RingSpec, where)


def ring_table(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Fill a ring's table up with its scenario's defaults.

    Raises
    ------
    UsageError
        Neither a known scenario nor a known preset, or options that the scenario does not have.
    """
    preset, scenario = given.get("preset"), given.get("scenario")
    if preset is not None and preset not in RING_PRESETS:
        raise UsageError(
            f"{where}: preset {preset!r} is not known; choose one of {', '.join(RING_PRESETS)}."
        )
    if preset is None and scenario not in SCENARIOS:
        raise UsageError(
            f"{where}: scenario {scenario!r} is not known; choose one of {', '.join(SCENARIOS)}."
        )
    base = RING_PRESETS[preset] if preset else SCENARIOS[str(scenario)].DEFAULTS
    ring = _merged(asdict(base), given)
    if str(ring["scenario"]) in SCENARIOS and isinstance(ring["options"], dict):
        known = known_options(ring)
        unknown = ", ".join(f"options.{name}" for name in ring["options"] if name not in known)
        if unknown:
            raise UsageError(
                f"{where}: not known: {printable(unknown)}; choose of {', '.join(known)}."
            )
    if "number" not in given:
        # By name, not by place: a ring stays what it is when others come and go.
        ring["number"] = zlib.crc32(str(ring["ring_id"]).encode()) % _MAX_RINGS
    return ring


def _merged(base: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Put what is given over the base, tables within tables; mixes (of tiers …) are replaced."""
    nested = {name for name, value in base.items() if isinstance(value, dict)}
    nested -= {"tiers", "platforms"}
    return {
        **base,
        **{
            name: {**base[name], **value} if name in nested and isinstance(value, dict) else value
            for name, value in given.items()
        },
    }


def _converted(given: dict[str, Any], kind: type[Spec], where: str) -> Spec:
    unknown = list(_unknown(given, kind, ""))
    if unknown:
        raise UsageError(f"{where}: not known: {', '.join(sorted(unknown))}.")
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        text = str(error).replace("`", "").replace("$.", "")
        if text.startswith("Invalid enum value"):
            text += f"; choose one of {', '.join(_words(kind, text.rpartition(' at ')[2]))}"
        raise UsageError(f"{where}: {text[:1].lower()}{text[1:]}.") from error


def _words(kind: Any, path: str) -> list[str]:
    """The words that a field may have, by its place: `cover`, `rings[0].adapt.policy`."""
    for name in re.sub(r"\[[^]]*\]", "", path).split("."):
        hint = get_type_hints(kind)[name]
        kind = next((h for h in (hint, *get_args(hint)) if is_dataclass(h)), hint)
    return [str(word) for word in get_args(kind)] if get_origin(kind) is Literal else []


def _unknown(given: Mapping[str, Any], kind: Any, path: str) -> list[str]:
    """Names in the tables that their dataclasses do not have."""
    hints = get_type_hints(kind)
    names = {f.name for f in fields(kind)}
    found = [f"{path}{name}" for name in given if name not in names]
    for name in names & set(given):
        value, hint = given[name], hints[name]
        inner = [hint, *get_args(hint)]
        nested = next((h for h in inner if is_dataclass(h)), None)
        if nested is None:
            continue
        if isinstance(value, Mapping):
            found += _unknown(value, nested, f"{path}{name}.")
        elif isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                if isinstance(item, Mapping):
                    found += _unknown(item, nested, f"{path}{name}[{i}].")
    return found
