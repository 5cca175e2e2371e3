"""What the network on a page draws, beside the evidence in the run's own files."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from selenium.webdriver.common.keys import Keys

from browsers import find
from explorer_runs import HOSTILE, newest
from picture_browser import Page

OUTSIDERS = ("user001", "user002", "bot00 of ring 1")
"""Whom this file's runs join to the first member: two people in no cluster, one of another."""
LINE = """
const [prefix, a, b] = arguments, pic = cibPictures.of(prefix);
const { where } = pic.kind.probe(), [[ax, ay], [bx, by]] = [where(a), where(b)];
const ctx = pic.canvas.getContext('2d'), seen = [];
for (let t = 0.25; t < 0.75; t += 0.002) {
  const at = [(ax + t * (bx - ax)) * pic.ratio, (ay + t * (by - ay)) * pic.ratio];
  const [r, g, b, alpha] = ctx.getImageData(Math.round(at[0]), Math.round(at[1]), 1, 1).data;
  if (alpha > 40) seen.push([r, g, b]);
}
return seen;
"""
"""The colours of what is drawn on the middle half of the way between two accounts."""
INKS = """
const pic = cibPictures.of(arguments[0]);
const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
return Object.fromEntries(pic.payload.layers.map((one) => [one.name, rgb(pic.colour(one.colour))]));
"""


def with_outsiders(edges: pa.Table) -> pa.Table:
    """Edges between clusters, and to accounts in none, as large runs have them."""
    one = next(row for row in edges.to_pylist() if row["account_a"] == HOSTILE["bot00"])
    joined = [
        {**one, "account_b": name, "cluster_id": None, "layer": "play", "weight": 9.0 - i}
        for i, name in enumerate(OUTSIDERS)
    ]
    return pa.concat_tables([edges, pa.Table.from_pylist(joined, edges.schema)])


def evidence(served: Any, cluster: int) -> dict[frozenset[int], list[tuple[str, float, float]]]:
    """Layer, weight and q-value of every pair of members, from the run's file itself."""
    row_of = {
        row["account_id"]: i
        for i, row in enumerate(pq.read_table(newest(served).path / "accounts.parquet").to_pylist())
    }
    found: dict[frozenset[int], list[tuple[str, float, float]]] = {}
    for edge in pq.read_table(newest(served).path / "edges.parquet").to_pylist():
        if edge["cluster_id"] == cluster:
            pair = frozenset(row_of[edge[end]] for end in ("account_a", "account_b"))
            found.setdefault(pair, []).append((edge["layer"], edge["weight"], edge["q_value"]))
    return found


def as_expected(net: Page, served: Any, cluster: int, layers: set[str], least: float = 0.0) -> bool:
    """Whether the pairs that a filter leaves are drawn, each as the strongest of its evidence."""
    wanted = {}
    for pair, edges in evidence(served, cluster).items():
        left = [(w, layer) for layer, w, q in edges if layer in layers and q <= 10.0**-least]
        if left:
            wanted[pair] = {layer for weight, layer in left if weight == max(left)[0]}
    is_drawn = drawn(net)
    assert is_drawn.keys() == wanted.keys()
    return all(layer in wanted[pair] for pair, layer in is_drawn.items())


def drawn(net: Page) -> dict[frozenset[int], str]:
    """What the picture says that it draws."""
    return {frozenset(pair[:2]): pair[2] for pair in net.probe(net.network, "pairs")}


def layers_of(served: Any, cluster: int) -> set[str]:
    return {layer for edges in evidence(served, cluster).values() for layer, *_ in edges}


TICKED = """return [...document.querySelectorAll('#network-layers input:checked')].map(
  (one) => one.closest('label').innerText.trim()).sort().join(',')"""
"""The layers that are ticked."""


def tick(net: Page, layer: str) -> None:
    """Press the box of a layer."""
    find(net.driver, "#network-layers label", layer).click()


def most_joined(served: Any) -> int:
    """The cluster joined in the most layers, of which now one is the strongest, now another."""
    numbers = range(1, newest(served).tables.n_clusters + 1)
    return max(numbers, key=lambda one: len(layers_of(served, one)))


def lasso_all(net: Page) -> None:
    """Draw a lasso around everybody."""
    wide, high = net.js("const p = cibPictures.of('network'); return [p.w - 4, p.h - 4]")
    net.drag("network", (3, 3), (wide, 3), (wide, high), (3, high), (3, 9), key=Keys.SHIFT)


def colours_between(net: Page, pair: frozenset[int], inks: dict[str, list[int]]) -> set[str]:
    """Return the layers whose colours lie on the way between two accounts."""
    seen = net.js(LINE, "network", *sorted(pair))
    assert len(seen) > 20
    far = {n: lambda rgb, ink=ink: sum((x - y) ** 2 for x, y in zip(rgb, ink, strict=True))
           for n, ink in inks.items()}  # fmt: skip
    return {min(far, key=lambda name, rgb=rgb: far[name](rgb)) for rgb in seen}
