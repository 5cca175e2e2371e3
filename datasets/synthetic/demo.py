"""Presets, and the order in which a world is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.catalogue import Catalogue, make_catalogue
from cib.datasets.synthetic.components import Component, audience
from cib.datasets.synthetic.honest import confounders, organic
from cib.datasets.synthetic.rings import Planted, RingSpec, plant
from cib.datasets.synthetic.streams import CATALOGUE, stream
from cib.datasets.synthetic.write import write_world

Progress = Callable[[int, int | None], None]
"""Called with stages done and stages in all."""
_N_STAGES = 5


@dataclass(frozen=True, slots=True)
class Preset:
    """A world to generate."""

    name: str
    n_accounts: int
    """Everyday listeners; confounder groups and rings come on top."""
    n_artists: int
    n_posts: int
    n_days: int
    confounder_scale: float
    rings: tuple[RingSpec, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is generated, before it is written."""

    preset: Preset
    seed: int
    catalogue: Catalogue
    honest: list[Component]
    rings: list[Planted]

    @property
    def components(self) -> list[Component]:
        """Honest components, then rings."""
        return [*self.honest, *(planted.component for planted in self.rings)]


_LOCKSTEP = RingSpec(
    ring_id="lockstep",
    number=1,
    scenario="A01",
    n_accounts=40,
    n_targets=25,
    audience=(200, 10**9),
    market="US",
    runs_per_day=7,
    targets_per_run=8,
    spacing_s=41.0,
    jitter_s=1.0,
    clock="flat24",
    duration="just_over_30",
    accounts_per_device=5,
    accounts_per_ip=10,
    parent="playlist_ugc",
)
_JITTERED = RingSpec(
    ring_id="jittered",
    number=2,
    scenario="A05",
    n_accounts=30,
    n_targets=20,
    audience=(40, 199),
    market="BR",
    runs_per_day=5,
    targets_per_run=4,
    spacing_s=420.0,
    jitter_s=20.0,
    clock="diurnal",
    cover_plays=4.0,
    accounts_per_ip=3,
    parent="search",
    complicity="paying_client",
)
_SMALL = RingSpec(
    ring_id="small",
    number=3,
    scenario="A02",
    n_accounts=12,
    n_targets=15,
    audience=(3, 8),
    market="SE",
    runs_per_day=1,
    targets_per_run=15,
    spacing_s=360.0,
    jitter_s=5.0,
    participation=0.95,
    everyday=0.4,
    parent="library",
    complicity="paying_client",
)
_LIKES = RingSpec(
    ring_id="likes",
    number=4,
    scenario="A16",
    n_accounts=36,
    n_targets=30,
    audience=(10, 10**9),
    market="IN",
    action="like",
    jitter_s=4.0,
    participation=0.85,
    everyday=0.6,
    accounts_per_ip=6,
)
_DEMO = Preset("demo", 5_000, 3_000, 400, 14, 1.0, (_LOCKSTEP, _JITTERED, _SMALL, _LIKES))
_TINY = Preset(
    "tiny",
    500,
    300,
    80,
    7,
    0.25,
    (
        replace(_LOCKSTEP, n_accounts=15, n_targets=10, audience=(12, 10**9), runs_per_day=4),
        replace(_LIKES, n_accounts=12, n_targets=8, audience=(4, 10**9)),
    ),
)
PRESETS = {
    preset.name: preset
    for preset in (
        _DEMO,
        replace(_DEMO, name="demo-honest", rings=()),
        _TINY,
        replace(_TINY, name="tiny-honest", rings=()),
    )
}
"""demo: about half a million interactions. tiny: for tests. The honest ones hold no ring at all, so
whatever a scan flags there is a false positive."""


def generate(
    out: str | Path,
    *,
    preset: str | Preset = "demo",
    seed: int = 7,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Generate a log, its dimension tables and the truth.

    Parameters
    ----------
    out : folder to write; a log generated here before is replaced, anything else is left alone
    preset : name in `PRESETS`, or a preset of your own
    seed : 0 or more; the same preset and seed give the same bytes
    progress : called with stages done and stages in all

    Returns
    -------
    dict
        The manifest, as written to `manifest.json`.

    Raises
    ------
    UsageError
        Unknown preset, negative seed, or `out` holds something that was not generated.
    """
    report = progress or (lambda done, total: None)
    world = build(find_preset(preset), seed, report)
    manifest = write_world(world, Path(out))
    report(_N_STAGES, _N_STAGES)
    return manifest


def find_preset(preset: str | Preset) -> Preset:
    """Return the preset of that name."""
    if isinstance(preset, Preset):
        return preset
    if preset not in PRESETS:
        raise UsageError(f"Preset {preset!r} is not known; choose one of {', '.join(PRESETS)}.")
    return PRESETS[preset]


def build(preset: Preset, seed: int, report: Progress = lambda done, total: None) -> World:
    """Build a world in memory."""
    if seed < 0:
        raise UsageError(f"The seed must be 0 or more, not {seed}.")
    numbers = [spec.number for spec in preset.rings]
    if len(set(numbers)) < len(numbers):
        raise UsageError(f"Two rings of preset {preset.name} share a number: {sorted(numbers)}.")
    report(0, _N_STAGES)
    catalogue = make_catalogue(stream(seed, CATALOGUE), preset.n_artists, preset.n_posts)
    report(1, _N_STAGES)
    honest = [organic(seed, catalogue, preset.n_accounts, preset.n_days)]
    report(2, _N_STAGES)
    honest += confounders(seed, catalogue, preset.confounder_scale, preset.n_days)
    report(3, _N_STAGES)
    touched = audience(honest[:1], len(catalogue.content_id))
    rings = [plant(seed, spec, catalogue, touched, preset.n_days) for spec in preset.rings]
    report(4, _N_STAGES)
    return World(preset, seed, catalogue, honest, rings)
