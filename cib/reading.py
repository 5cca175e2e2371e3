"""Reading with the settings of a scan, for every command that reads a log."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from cib.datasets.budget import default_memory
from cib.datasets.log import InteractionLog
from cib.datasets.reading import read_log
from cib.settings import Settings
from cib.stages import Stages


def read(
    source: str | Path,
    settings: Settings,
    extras: Collection[str],
    stages: Stages,
    folder: Path | None = None,
) -> InteractionLog:
    """Read a log as one stage.

    `extras` are the optional columns to keep; `folder` takes temporary files unless the settings
    name another.
    """
    with stages.stage("reading") as progress:
        return read_log(
            source,
            columns=settings.map,
            actions=settings.action or None,
            since=settings.since,
            until=settings.until,
            max_bad_share=settings.max_bad_share,
            memory=settings.memory or default_memory(),
            progress=progress.update,
            extras=extras,
            threads=settings.threads,
            scratch=settings.scratch or folder,
        )
