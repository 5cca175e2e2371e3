"""The manifest: what was scanned, how, and what came of every row."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from cib._version import __version__
from cib.algorithms.blocks import (
    AUDIENCE,
    BLOCK,
    LOOPED,
    ODD_HOURS,
    RARE,
    Block,
)
from cib.algorithms.evidence import Evidence
from cib.algorithms.judgement import Judgement
from cib.algorithms.scoring import shipped_scale
from cib.algorithms.signals.comparison import main_action
from cib.datasets.durations import US_PER_SECOND
from cib.datasets.log import InteractionLog
from cib.datasets.verdicts import AccountVerdicts
from cib.graphs.layers import (
    Layer,
    Unavailable,
    UntimedLayer,
)
from cib.settings import Settings


def describe(
    source: str | Path,
    settings: Settings,
    name: str,
    log: InteractionLog,
    layers: Sequence[Layer | UntimedLayer],
    missing_layers: Sequence[Unavailable],
    evidence: Evidence,
    blocks: Sequence[Block],
    capped: Sequence[tuple[str, str]],
    judgement: Judgement,
    stages: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Write down what was scanned, how, and what came of every row."""
    return {
        "version": __version__,
        "run_id": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": os.fsencode(source).decode("utf-8", "backslashreplace"),
        "configuration": settings.written,
        "inputs": list(log.inputs),
        "other_files": log.other_files,
        "rows": asdict(log.accounting),
        "actions": list(log.action_names),
        "main_action": log.action_names[main_action(log)],
        "actions_missing": sorted(set(settings.action).difference(log.actions_found)),
        "actions_found": list(log.actions_found),
        "read_as_null": [] if log.notes is None else log.notes.to_pylist(),
        "n_accounts": log.n_accounts,
        "n_contents": log.n_contents,
        "bytes_on_disk": log.scratch.spilled,
        "stages": list(stages),
        "layers": [
            *(
                {
                    "name": layer.name,
                    "available": True,
                    "reason": "",
                    "n_rows": layer.n_rows,
                    "n_tokens": layer.n_tokens,
                }
                for layer in layers
            ),
            *(
                {
                    "name": layer.name,
                    "available": False,
                    "reason": layer.reason,
                    "n_rows": 0,
                    "n_tokens": 0,
                }
                for layer in missing_layers
            ),
        ],
        "signals": [
            *({"name": n, "available": True, "reason": ""} for n in judgement.measured),
            *({"name": s.name, "available": False, "reason": s.reason} for s in judgement.missing),
        ],
        "tests": describe_tests(evidence),
        "blocks": [
            {
                "slot_s": slot / US_PER_SECOND,
                "n_blocks": sum(b.slot == slot and b.signal == BLOCK for b in blocks),
            }
            for slot in settings.blocks
        ],
        **{
            name: [
                {
                    "layer": layer.name,
                    "n_blocks": sum(b.layer == layer.name and b.signal == signal for b in blocks),
                }
                for layer in layers
                if isinstance(layer, Layer) and layer.of_contents and wanted
            ]
            for name, signal, wanted in (
                ("audiences", AUDIENCE, settings.audiences),
                ("rare", RARE, settings.rare),
                ("loops", LOOPED, settings.loops),
                ("odd_hours", ODD_HOURS, settings.odd_hours),
            )
        },
        "capped": [
            {
                "what": f"layer {t.layer}: testable pairs were bounded, not counted",
                "effect": "q-values are larger than they need to be; no edge is false for it",
            }
            for t in evidence.tests
            if not t.sharing.exact
        ]
        + [{"what": what, "effect": effect} for what, effect in capped],
        "seeds": {"leiden": settings.seed, "blocks": settings.seed},
    }


def describe_verdicts(
    settings: Settings, verdicts: AccountVerdicts, judgement: Judgement
) -> dict[str, Any]:
    """How many verdicts there were, and what they did to the prior (log-odds)."""
    file, found = settings.verdicts, judgement.recalibration
    prior = shipped_scale().expecting(settings.prior).prior
    return {
        "sha256": "" if file is None else file.sha256,
        "n_confirmed": int((verdicts.sign > 0).sum()),
        "n_benign": int((verdicts.sign < 0).sum()),
        "n_not_in_log": verdicts.n_elsewhere,
        "n_clusters_judged": 0 if found is None else found.n_judged,
        "n_clusters_confirmed": 0.0 if found is None else found.n_found,
        "n_clusters_expected": 0.0 if found is None else found.n_judged * found.expected,
        "prior_before": prior,
        "prior": prior + (0.0 if found is None else found.shift),
    }


def describe_tests(evidence: Evidence) -> list[dict[str, Any]]:
    """How many pairs could have been tested, were candidates and were found."""
    rows = []
    for tests in evidence.tests:
        found = evidence.edges.filter(pc.equal(evidence.edges["layer"], tests.layer))
        strata = {
            f"{1 << k}–{(2 << k) - 1}": int(n) for k, n in enumerate(tests.sharing.n_pairs) if n
        }
        for window, n_candidates in tests.n_candidates.items():
            rows.append(
                {
                    "layer": tests.layer,
                    "window_s": window / US_PER_SECOND,
                    "n_tests": int(tests.sharing.n_pairs.sum()),
                    "n_candidates": n_candidates,
                    "n_discoveries": len(found.filter(pc.equal(found["window_us"], window))),
                    "pairs_by_tokens_shared": strata,
                    "counted_exactly": tests.sharing.exact,
                    "min_shared_of_discoveries": tests.min_shared_of_discoveries,
                }
            )
    return rows
