"""The tables that `cib evaluate` prints: a page to read, cut from the long table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cib.datasets.labels import labelled
from cib.datasets.wording import plural

if TYPE_CHECKING:
    from cib.evaluation import Evaluation

Table = tuple[str, Sequence[str], list[Sequence[Any]]]
Method = tuple[str, str]
"""Source and degrade mode."""

NAMES = {
    "rings": "rings",
    "ring_recall": "rings reported",
    "ring_found": "rings found at all",
    "recall_area": "area under recall, n ≈ 100",
    "rings_split": "rings split",
    "rings_merged": "rings merged",
    "time_to_detect_h": "hours to detect, median",
    "streams_before_detection": "streams before detection",
    "streams_before_detection_share": "… of all inauthentic",
    "account_pr_auc": "account PR-AUC",
    "account_recall_at_fpr": "account recall at FPR ≤ 0.1%",
    "account_precision": "account precision",
    "account_recall": "account recall",
    "account_f1": "account F1",
    "account_fpr": "honest accounts flagged",
    "clusters_reported": "clusters reported",
    "clusters_false": "… of them false",
    "cluster_purity": "purity",
    "weighted_precision": "weighted precision",
    "cluster_homogeneity": "homogeneity",
    "brier": "Brier score of clusters",
    "calibration_error": "calibration error of clusters",
}
"""Measures in the order of the first table, and what a person calls them."""

KINDS = ("scenario", "tier", "size")
STRATUM_COLUMNS = (
    ("ring_found", "found"),
    ("account_pr_auc", "PR-AUC"),
    ("account_recall_at_fpr", "recall¹"),
    ("cluster_purity", "purity"),
)
COUNTS = ("rings", "clusters_reported", "clusters_false", "streams_before_detection")
CELLS_SHOWN = 10


class Lookup:
    """Rows of the long table by method, stratum and measure; all seeds pooled."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.rows: dict[tuple[Method, str, str, str], dict[str, Any]] = {}
        for row in evaluation.table.to_pylist():
            if row["seed"] is None:
                method = (row["source"], row["degrade"])
                self.rows[method, row["stratum_kind"], row["stratum"], row["measure"]] = row
        self.methods = list(dict.fromkeys(key[0] for key in self.rows))
        several = len({degrade for _, degrade in self.methods}) > 1
        self.titles = [f"{source}, {mode}" if several else source for source, mode in self.methods]

    def get(self, method: Method, kind: str, name: str, measure: str) -> dict[str, Any]:
        """Row of a measure, empty when it was not measured."""
        empty = {"value": None, "low": None, "high": None, "n": 0}
        return self.rows.get((method, kind, name, measure), empty)

    def strata(self, kind: str) -> list[str]:
        """Names of the strata of a kind, in the order of the table."""
        return list(dict.fromkeys(key[2] for key in self.rows if key[1] == kind))


def tables(evaluation: Evaluation, ks: Sequence[int]) -> Iterator[Table]:
    """Yield the tables: overall, by stratum, false positives."""
    found = Lookup(evaluation)
    yield overall(found, ks)
    if len(found.methods) == 1:
        parts = (
            strata(found),
            broken_rings(found),
            roles(found),
            reliability(found),
            false_positives(found),
            flagged_cells(found),
        )
        yield from (part for part in parts if part is not None and part[2])
    else:
        yield compared(found, "Rings reported", "ring_recall", KINDS)
        yield compared(found, "Account PR-AUC", "account_pr_auc", KINDS)
        yield compared(
            found,
            "Honest and grey accounts flagged, groups with any",
            "false_positive_rate",
            ("confounder",),
        )


def overall(found: Lookup, ks: Sequence[int]) -> Table:
    """Every measure over all rings; intervals where there is room for them."""
    names = NAMES | {f"cluster_precision_at_{k}": f"precision of the first {k}" for k in sorted(ks)}
    most = max(found.get(m, "all", "all", "clusters_reported")["n"] for m in found.methods)
    for k, larger in pairwise(sorted(ks)):
        if k >= most:  # the same clusters once more
            names.pop(f"cluster_precision_at_{larger}", None)
    lines: list[Sequence[Any]] = []
    for measure, label in names.items():
        rows = [found.get(method, "all", "all", measure) for method in found.methods]
        if all(row["value"] is None and row["n"] == 0 for row in rows):
            continue
        values = [number(row["value"], measure) for row in rows]
        if len(rows) > 1:
            lines.append((label, *values))
        else:
            lines.append((label, values[0], interval(rows[0]), about(rows[0], measure)))
    if len(found.methods) > 1:
        return "Over all rings", ("", *found.titles), lines
    return f"Over all rings: {found.titles[0]}", ("", "value", "95% interval", "of"), lines


