"""What a world consists of, and the order in which it comes to be."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.adaptive import plant
from cib.datasets.synthetic.attacks import SCENARIOS
from cib.datasets.synthetic.catalogue import make_catalogue
from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.confounders import GROUPS
from cib.datasets.synthetic.playlists import with_owners
from cib.datasets.synthetic.population import accounts_numbered
from cib.datasets.synthetic.rings import Planted, RingSpec, wrong_with
from cib.datasets.synthetic.stage import Stage, expected_audience
from cib.datasets.synthetic.streams import CATALOGUE, CONFOUNDERS, RINGS, stream

_STANDARD_ACCOUNTS = 200_000
_MAX_DAYS = 730


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
class World:
    """Everything but the everyday listeners, who come block by block when the log is written."""

    spec: WorldSpec
    seed: int
    stage: Stage
    confounders: list[Component]
    rings: list[Planted]

    def single_rings(self) -> list[Planted]:
        """Every ring of the world; an operator's clients are rings of their own."""
        return [ring for planted in self.rings for ring in planted.rings()]

    @property
    def components(self) -> list[Component]:
        """Confounder groups, then rings."""
        return [*self.confounders, *(planted.component for planted in self.rings)]


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


def make_stage(spec: WorldSpec, seed: int) -> Stage:
    """Build what everybody plays on."""
    catalogue = make_catalogue(
        stream(seed, CATALOGUE), spec.n_artists, spec.n_posts, n_days=spec.n_days
    )
    return Stage(
        seed=seed,
        catalogue=catalogue,
        n_days=spec.n_days,
        n_accounts=spec.n_accounts,
        audience=expected_audience(catalogue, spec.n_accounts, spec.n_days),
        honest=partial(accounts_numbered, seed, catalogue, spec.n_accounts),
    )


def build(spec: WorldSpec, seed: int, *, threads: int = 2) -> World:
    """Build all but the everyday listeners; groups and rings side by side.

    Raises
    ------
    UsageError
        The world cannot be, see `check`.
    """
    check(spec, seed)
    stage = make_stage(spec, seed)

    def crowd(number: int, group: str, n: int) -> Component:
        made = GROUPS[group].make(stream(seed, CONFOUNDERS, number), stage, n, number)
        return with_owners(made, None)

    sizes = enumerate(spec.group_sizes().items(), start=1)
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        confounders = [pool.submit(crowd, i, group, n) for i, (group, n) in sizes if n]
        rings = [pool.submit(_planted, stage, ring) for ring in spec.rings]
        return World(
            spec,
            seed,
            stage,
            [job.result() for job in confounders],
            [job.result() for job in rings],
        )


def _planted(stage: Stage, ring: RingSpec) -> Planted:
    planted = plant(stream(stage.seed, RINGS, ring.number), stage, ring)
    borrowed = planted.component.borrowed
    owners = stage.honest(borrowed) if len(borrowed) else None
    return replace(planted, component=with_owners(planted.component, owners, ring.start_day))
