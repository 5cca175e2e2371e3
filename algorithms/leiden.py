"""The Leiden algorithm, on several threads, with one answer for any number of them.

One iteration, from any partition:

1. *Move.* Nodes take the community that gains most. In up to two sweeps all nodes of a block
   decide at once, against the partition as the block found it, and then move in order; so it does
   not matter how many threads decide. Then they settle one by one, until none would move.
2. *Refine.* Each community is split into parts that hang together (`refine`). Without weights the
   first of several iterations for modularity goes on with whole communities instead: faster, and
   no worse.
3. *Aggregate.* Parts become the nodes of the level above, which starts from the communities of
   step 1. On to 1, until every community is one node.

Before the first iteration of a large network come a few sweeps of step 1, after which nodes are
numbered by community: what a node needs then lies near it, and every later step runs in cache.
Where the last level has communities of parts that do not touch, they are split, which never lowers
the quality. Follows Traag, Waltman and van Eck (2019), From Louvain to Leiden; moving in blocks,
the order of memory accesses and the split are this package's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms import leiden_kernels as kernels
from cib.algorithms import leiden_parts_kernels as parts_kernels
from cib.graphs.network import Network
from cib.graphs.threads import Workers, even_cuts

Array = npt.NDArray[Any]

_BLOCK_BITS = 16
"""Nodes of a block, as a power of two; fewer where there would be under `_LEAST_BLOCKS`."""
_LEAST_BLOCKS = 16
_FEW_NODES = 5_000
"""Levels up to this size settle at once."""
_FEW_ACTIVE = 16
"""Nodes settle one by one when at most one in so many is active."""
_FIRST_SWEEPS, _MOST_SWEEPS = 2, 2
"""Sweeps before nodes are numbered by community, and over a level: nodes that decide at once may
follow each other around."""
_CHUNK = 1 << 16
"""Weights that are converted at a time, so that they stay in the cache."""
_PARTS = 64
"""Parts in which a sum is taken, however many threads there are."""
_LEAST_WEIGHT = 1e-30
"""Of an edge, where the mean is about 1: less would be none in single precision."""
_NOISE = 0.8
"""From the third iteration on refinement lowers gains by up to this share, so that it does not
always make the same parts."""


@dataclass(frozen=True, slots=True)
class Search:
    """What stays the same during a search."""

    base: kernels.Level
    fixed: Array
    """(n_nodes,) bool, or empty."""
    gamma: float
    """What a community pays for the product of two sizes."""
    seed: int
    workers: Workers

    @classmethod
    def of(
        cls,
        network: Network,
        objective: str,
        resolution: float,
        fixed: Array,
        seed: int,
        workers: Workers,
    ) -> Search:
        """Search a network."""
        weight, unit = network.neighbour_weight, 1.0
        strength = network.strengths()
        if len(weight):
            # a power of two changes no digit, and weights near 1 fit single precision
            unit = 2.0 ** -np.clip(np.floor(np.log2(weight.mean())), -1000, 1000)
            weight = _in_single_precision(weight, unit, workers)
            strength *= unit
        gamma, size = resolution * unit, np.ones(network.n_nodes)
        if objective == "modularity":
            gamma, size = resolution / (float(strength.sum()) or 1.0), strength
        base = kernels.Level(network.start[:-1], network.start[1:], network.neighbour, weight, size)
        return cls(base, fixed, gamma, seed, workers)

    def arrange(self, community: Array) -> tuple[Search, Array, Array, Array]:
        """Sweep over a large network, then number its nodes by community.

        Returns the search, the partition and the active nodes in the new order, and the order:
        the old number of each node.
        """
        state = _state(self.base, community, self.fixed)
        n = len(community)
        if n <= _FEW_NODES:
            return self, community, state.active, np.arange(n, dtype=np.uint32)
        spaces = _spaces(self.base, self.workers.threads)
        self._sweep_all(self.base, state, spaces, np.random.default_rng(self.seed), _FIRST_SWEEPS)
        active = state.active
        _, order = parts_kernels.group(community, n)
        place = np.empty(n, np.uint32)
        place[order] = np.arange(n, dtype=np.uint32)
        lengths = (self.base.stop - self.base.start)[order]
        ends = np.zeros(n + 1, np.int64)
        np.cumsum(lengths, out=ends[1:])
        del state, spaces, lengths
        rest = (np.empty_like(values) for values in self.base[2:])
        base = kernels.Level(ends[:-1], ends[1:], *rest)
        self.workers.map(
            lambda low, high: parts_kernels.rearrange(self.base, order, place, low, high, base),
            even_cuts(ends, self.workers.threads),
        )
        fixed = self.fixed[order] if len(self.fixed) else self.fixed
        arranged = Search(base, fixed, self.gamma, self.seed, self.workers)
        return arranged, community[order], active[order], order

    def iterate(
        self, community: Array, iteration: int, active: Array | None = None, refined: bool = True
    ) -> None:
        """Improve a partition in place once.

        Parameters
        ----------
        active : (n_nodes,) bool, nodes that may have a better community; all not fixed when None
        refined : whether parts are refined; if not, communities may fall apart
        """
        noise = 0.0 if iteration < 2 else _NOISE
        level, fixed = self.base, self.fixed
        current = community
        path: list[Array] = []
        while True:
            state = _state(level, current, fixed, None if path else active)
            spaces = _spaces(level, self.workers.threads)
            draw = np.random.default_rng([self.seed, iteration, len(path)])
            self._move(level, state, spaces, draw)
            del state
            n = parts_kernels.renumber(current, np.arange(len(current), dtype=np.uint32))
            if n == len(current):
                break
            if refined:
                part, n_parts = self._refine(level, current, n, spaces, noise, draw)
            else:
                part, n_parts = current.copy(), n
            if n_parts == len(current):
                split(level, current, fixed)
                break
            above = self._aggregate(level, part, n_parts, spaces)
            of_part = np.empty(n_parts, np.uint32)
            of_part[part] = current
            if len(fixed):
                held = np.zeros(n_parts, np.bool_)
                held[part[fixed]] = True
                fixed = held
            path.append(part)
            level, current = above, of_part
        for part in reversed(path):
            current = current[part]
        community[:] = current

    def settle(self, community: Array) -> bool:
        """Let nodes move one by one until none would; say whether any did. Never lowers quality."""
        state = _state(self.base, community, self.fixed)
        (space,) = _spaces(self.base, 1)
        everyone = np.arange(len(community), dtype=np.uint32)
        return bool(kernels.settle(self.base, state, self.gamma, space, everyone) > 0)

    def value(self, community: Array) -> float:
        """Quality of a partition, but for its scale and what no partition changes."""
        start = np.append(self.base.start, len(self.base.neighbour))
        base = self.base
        inside = inside_weight(start, base.neighbour, base.weight, community, self.workers)
        total = np.bincount(community, self.base.size)
        return float(inside - self.gamma * (total @ total))

    def _move(
        self,
        level: kernels.Level,
        state: kernels.State,
        spaces: list[kernels.Space],
        draw: np.random.Generator,
    ) -> None:
        """Let nodes move until none would: many at once while many are active, then one by one."""
        n = len(state.community)
        order = np.arange(n)
        if n > _FEW_NODES:
            self._sweep_all(level, state, spaces, draw, _MOST_SWEEPS)
        else:
            order = draw.permutation(n)
        kernels.settle(level, state, self.gamma, spaces[0], order.astype(np.uint32))

    def _sweep_all(
        self,
        level: kernels.Level,
        state: kernels.State,
        spaces: list[kernels.Space],
        draw: np.random.Generator,
        most: int,
    ) -> None:
        """Sweep over the nodes while many are active."""
        n = len(state.community)
        to, fate = np.empty(n, np.uint32), np.empty(n, np.uint8)
        done = 0
        while done < most and np.count_nonzero(state.active) * _FEW_ACTIVE > n:
            self._sweep(level, state, spaces, draw, to, fate)
            done += 1

    def _sweep(
        self,
        level: kernels.Level,
        state: kernels.State,
        spaces: list[kernels.Space],
        draw: np.random.Generator,
        to: Array,
        fate: Array,
    ) -> None:
        """Let the active nodes move, block by block, and wake those that their moves concern."""
        n = len(state.community)
        shift = min(_BLOCK_BITS, max(0, (n // _LEAST_BLOCKS).bit_length() - 1))
        order = draw.permutation(((n - 1) >> shift) + 1)
        for block in order.tolist():
            low, high = block << shift, min((block + 1) << shift, n)
            bounds = np.linspace(low, high, self.workers.threads + 1).astype(int).tolist()
            self.workers.map(
                lambda space, begin, end: kernels.decide(
                    level, state, self.gamma, begin, end, space, to
                ),
                list(zip(spaces, bounds[:-1], bounds[1:], strict=True)),
            )
            kernels.apply(level, state, low, high, to, fate)
        turn = np.argsort(order)
        self.workers.map(
            lambda low, high: kernels.wake(level, state, low, high, fate, turn, shift),
            self._cuts(level),
        )

    def _refine(
        self,
        level: kernels.Level,
        community: Array,
        n: int,
        spaces: list[kernels.Space],
        noise: float,
        draw: np.random.Generator,
    ) -> tuple[Array, int]:
        """(n_nodes,) part of each node, and how many; those of one community follow each other."""
        start, nodes = parts_kernels.group(community, n)
        part = np.empty(len(nodes), np.uint32)
        size, cut = np.empty(len(nodes)), np.zeros(len(nodes))
        alone = np.empty(len(nodes), np.bool_)
        cuts = even_cuts(start, self.workers.threads)
        seed = int(draw.integers(2**62))
        self.workers.map(
            lambda space, low, high: parts_kernels.refine(
                level,
                community,
                start,
                nodes,
                low,
                high,
                self.gamma,
                noise,
                seed,
                space,
                part,
                size,
                cut,
                alone,
            ),
            [(space, *ends) for space, ends in zip(spaces, cuts, strict=False)],
        )
        return part, parts_kernels.renumber(part, nodes)

    def _aggregate(
        self, level: kernels.Level, part: Array, n: int, spaces: list[kernels.Space]
    ) -> kernels.Level:
        """The level whose nodes are the parts."""
        start, nodes = parts_kernels.group(part, n)
        lengths = np.bincount(part, level.stop - level.start, n)
        entries = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        above = kernels.Level(
            np.empty(n, np.int64),
            np.empty(n, np.int64),
            np.empty(entries[-1], np.uint32),
            np.empty(entries[-1], np.float32),
            np.empty(n, np.float64),
        )
        cuts = even_cuts(entries, self.workers.threads)
        self.workers.map(
            lambda space, low, high: parts_kernels.aggregate(
                level, part, start, nodes, low, high, int(entries[low]), space, above
            ),
            [(space, *ends) for space, ends in zip(spaces, cuts, strict=False)],
        )
        return above

    def _cuts(self, level: kernels.Level) -> list[tuple[int, int]]:
        """Ranges of nodes with about as many entries, one for each thread."""
        lengths = level.stop - level.start
        return even_cuts(np.concatenate(([0], np.cumsum(lengths))), self.workers.threads)


def _in_single_precision(weight: Array, unit: float, workers: Workers) -> Array:
    """Weights times `unit`; none becomes 0."""
    single = np.empty(len(weight), np.float32)

    def convert(low: int, high: int) -> None:
        for start in range(low, high, _CHUNK):
            part = slice(start, min(start + _CHUNK, high))
            single[part] = np.maximum(weight[part] * unit, _LEAST_WEIGHT)

    bounds = np.linspace(0, len(weight), workers.threads + 1).astype(int).tolist()
    workers.map(convert, list(pairwise(bounds)))
    return single


def inside_weight(
    start: Array, neighbour: Array, weight: Array, community: Array, workers: Workers
) -> float:
    """Weight of the entries that stay within a community; the same for any number of threads."""
    bounds = np.searchsorted(start, np.linspace(0, len(neighbour), _PARTS + 1))
    bounds[0], bounds[-1] = 0, len(start) - 1
    parts = np.empty(_PARTS)

    def add(low: int, high: int) -> None:
        for part in range(low, high):
            ends = bounds[part : part + 2].tolist()
            parts[part] = kernels.inside_weight(start, neighbour, weight, community, *ends)

    shares = np.linspace(0, _PARTS, workers.threads + 1).astype(int).tolist()
    workers.map(add, list(pairwise(shares)))
    return float(parts.sum())


def _state(
    level: kernels.Level, community: Array, fixed: Array, active: Array | None = None
) -> kernels.State:
    """The state of a partition; all nodes that are not fixed are active when None are named."""
    n = len(community)
    if active is None:
        active = ~fixed if len(fixed) else np.ones(n, np.bool_)
    state = kernels.State(
        community,
        np.empty(n, np.float64),
        np.empty(n, np.float32),
        np.empty(n, np.int32),
        np.empty(n + 1, np.uint32),
        active,
        fixed,
    )
    kernels.count_members(level, state)
    return state


def _spaces(level: kernels.Level, threads: int) -> list[kernels.Space]:
    """A space for each thread."""
    n = len(level.size)
    longest = int((level.stop - level.start).max(initial=0))
    return [
        kernels.Space(
            np.zeros(n, np.float32),
            np.empty(max(n, longest) + 1, np.uint32),
            np.empty((2, longest + 1), np.uint32),
            np.empty(n + 1, np.uint32),
        )
        for _ in range(threads)
    ]


def split(level: kernels.Level, community: Array, fixed: Array) -> bool:
    """Split communities into connected pieces; say whether any fell apart.

    Pieces with fixed nodes of one community stay together.
    """
    everyone = np.arange(len(community), dtype=np.uint32)
    n_before = parts_kernels.renumber(community, everyone)
    piece, n = parts_kernels.connected_pieces(level, community)
    held = np.flatnonzero(fixed)
    if len(held):
        _, first, which = np.unique(community[held], return_index=True, return_inverse=True)
        same = np.arange(n, dtype=np.uint32)
        same[piece[held]] = piece[held[first]][which]
        piece = same[piece]
    community[:] = piece
    return bool(parts_kernels.renumber(community, everyone) > n_before)
