"""The public call: a world by name, by file or as you specify it, on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.presets import PRESETS
from cib.datasets.synthetic.tables import DEGRADES
from cib.datasets.synthetic.world import WorldSpec, check
from cib.datasets.synthetic.write import Progress, write_world


def generate(
    out: str | Path,
    *,
    preset: str | WorldSpec = "demo",
    seed: int = 7,
    degrade: str = "full",
    threads: int = 2,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Generate a log, its dimension tables and the truth.

    Parameters
    ----------
    out : folder to write; a log generated here before is replaced, anything else is left alone
    preset : name in `PRESETS`, or a world of your own
    seed : 0 or more; the same world and seed give the same bytes
    degrade : what the log lacks; the events are the same in all modes
    threads : how many work at once; the bytes do not depend on it
    progress : called with batches done and batches in all

    Returns
    -------
    dict
        The manifest, as written to `manifest.json`.

    Raises
    ------
    UsageError
        Unknown preset or mode, a world that cannot be, or `out` holds something that was not
        generated.
    """
    if degrade not in DEGRADES:
        raise UsageError(f"Mode {degrade!r} is not known; choose one of {', '.join(DEGRADES)}.")
    spec = find_preset(preset)
    check(spec, seed)
    report = progress or (lambda done, total: None)
    return write_world(spec, seed, Path(out), degrade=degrade, threads=threads, progress=report)


def find_preset(preset: str | WorldSpec) -> WorldSpec:
    """Return the world of that name."""
    if isinstance(preset, WorldSpec):
        return preset
    if preset not in PRESETS:
        raise UsageError(f"Preset {preset!r} is not known; choose one of {', '.join(PRESETS)}.")
    return PRESETS[preset]
