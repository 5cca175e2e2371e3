"""Colours of roles, layers, targets and scores are told apart by people of any colour vision."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from cib.viz import theme

Colour = npt.NDArray[np.float64]
VISIONS: dict[str, list[list[float]]] = {
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no long cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                      [-0.003882, -0.048116, 1.051998]],
    "no middle cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]],
    "no short cones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                       [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
"""What is left of linear RGB: Machado, Oliveira and Fernandes 2009, tables for severity 1."""
XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
       [0.0193339, 0.1191920, 0.9503041]]  # fmt: skip
"""Linear sRGB to CIE XYZ, D65 (IEC 61966-2-1)."""
FAR = 12.0
"""Least distance in CIELAB (ΔE, 1976); 2.3 is just noticeable between patches side by side."""


def lab(colour: str, vision: str) -> Colour:
    """Return a colour (#rrggbb) as somebody sees it, in CIELAB."""
    part = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(VISIONS[vision]) @ linear, 0, 1)
    xyz = (np.array(XYZ) @ seen) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def palettes(dark: int) -> dict[str, list[str]]:
    """Colours that stand beside each other: of marks (roles and targets), of lines, of scores."""
    other = theme.COLOURS["other"][dark]
    lines = [theme.DARK[one] if dark else one for one in theme.LAYER_COLOURS]
    return {
        "marks": [*(pair[dark] for pair in theme.TARGET_COLOURS), other],
        "lines": [*lines, other],
        "scores": [theme.COLOURS[name][dark] for name in ("coordination", "inauthenticity")],
    }


@pytest.mark.parametrize("dark", [0, 1])
@pytest.mark.parametrize("vision", list(VISIONS))
def test_colours_beside_each_other_are_told_apart(dark: int, vision: str) -> None:
    for name, colours in palettes(dark).items():
        for one, other in combinations(colours, 2):
            away = float(np.linalg.norm(lab(one, vision) - lab(other, vision)))
            assert away >= FAR, (name, one, other)


def test_distances_are_those_of_the_standard() -> None:
    assert lab("#ffffff", "usual") == pytest.approx([100, 0, 0], abs=0.02)
    assert lab("#ff0000", "usual") == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    red, green = (lab(one, "no middle cones") for one in ("#b04040", "#7a7a2a"))
    assert np.linalg.norm(red - green) < np.linalg.norm(
        lab("#b04040", "usual") - lab("#7a7a2a", "usual")
    )
