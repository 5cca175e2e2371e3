"""A made-up run for the tests of `viz`: rings in lockstep, a crowd of fans, hostile names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

START = 1_709_251_200_000_000  # 2024-03-01 00:00 UTC in microseconds
SECOND = 1_000_000
TIME = pa.timestamp("us", "UTC")

HOSTILE = [
    "<script>window.pwned=1</script>",
    '"><img src=x onerror="window.pwned=2">',
    '<a href="https://evil.example/steal">click me</a>',
    "free\u202egpj.exe",
    "</script><script>window.pwned=3</script>",
    "%{x} $\\alpha$ &lt;b&gt; {{ 7*7 }}",
    "nul\x00tab\tline\nend",
    "javascript:window.pwned=4//" + "long" * 60,
]

SCHEMAS: dict[str, dict[str, pa.DataType]] = {
    "clusters": {
        "cluster_id": pa.int32(), "rank": pa.int32(), "n_accounts": pa.int64(),
        "n_contents": pa.int64(), "n_interactions": pa.int64(), "first_ts": TIME, "last_ts": TIME,
        "coordination": pa.float64(), "inauthenticity": pa.float64(), "log10_p": pa.float64(),
        "kind": pa.string(), "reason": pa.string(), "benign_alternative": pa.string(),
        "benign_statement": pa.string(), "benign_ruled_out": pa.bool_(), "n_edges": pa.int64(),
        "layers": pa.string(),
    },
    "members": {
        "cluster_id": pa.int32(), "account_id": pa.string(), "role": pa.string(),
        "strength": pa.float64(), "place": pa.string(),
    },
    "edges": {
        "account_a": pa.string(), "account_b": pa.string(), "layer": pa.string(),
        "window_s": pa.float64(), "observed": pa.int32(), "expected": pa.float64(),
        "log10_p": pa.float64(), "q_value": pa.float64(), "weight": pa.float64(),
        "n_shared": pa.int32(), "n_events": pa.int64(), "null": pa.string(),
    },
    "targets": {
        "cluster_id": pa.int32(), "content_id": pa.string(), "n_interactions": pa.int64(),
        "n_interactions_all": pa.int64(), "n_members": pa.int64(), "share": pa.float64(),
    },
    "evidence": {
        "cluster_id": pa.int32(), "signal": pa.string(), "score": pa.string(),
        "observed": pa.float64(), "expected": pa.float64(), "log10_p": pa.float64(),
        "log_odds": pa.float64(), "statement": pa.string(),
    },
    "accounts": {
        "account_id": pa.string(), "cluster_id": pa.int32(), "coordination": pa.float64(),
        "inauthenticity": pa.float64(), "n_interactions": pa.int64(), "n_contents": pa.int64(),
        "first_ts": TIME, "last_ts": TIME,
    },
    "interactions": {
        "cluster_id": pa.int32(), "account_id": pa.string(), "content_id": pa.string(),
        "action": pa.string(), "ts": TIME,
    },
    "quarantine": {
        "file": pa.string(), "column": pa.string(), "reason": pa.string(), "n_rows": pa.int64(),
        "first_row": pa.int64(), "example": pa.string(),
    },
}  # fmt: skip
"""The tables as the front writes them."""


@dataclass
class FakeRun:
    """Rows of a run under construction; `tables()` gives them as Arrow."""

    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {n: [] for n in SCHEMAS})

    def tables(self) -> dict[str, pa.Table]:
        """Return the tables with the schema of a run."""
        return {
            name: pa.Table.from_pylist(self.rows[name], schema=pa.schema(list(schema.items())))
            for name, schema in SCHEMAS.items()
        }

    def ring(
        self, names: list[str], contents: list[str], *, bursts: int, jitter_s: float = 25
    ) -> int:
        """Add a ring: every few hours most of its accounts play the same few tracks at once."""
        acts = []
        for burst in range(bursts):
            at = START + int((burst * 16 / bursts + self.rng.uniform(0, 0.2)) * 86400e6)
            for content in self.rng.choice(contents, min(3, len(contents)), replace=False):
                at += int(self.rng.uniform(200, 2000) * SECOND)
                for name in names:
                    if self.rng.random() < 0.8:
                        late = int(self.rng.exponential(jitter_s) * SECOND)
                        acts.append((name, str(content), at + late))
        benign = {
            "benign_alternative": "household or shared playlist",
            "benign_statement": "A shared playlist would explain the same order but not the same "
            "second: 83% of the plays start within 25 s of each other, on 31 networks.",
            "benign_ruled_out": True,
        }
        reason = (
            f"{len(names)} accounts started the same {len(contents)} tracks within a minute of "
            f"each other {bursts} times in 16 days; chance gives 0.4."
        )
        k = len(self.rows["clusters"])
        scores = 0.98 - 0.17 * (k % 3) - 0.01 * k % 0.1, 0.93 - 0.11 * (k % 4)
        return self._cluster(names, acts, *scores, "streaming ring", reason, benign)

    def fans(self, names: list[str], contents: list[str]) -> int:
        """Add a crowd of fans: one album night, then each as they please."""
        acts = []
        for name in names:
            night = START + int(7.83 * 86400e6)
            for content in self.rng.permutation(contents)[: int(self.rng.integers(4, 12))]:
                delay = self.rng.exponential(3600 * 5)
                acts.append((name, str(content), night + int(delay * SECOND)))
            for _ in range(int(self.rng.integers(0, 8))):
                at = night + int(self.rng.uniform(0, 8 * 86400) * SECOND)
                acts.append((name, str(self.rng.choice(contents)), at))
        benign = {
            "benign_alternative": "fans on album night",
            "benign_statement": "The burst starts within minutes of the release, decays over two "
            "days as audiences do, and the accounts share little else.",
            "benign_ruled_out": False,
        }
        reason = f"{len(names)} accounts played one new album on the night of its release."
        return self._cluster(names, acts, 0.64, 0.18, "release burst", reason, benign)

    def _cluster(
        self, names: list[str], acts: list[tuple[str, str, int]], coordination: float,
        inauthenticity: float, kind: str, reason: str, benign: dict[str, Any],
    ) -> int:  # fmt: skip
        cluster_id = len(self.rows["clusters"]) + 1
        contents = sorted({content for _, content, _ in acts})
        times = [ts for _, _, ts in acts]
        by_account: dict[str, list[int]] = {}
        for who, _, ts in acts:
            by_account.setdefault(who, []).append(ts)
        n_edges = self._edges(names, dense=inauthenticity > 0.5)
        self.rows["clusters"].append({
            "cluster_id": cluster_id, "rank": cluster_id, "n_accounts": len(names),
            "n_contents": len(contents), "n_interactions": len(acts), "first_ts": min(times),
            "last_ts": max(times), "coordination": coordination, "inauthenticity": inauthenticity,
            "log10_p": -231.4 if inauthenticity > 0.5 else -18.2, "kind": kind, "reason": reason,
            "n_edges": n_edges, "layers": "same track, shared device", **benign,
        })  # fmt: skip
        for i, name in enumerate(names):
            own = by_account.get(name, times[:1])
            core = i < 0.8 * len(names)
            self.rows["members"].append({
                "cluster_id": cluster_id, "account_id": name, "role": "listener",
                "place": "core" if core else "fringe",
                "strength": round(float(self.rng.uniform(0.6, 1) if core else 0.3), 3),
            })  # fmt: skip
            self.rows["accounts"].append({
                "account_id": name, "cluster_id": cluster_id, "coordination": coordination,
                "inauthenticity": inauthenticity, "n_interactions": len(own) + 40,
                "n_contents": 12, "first_ts": min(own), "last_ts": max(own),
            })  # fmt: skip
        for content in contents:
            by = [who for who, what, _ in acts if what == content]
            everyone = round(len(by) * (1.04 if inauthenticity > 0.5 else 40)) + 3
            self.rows["targets"].append({
                "cluster_id": cluster_id, "content_id": content, "n_interactions": len(by),
                "n_interactions_all": everyone, "n_members": len(set(by)),
                "share": len(by) / everyone,
            })  # fmt: skip
        self.rows["interactions"] += [
            {
                "cluster_id": cluster_id,
                "account_id": who,
                "content_id": what,
                "action": "play",
                "ts": ts,
            }
            for who, what, ts in acts
        ]
        for signal, score, observed, expected, log10_p, log_odds, statement in (
            ("lockstep", "coordination", 412.0, 0.38, -231.4, 4.1,
             "Its pairs acted together 412 times on average; chance gives 0.38."),
            ("shared_device", "coordination", 9.0, 0.02, -19.0, 1.7,
             "9 pairs share a device that nobody outside the cluster uses."),
            ("content_monopoly", "inauthenticity", 0.96, 0.04, -88.0, 2.9,
             "The cluster makes 96% of all plays of its targets; groups of this size make 4%."),
            ("round_the_clock", "inauthenticity", 22.4, 11.2, -12.1, 1.2,
             "Its accounts are active in 22.4 of 24 hours; accounts as busy are active in 11.2."),
            ("account_age", "inauthenticity", 3.0, None, None, None,
             "Half of its accounts were made on 3 days."),
        ):  # fmt: skip
            self.rows["evidence"].append({
                "cluster_id": cluster_id, "signal": signal, "score": score, "observed": observed,
                "expected": expected, "log10_p": log10_p, "log_odds": log_odds,
                "statement": statement,
            })  # fmt: skip
        return cluster_id

    def _edges(self, names: list[str], *, dense: bool) -> int:
        n = len(names)
        if n <= 60 and dense:
            chosen = [(i, j) for i in range(n) for j in range(i) if self.rng.random() < 0.55]
        else:
            chosen = [(i, int(j)) for i in range(1, n)
                      for j in set(self.rng.integers(0, i, min(i, 6)).tolist())]  # fmt: skip
        for i, j in chosen:
            a, b = sorted((names[i], names[j]))
            layers = [("same track", 60.0)]
            if self.rng.random() < 0.12:
                layers.append(("shared device", None))
            for layer, window in layers:
                observed = int(self.rng.integers(20, 90)) if window else 1
                self.rows["edges"].append({
                    "account_a": a, "account_b": b, "layer": layer, "window_s": window,
                    "observed": observed, "expected": 0.38 if window else 0.001,
                    "log10_p": -40.0, "q_value": 1e-30, "n_shared": 28, "n_events": observed,
                    "weight": float(np.log1p(observed)), "null": "timing",
                })  # fmt: skip
        return len(chosen)


def fake_manifest(rows: int = 1_204_331) -> dict[str, Any]:
    """Return a manifest as the front writes it."""
    return {
        "version": "0.1.0", "run_id": "3f9c2a71d0b4", "created": "2024-03-18T03:04:05Z",
        "source": "s3://logs/plays/2024-03/*.parquet",
        "configuration": {"q": 0.05, "window": "60s", "seed": 0, "action": ["play"]},
        "inputs": [{"name": "day=01/part-0.parquet", "rows": rows, "bytes": 31_000_000,
                    "fingerprint": "b1946ac92492d2347c6235b4d2611184"}],
        "rows": {"read": rows, "used": rows - 412, "quarantined": 12, "duplicates": 300,
                 "out_of_scope": 100},
        "stages": [{"name": "read", "seconds": 1.42, "peak_memory_bytes": 310_000_000},
                   {"name": "project", "seconds": 3.9, "peak_memory_bytes": 800_000_000}],
        "layers": [
            {"name": "same track", "available": True, "reason": "", "n_rows": rows,
             "n_tokens": 81_000},
            {"name": "text", "available": False,
             "reason": "the log has neither text nor text_hash", "n_rows": 0, "n_tokens": 0}],
        "signals": [{"name": "account_age", "available": False,
                     "reason": "no accounts table with created_ts was given"}],
        "tests": [{"layer": "same track", "window_s": 60.0, "n_tests": 48_113_220,
                   "n_candidates": 91_022, "n_discoveries": 1_204},
                  {"layer": "shared device", "window_s": None, "n_tests": 9_114,
                   "n_candidates": 300, "n_discoveries": 61}],
        "capped": ["2 tracks with more than 100,000 plays were sampled; they hold 0.3% of pairs."],
        "seeds": {"leiden": 0},
    }  # fmt: skip


def fake_tables(*, large: int = 0) -> dict[str, pa.Table]:
    """Return two rings (one with hostile names), fans, and `large` rings of 2,000 accounts."""
    run = FakeRun()
    run.ring(
        [f"user_{i:05d}" for i in range(1000, 1048)],
        [f"track:{i:04x}" for i in range(31)],
        bursts=60,
    )
    run.ring(
        [*HOSTILE, "bot_a", "bot_b"],
        ["<b>Hit</b> <a href='//evil.example'>x</a>", "song-2"],
        bursts=25,
    )
    run.fans(
        [f"listener-{i}" for i in range(220)], [f"Album 7 / Track {i:02d}" for i in range(1, 13)]
    )
    run.ring(["tiny-1", "tiny-2", "tiny-3"], ["one-hit"], bursts=9)
    for k in range(large):
        run.ring(
            [f"farm{k}-{i:05d}" for i in range(2000)], [f"t{k}-{i}" for i in range(40)], bursts=8
        )
    run.rows["quarantine"].append({
        "file": "day=01/part-0.parquet", "column": "ts", "reason": "time lies before 1990",
        "n_rows": 12, "first_row": 88_123, "example": "<img src=x onerror=window.pwned=5>",
    })  # fmt: skip
    return run.tables()


@pytest.fixture(scope="session")
def run_tables() -> dict[str, pa.Table]:
    """Two rings, a crowd of fans and a cluster of three, as tables."""
    return fake_tables()


@pytest.fixture(scope="session")
def large_tables() -> dict[str, pa.Table]:
    """The same and a farm of 2,000 accounts."""
    return fake_tables(large=1)


@pytest.fixture(scope="session")
def manifest() -> dict[str, Any]:
    """The manifest of that run."""
    return fake_manifest()


@pytest.fixture
def new_run() -> Callable[[], FakeRun]:
    """A run to build by hand."""
    return FakeRun


@pytest.fixture(scope="session")
def hostile_names() -> list[str]:
    """Account names that try to be something else than text."""
    return HOSTILE