def strata(found: Lookup) -> Table:
    """One method by scenario, tier and size; narrow enough for a terminal of 80 columns."""
    (method,) = found.methods
    lines: list[Sequence[Any]] = []
    for kind in KINDS:
        for name in found.strata(kind):
            recall = found.get(method, kind, name, "ring_recall")
            others = (found.get(method, kind, name, measure) for measure, _ in STRATUM_COLUMNS)
            lines.append(
                (
                    stratum(kind, name),
                    recall["n"],
                    short(recall["value"]),
                    "–" if recall["low"] is None else f"{recall['low']:.2f}–{recall['high']:.2f}",
                    *(short(row["value"]) for row in others),
                )
            )
    labels = [label for _, label in STRATUM_COLUMNS]
    return (
        "By stratum (¹ of accounts, at FPR ≤ 0.1%)",
        ("", "rings", "reported", "95%", *labels),
        lines,
    )


def broken_rings(found: Lookup) -> Table | None:
    """One method's strata in which rings are split or merged."""
    (method,) = found.methods
    lines: list[Sequence[Any]] = []
    for kind in KINDS:
        for name in found.strata(kind):
            rows = [found.get(method, kind, name, m) for m in ("rings_split", "rings_merged")]
            n = [round((row["value"] or 0) * row["n"]) for row in rows]
            if any(n):
                lines.append((stratum(kind, name), rows[0]["n"], *n))
    return ("Split and merged", ("", "rings", "split", "merged"), lines) if lines else None


def roles(found: Lookup) -> Table | None:
    """One method by the role of inauthentic accounts, when there are several."""
    (method,) = found.methods
    names = found.strata("role")
    columns = ("account_pr_auc", "account_recall_at_fpr", "account_recall")
    rows = [[found.get(method, "role", name, measure) for measure in columns] for name in names]
    lines: list[Sequence[Any]] = [
        (name, mine[0]["n"], *(short(row["value"]) for row in mine))
        for name, mine in zip(names, rows, strict=True)
    ]
    header = ("", "accounts", "PR-AUC", "recall¹", "flagged")
    return ("By role of the account", header, lines) if len(lines) > 1 else None


def reliability(found: Lookup) -> Table | None:
    """One method's predictions of clusters beside what is true, by bins; None without any."""
    (method,) = found.methods
    lines: list[Sequence[Any]] = []
    for name in found.strata("reliability"):
        predicted = found.get(method, "reliability", name, "predicted")
        seen = found.get(method, "reliability", name, "observed")
        share = short(seen["value"])
        lines.append((name, seen["n"], short(predicted["value"]), share, interval(seen)))
    header = ("inauthenticity", "clusters", "mean", "true", "95% interval")
    return ("Clusters by inauthenticity, and the share that is", header, lines) if lines else None


def compared(found: Lookup, title: str, measure: str, kinds: Sequence[str]) -> Table:
    """One measure of all methods by stratum."""
    lines: list[Sequence[Any]] = []
    for kind in kinds:
        for name in found.strata(kind):
            rows = [found.get(method, kind, name, measure) for method in found.methods]
            values = [number(row["value"], measure) for row in rows]
            n = max(row["n"] for row in rows)
            if kind != "confounder" or any(row["value"] for row in rows):
                lines.append((stratum(kind, name), n, *values))
    if measure == "false_positive_rate":
        rows = [found.get(method, "all", "all", "account_fpr") for method in found.methods]
        lines.append(("all honest", rows[0]["n"], *(number(row["value"], measure) for row in rows)))
    unit = "accounts" if measure in ("account_pr_auc", "false_positive_rate") else "rings"
    return title, ("", unit, *found.titles), lines


