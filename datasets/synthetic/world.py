"""What a world consists of, and the order in which it comes to be."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.adaptive import plant
from cib.datasets.synthetic.attacks import SCENARIOS
from cib.datasets.synthetic.batches import Batch, batches_of
from cib.datasets.synthetic.catalogue import make_catalogue
from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.confounders import GROUPS
from cib.datasets.synthetic.playlists import with_owners
from cib.datasets.synthetic.population import accounts_numbered
from cib.datasets.synthetic.ring_facts import Activity, RingFacts
from cib.datasets.synthetic.rings import RingSpec, wrong_with
from cib.datasets.synthetic.specials import Special, SpecialRing, put_away
from cib.datasets.synthetic.stage import Stage, expected_audience
from cib.datasets.synthetic.streams import CATALOGUE, CONFOUNDERS, RINGS, stream
from cib.datasets.synthetic.truth_events import InauthenticEvents

_STANDARD_ACCOUNTS = 200_000
_MAX_DAYS = 730
_AT_ONCE = 2
"""Groups and rings that are made at once, however many threads there are: each takes some 250
bytes of memory per event."""


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
    """Everything but events, of which memory holds those of a few batches only.

    Everyday listeners come block by block when the log is written; the events of groups and rings
    wait on disk.
    """

    spec: WorldSpec
    seed: int
    stage: Stage
    batches: list[Batch]
    groups: list[Special]
    rings: list[SpecialRing]
    inauthentic: InauthenticEvents

    def single_rings(self) -> list[RingFacts]:
        """Every ring of the world; an operator's clients are rings of their own."""
        return [single for ring in self.rings for single in ring.singles]

    @property
    def confounders(self) -> list[Component]:
        """The honest groups, without their events."""
        return [group.component for group in self.groups]

    @property
    def components(self) -> list[Component]:
        """Confounder groups, then rings, without their events."""
        return [*self.confounders, *(ring.planted.component for ring in self.rings)]


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


def build(spec: WorldSpec, seed: int, scratch: Path, *, threads: int = 2) -> World:
    """Build all but the everyday listeners.

    Parameters
    ----------
    spec, seed : the world
    scratch : folder for the events of groups and rings; at most two of these are in memory at once
    threads : how many work side by side

    Raises
    ------
    UsageError
        The world cannot be, see `check`.
    """
    check(spec, seed)
    stage = make_stage(spec, seed)
    batches = batches_of(spec.n_accounts, spec.n_days)
    inauthentic = InauthenticEvents(scratch / "inauthentic")

    def crowd(number: int, group: str, n: int) -> Special:
        made = GROUPS[group].make(stream(seed, CONFOUNDERS, number), stage, n, number)
        made = with_owners(made, None)
        return put_away(made, None, batches, seed, scratch / f"{number}.arrow")

    def planted(place: int, ring: RingSpec) -> SpecialRing:
        made = plant(stream(seed, RINGS, ring.number), stage, ring)
        borrowed = made.component.borrowed
        owners = stage.honest(borrowed).without_habits() if len(borrowed) else None
        made = replace(made, component=with_owners(made.component, owners, ring.start_day))
        inauthentic.add(made, place, seed)
        path = scratch / f"{made.component.number}.arrow"
        return SpecialRing(
            made.without_events(),
            put_away(made.component, owners, batches, seed, path),
            Activity.of(made.component),
            owners,
            tuple(RingFacts.of(single, spec.n_days) for single in made.rings()),
        )

    sizes = enumerate(spec.group_sizes().items(), start=1)
    with ThreadPoolExecutor(max(min(threads, _AT_ONCE), 1)) as pool:
        groups = [pool.submit(crowd, i, group, n) for i, (group, n) in sizes if n]
        rings = [pool.submit(planted, place, ring) for place, ring in enumerate(spec.rings)]
        return World(
            spec,
            seed,
            stage,
            batches,
            [job.result() for job in groups],
            [job.result() for job in rings],
            inauthentic,
        )
