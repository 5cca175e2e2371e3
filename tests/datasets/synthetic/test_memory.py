"""What a world holds in memory while it is written, and what waits on disk."""

from __future__ import annotations

import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from cib.datasets.errors import UsageError
from cib.datasets.synthetic import PRESETS, generate, truth_events, write
from cib.datasets.synthetic.attacks import SCENARIOS
from cib.datasets.synthetic.components import FIRST_RING
from cib.datasets.synthetic.confounders import GROUPS
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.spilling import Buckets, Parts
from cib.datasets.synthetic.survey import Audience
from cib.datasets.synthetic.world import WorldSpec, crowds
from small_world import SMALL, ring

FEW = replace(
    SMALL,
    n_accounts=60,
    n_days=2,
    confounders={"G05": 20, "G07": 20, "G16": 20},
    rings=(ring("A01", 20), ring("A10", 24), ring("A08", 12)),
)


def _events_held(known: set[int]) -> int:
    """Events in memory, those of the objects that were there before left out."""
    found = (o for o in gc.get_objects() if type(o) is Events and id(o) not in known)
    return sum(len(e) for e in found)


def test_no_special_waits_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever a group or ring is made, and whenever a batch is begun, there is no other's event.

    So the most that memory holds is what one thread works on: a group, a ring or a batch.
    """
    known = {id(o) for o in gc.get_objects() if type(o) is Events}
    held: dict[str, list[int]] = {"made": [], "written": []}
    sizes: list[int] = []

    def watch(owner: Any, name: str, when: str) -> None:
        true: Callable[..., Any] = getattr(owner, name)

        def watched(*args: Any, **more: Any) -> Any:
            gc.collect()
            held[when].append(_events_held(known))
            found = true(*args, **more)
            component = getattr(found, "component", found)
            sizes.extend(len(e) for e in [getattr(component, "events", ())] if len(e))
            return found

        monkeypatch.setattr(owner, name, watched)

    for group in ("G05", "G07", "G16"):
        watch(GROUPS[group], "make", "made")
    for scenario in ("A01", "A10", "A08"):
        watch(SCENARIOS[scenario], "make", "made")
    watch(write, "_write_batch", "written")
    generate(tmp_path / "log", preset=FEW, threads=1)
    assert len(sizes) == len(held["made"]) == 6
    assert min(sizes) > 0
    assert set(held["made"]) == {0}
    assert len(held["written"]) >= 12
    assert set(held["written"]) == {0}


def test_scratch_is_there_while_it_is_needed(tmp_path: Path) -> None:
    seen: list[int] = []

    def look(done: int, total: int | None) -> None:
        scratch = tmp_path / ".log.cib-partial" / "scratch"
        seen.append(sum(path.stat().st_size for path in scratch.rglob("*.arrow")))

    manifest = generate(tmp_path / "log", preset=FEW, progress=look)
    assert min(seen) > 0
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    names = {path.relative_to(tmp_path / "log").as_posix() for path in tmp_path.rglob("*.*")}
    assert {n for n in names if n.endswith((".parquet", ".json", ".arrow"))} == {
        "manifest.json",
        *manifest["sha256"],
    }
    assert not (tmp_path / "log" / "scratch").exists()


def test_scratch_is_gone_after_a_failure(tmp_path: Path) -> None:
    def fail(done: int, total: int | None) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        generate(tmp_path / "log", preset=FEW, progress=fail)
    assert list(tmp_path.iterdir()) == []
    huge = ring("A01", 20, n_targets=10**8)
    with pytest.raises(UsageError, match="targets"):
        generate(tmp_path / "log", preset=replace(FEW, rings=(*FEW.rings[1:], huge)))
    assert list(tmp_path.iterdir()) == []


def test_threads_do_not_matter(tmp_path: Path) -> None:
    one = generate(tmp_path / "one", preset=FEW, threads=1)
    three = generate(tmp_path / "three", preset=FEW, threads=3)
    assert one == three


class TestCrowds:
    def test_a_group_of_usual_size_stays_whole(self) -> None:
        for name in ("demo", "smoke", "standard"):
            spec = PRESETS[name]
            sizes = {crowd.group: crowd.n_accounts for crowd in crowds(spec)}
            assert sizes == spec.group_sizes()
            assert [crowd.number for crowd in crowds(spec)] == list(range(1, len(GROUPS) + 1))

    @pytest.mark.parametrize("name", ["stress", "stress-confounders", "standard-confounders"])
    def test_a_large_one_is_cut(self, name: str) -> None:
        spec = PRESETS[name]
        found = crowds(spec)
        numbers = [crowd.number for crowd in found]
        assert len(set(numbers)) == len(numbers)
        assert 0 < min(numbers) <= max(numbers) < FIRST_RING
        for group, size in spec.group_sizes().items():
            sizes = [crowd.n_accounts for crowd in found if crowd.group == group]
            assert sum(sizes) == size
            assert max(sizes) <= 2 * GROUPS[group].SIZE

    def test_no_group(self) -> None:
        assert crowds(replace(SMALL, confounders={})) == []

    def test_in_the_truth(self, tmp_path: Path) -> None:
        n = 2 * GROUPS["G16"].SIZE + 1
        spec: WorldSpec = replace(FEW, n_days=1, rings=(), confounders={"G16": n})
        assert len(crowds(spec)) == 2
        generate(tmp_path / "log", preset=spec)
        truth = pq.read_table(tmp_path / "log" / "truth" / "account.parquet")
        groups = truth["confounder_group"].to_pylist()
        assert groups.count("G16") == n
        assert len(set(truth["account_id"].to_pylist())) == n + spec.n_accounts


def test_inauthentic_events_in_full_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(tmp_path / "whole", preset=FEW)
    monkeypatch.setattr(truth_events, "_GROUP", 100)
    generate(tmp_path / "cut", preset=FEW)
    name = Path("truth") / "event.parquet"
    whole, cut = pq.read_table(tmp_path / "whole" / name), pq.ParquetFile(tmp_path / "cut" / name)
    assert cut.read().equals(whole)
    ids = whole["event_id"].to_numpy()
    assert (ids[1:] > ids[:-1]).all()
    sizes = [cut.metadata.row_group(i).num_rows for i in range(cut.metadata.num_row_groups)]
    assert set(sizes[:-1]) == {100}
    assert 0 < sizes[-1] <= 100


def test_parts_come_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    whole = Events.of(50, account=rng.integers(0, 9, 50), inauthentic=rng.random(50) < 0.5)
    cuts = [whole.take(slice(0, 20)), whole.take(slice(20, 20)), whole.take(slice(20, 50))]
    parts = Parts(
        tmp_path / "one.arrow",
        ({f.name: getattr(cut, f.name) for f in fields(Events)} for cut in cuts),
    )
    for i in (2, 0, 1):
        found = Events(**parts.read(i))
        for f in fields(Events):
            values, expected = getattr(found, f.name), getattr(cuts[i], f.name)
            assert values.dtype == expected.dtype
            assert np.array_equal(values, expected)


def test_buckets_keep_the_order_and_lose_nothing(tmp_path: Path) -> None:
    buckets = Buckets(tmp_path / "rows", 5)
    assert buckets.read(0) == {}

    def add(lot: int) -> None:
        nth = np.arange(1_000)
        buckets.add({"lot": np.full(1_000, lot), "nth": nth}, nth * 7 % 4)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    for bucket in range(4):
        found = buckets.read(bucket)
        assert (found["nth"] * 7 % 4 == bucket).all()
        for lot in range(20):
            mine = found["nth"][found["lot"] == lot]
            assert len(mine) == 250
            assert (np.diff(mine) > 0).all()
    assert len(buckets.read(4)["nth"]) == 0


def test_an_audience_can_be_counted_in_parts() -> None:
    rng = np.random.default_rng(5)
    content, number = rng.integers(0, 40, 3_000), rng.integers(0, 60, 3_000)
    start_us = rng.integers(0, 10**10, 3_000)
    whole = Audience.of(content, number, start_us)
    halves = [content % 2 == odd for odd in (0, 1)]
    parts = [Audience.of(content[half], number[half], start_us[half]) for half in halves]
    joined = Audience.concat(parts)
    for f in fields(Audience):
        assert np.array_equal(getattr(joined, f.name), getattr(whole, f.name))
    for i, c in enumerate(whole.content.tolist()):
        on = sorted(zip(start_us[content == c], number[content == c], strict=True))
        near = [
            any(
                abs(on[k][0] - at) <= 300_000_000 and on[k][1] != who
                for k in range(max(j - 3, 0), min(j + 4, len(on)))
            )
            for j, (at, who) in enumerate(on)
        ]
        assert whole.n_events[i] == len(on)
        assert whole.n_accounts[i] == len({who for _, who in on})
        assert whole.n_near[i] == sum(near)
    assert len(Audience.concat([]).content) == 0