def false_positives(found: Lookup) -> Table:
    """One method's false positives by confounder group and by market."""
    (method,) = found.methods
    lines: list[Sequence[Any]] = []
    for kind in ("confounder", "market"):
        for name in found.strata(kind):
            row = found.get(method, kind, name, "false_positive_rate")
            flagged = round(row["value"] * row["n"])
            rate = number(row["value"], "false_positive_rate")
            lines.append((stratum(kind, name), row["n"], flagged, rate, interval(row)))
    total = found.get(method, "all", "all", "account_fpr")
    if total["value"] is not None:
        lines.append(
            (
                "all honest",
                total["n"],
                round(total["value"] * total["n"]),
                number(total["value"], "false_positive_rate"),
                interval(total),
            )
        )
    return (
        "Honest and grey accounts in reported clusters",
        ("", "accounts", "flagged", "share", "95% interval"),
        lines,
    )


def flagged_cells(found: Lookup) -> Table | None:
    """The group × market cells with anybody flagged, the surely worst first."""
    (method,) = found.methods
    kind, measure = "confounder_market", "false_positive_rate"
    rows = [found.get(method, kind, name, measure) for name in found.strata(kind)]
    hit = sorted((row for row in rows if row["value"]), key=lambda row: -row["low"])
    if not hit:
        return None
    more = f"; {len(hit) - CELLS_SHOWN} more in the table" if len(hit) > CELLS_SHOWN else ""
    return (
        f"Group × market with anybody flagged: {len(hit)} of {len(rows)}{more}",
        ("group × market", "accounts", "flagged", "share", "95% interval"),
        [
            (
                row["stratum"],
                row["n"],
                round(row["value"] * row["n"]),
                number(row["value"], measure),
                interval(row),
            )
            for row in hit[:CELLS_SHOWN]
        ],
    )


def worst_cells(evaluation: Evaluation) -> Iterator[str]:
    """Name the worst cell of each method."""
    found = Lookup(evaluation)
    for method, title in zip(found.methods, found.titles, strict=True):
        who = f" of {title}" if len(found.methods) > 1 else ""
        hit = [row for key, row in found.rows.items() if key[:2] == (method, "worst_cell")]
        if not hit:
            yield f"No honest or grey account is in a reported cluster{who}."
        for row in hit:
            flagged = round(row["value"] * row["n"])
            yield (
                f"Worst cell{who}: {row['stratum']}, {flagged:,} of {plural(row['n'], 'account')} "
                f"flagged ({number(row['value'], 'false_positive_rate')}, 95% interval "
                f"{interval(row)})."
            )


def number(value: float | None, measure: str) -> str:
    """Write a value: counts whole, small rates as percentages, shares with three digits.

    Examples
    --------
    >>> number(0.5, "ring_recall"), number(3.0, "rings"), number(0.00123, "account_fpr")
    ('0.500', '3', '0.12%')
    """
    if value is None:
        return "–"
    if measure in COUNTS:
        return f"{value:,.0f}"
    if measure == "time_to_detect_h":
        return f"{value:,.1f}"
    if measure in ("account_fpr", "false_positive_rate"):
        return f"{value:.2%}"
    return f"{value:.3f}"


def stratum(kind: str, name: str) -> str:
    """Name a stratum in a table.

    Examples
    --------
    >>> stratum("scenario", "A01"), stratum("tier", "easy")
    ('A01 lockstep loop', 'tier easy')
    """
    return labelled(name) if kind in ("scenario", "confounder") else f"{kind} {name}"


def short(value: float | None) -> str:
    """Write a share with two digits."""
    return "–" if value is None else f"{value:.2f}"


def interval(row: dict[str, Any]) -> str:
    """Write the interval of a row."""
    if row["low"] is None:
        return "–"
    measure = row.get("measure", "")
    if row["high"] is None:  # most rings of many draws stay undetected
        return f"{number(row['low'], measure)} or more"
    return f"{number(row['low'], measure)} to {number(row['high'], measure)}"


def about(row: dict[str, Any], measure: str) -> str:
    """Say how many of what a measure is about."""
    if measure in COUNTS:
        return ""
    if measure.startswith("account"):
        return plural(row["n"], "account")
    if measure.startswith(("cluster", "weighted", "brier", "calibration")):
        return plural(row["n"], "cluster")
    return plural(row["n"], "ring")
