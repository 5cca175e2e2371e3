"""What a world consists of, and which worlds cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.attacks import SCENARIOS
from cib.datasets.synthetic.components import FIRST_RING
from cib.datasets.synthetic.confounders import GROUPS
from cib.datasets.synthetic.rings import RingSpec, wrong_with

_STANDARD_ACCOUNTS = 200_000
_MAX_DAYS = 730
_MOST = 2
"""Times its size at 200,000 everyday listeners that a crowd may have."""


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """A world to generate."""

    name: str
    n_accounts: int
    """Everyday listeners; confounder groups and rings come on top."""
    n_artists: int
    n_posts: int
    n_days: int
    confounders: float | Mapping[str, int] = 1.0
    """A factor on the groups' sizes, which go with `n_accounts`; or accounts by group."""
    min_group: int = 0
    """Least accounts of a confounder group that there is at all."""
    rings: tuple[RingSpec, ...] = field(default=())

    def group_sizes(self) -> dict[str, int]:
        """Accounts of each confounder group, 0 for none."""
        if isinstance(self.confounders, Mapping):
            return {group: int(self.confounders.get(group, 0)) for group in GROUPS}
        scale = self.confounders * self.n_accounts / _STANDARD_ACCOUNTS
        if scale <= 0:
            return dict.fromkeys(GROUPS, 0)
        return {
            group: max(round(module.SIZE * scale), self.min_group)
            for group, module in GROUPS.items()
        }


@dataclass(frozen=True, slots=True)
class Crowd:
    """A confounder group, or a part of it."""

    number: int
    """Of its component."""
    group: str
    n_accounts: int


def crowds(spec: WorldSpec) -> list[Crowd]:
    """Cut the confounder groups so that each can be made at once.

    A group of more than `_MOST` times its usual size consists of crowds that have nothing to do
    with each other: there are several fandoms then, not a huge one. Component numbers below
    `FIRST_RING` are theirs, enough for 24 million everyday listeners; beyond, crowds get larger.
    """
    found = []
    for i, (group, n) in enumerate(spec.group_sizes().items(), start=1):
        least = -(-n // (_MOST * GROUPS[group].SIZE))
        k = min(least, (FIRST_RING - 1 - i) // len(GROUPS) + 1)
        sizes = [n // k + (j < n % k) for j in range(k)] if n else []
        found += [Crowd(i + len(GROUPS) * j, group, size) for j, size in enumerate(sizes)]
    return found


def check(spec: WorldSpec, seed: int) -> None:
    """Refuse worlds that cannot be.

    Raises
    ------
    UsageError
        All that is wrong, in one message.
    """
    wrong = []
    if seed < 0:
        wrong.append(f"the seed must be 0 or more, not {seed}")
    for name, value, low, high in (
        ("n_accounts", spec.n_accounts, 1, 2**31 - 1),
        ("n_artists", spec.n_artists, 200, 5_000_000),
        ("n_posts", spec.n_posts, 10, 50_000_000),
        ("n_days", spec.n_days, 1, _MAX_DAYS),
    ):
        if not low <= value <= high:
            wrong.append(f"{name} must be between {low:,} and {high:,}, not {value:,}")
    if isinstance(spec.confounders, Mapping):
        unknown = sorted(set(spec.confounders) - set(GROUPS))
        if unknown:
            wrong.append(f"confounder groups not known: {', '.join(unknown)}")
    for what, values in (
        ("number", [str(ring.number) for ring in spec.rings]),
        ("ring_id", [ring.ring_id for ring in spec.rings]),
    ):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            wrong.append(f"rings share a {what}: {', '.join(twice)}")
    wrong += [
        f"ring {ring.ring_id}: scenario {ring.scenario!r} is not known, choose one of "
        f"{', '.join(SCENARIOS)}"
        for ring in spec.rings
        if ring.scenario not in SCENARIOS
    ]
    wrong += [f"ring {ring.ring_id}: {what}" for ring in spec.rings for what in wrong_with(ring)]
    if wrong:
        raise UsageError(f"World {spec.name}: {'; '.join(wrong)}.")
