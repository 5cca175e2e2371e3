"""A world comes to be: the stage, then groups and rings, whose events go to disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock

from cib.datasets.synthetic.adaptive import plant
from cib.datasets.synthetic.batches import Batch, batches_of
from cib.datasets.synthetic.catalogue import make_catalogue
from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.confounders import GROUPS
from cib.datasets.synthetic.playlists import with_owners
from cib.datasets.synthetic.population import accounts_numbered
from cib.datasets.synthetic.ring_facts import Activity, RingFacts
from cib.datasets.synthetic.rings import RingSpec
from cib.datasets.synthetic.specials import Special, SpecialRing, put_away
from cib.datasets.synthetic.stage import Stage, expected_audience
from cib.datasets.synthetic.streams import CATALOGUE, CONFOUNDERS, RINGS, stream
from cib.datasets.synthetic.truth_events import InauthenticEvents
from cib.datasets.synthetic.world import Crowd, WorldSpec, check, crowds

_AT_ONCE = 2
"""Groups and rings that are made at once, however many threads there are: each takes some 250
bytes of memory per event."""
_LARGE = 2_000_000
"""Events from which on a ring is large; no two of these are made at once."""


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
    scratch : folder for the events of groups and rings; memory holds at most two of these at once,
        and one at most that is large
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

    def crowded(crowd: Crowd) -> Special:
        make, rng = GROUPS[crowd.group].make, stream(seed, CONFOUNDERS, crowd.number)
        made = with_owners(make(rng, stage, crowd.n_accounts, crowd.number), None)
        return put_away(made, None, batches, seed, scratch / f"{crowd.number}.arrow")

    def planted(place: int, ring: RingSpec) -> SpecialRing:
        with large if _events_expected(ring, spec.n_days) > _LARGE else nullcontext():
            return planted_now(place, ring)

    def planted_now(place: int, ring: RingSpec) -> SpecialRing:
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

    large = Lock()
    with ThreadPoolExecutor(max(min(threads, _AT_ONCE), 1)) as pool:
        groups = [pool.submit(crowded, crowd) for crowd in crowds(spec)]
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


def _events_expected(ring: RingSpec, n_days: int) -> float:
    """About how many events a ring has, cover included."""
    days = max(min(ring.n_days, n_days - ring.start_day), 0)
    return ring.n_accounts * days * ring.plays_per_day / ring.target_share
