"""Figures as PNG and SVG, drawn by a browser on this machine through kaleido."""

from __future__ import annotations

import asyncio
import textwrap
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from cib.datasets.errors import CibError
from cib.datasets.hostile import printable
from cib.viz.drawing import Drawing
from cib.viz.theme import colour

ImageFormat = Literal["png", "svg"]
FORMATS: tuple[ImageFormat, ...] = ("png", "svg")
WIDTH, HEIGHT = 1100, 520
CAPTION_CHARACTERS = 150
SECONDS = 60
"""How long a browser may take for one figure."""

NOWHERE = "127.0.0.1:9"
"""A proxy where nobody listens: whatever the browser itself would fetch ends there."""

POLICY = (
    "default-src 'none'; script-src file: 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
"""The page that draws loads plotly.js from its installed package and nothing else."""

_one_at_a_time = threading.Lock()


class NoImages(CibError):
    """Pictures cannot be made on this machine."""

    exit_code = 75


def images(drawings: Sequence[tuple[Drawing, ImageFormat]], width: int = WIDTH) -> list[bytes]:
    """Draw figures, in light colours on white, with one start of the browser; see `drawn`.

    Parameters
    ----------
    drawings : from `draw_raster` and its like, each with "png" or "svg"
    width : pixels (of PNG half of them: it is drawn twice as dense)
    """
    figures = []
    for drawing, kind in drawings:
        figure = on_white(drawing)
        size = {"width": width, "height": figure["layout"]["height"]}
        figures.append((figure, {"format": kind, "scale": 2 if kind == "png" else 1, **size}))
    return drawn(figures)


def drawn(figures: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> list[bytes]:
    """Draw figures as they are.

    The browser gets no network: a proxy that is not there, a content security policy, and
    plotly.js as a file. It runs without its sandbox, which neither root nor most containers can
    have; what it draws is ours, with every name in it as character references (`plotly_text`).

    Parameters
    ----------
    figures : data and layout, each with its format, width, height (pixels) and scale

    Raises
    ------
    NoImages
        There is no Chromium or Chrome, or it does not start.
    """
    if not figures:
        return []
    with _one_at_a_time:
        try:
            return asyncio.run(_drawn(figures))
        except (OSError, RuntimeError, ValueError, TimeoutError) as error:
            raise _no_images(error) from error


def _no_images(error: Exception) -> NoImages:
    """Say in one sentence why there is no picture."""
    if type(error).__name__ == "ChromeNotFoundError":
        return NoImages(
            "Pictures are made by Chromium or Chrome, and neither is installed here: install one, "
            "or name it in the environment variable BROWSER_PATH; tables and CSV need none."
        )
    reason = printable(str(error).strip().splitlines()[0] if str(error).strip() else error, 160)
    return NoImages(
        f"The browser that makes pictures did not draw ({type(error).__name__}: {reason}); try "
        "again, or export tables, which need none."
    )


async def _drawn(figures: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> list[bytes]:
    import kaleido
    import plotly

    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    page = kaleido.PageGenerator(plotly=script, mathjax=False)
    rule = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    page.header = page.header.replace("<head>", f"<head>{rule}", 1)
    async with kaleido.Kaleido(
        n=1, timeout=SECONDS, page_generator=page, proxy_server=NOWHERE
    ) as browser:
        return [bytes(await browser.calc_fig(figure, opts=options)) for figure, options in figures]


def on_white(drawing: Drawing) -> dict[str, Any]:
    """Return a drawing as a picture that stands alone.

    A page gives it background and legend; here its caption is broken into lines, and the legend
    stands under it.
    """
    layout = dict(drawing["layout"])
    title = dict(layout.get("title") or {})
    said = str((title.get("subtitle") or {}).get("text") or "")
    lines = textwrap.wrap(said, CAPTION_CHARACTERS)
    title["subtitle"] = {"text": "<br>".join(lines), "font": {"size": 12}}
    title |= {
        "xref": "container", "x": 0, "xanchor": "left", "yref": "container", "y": 1,
        "yanchor": "top", "pad": {"t": 18, "l": 24},
    }  # fmt: skip
    named = sum(bool(t.get("name")) and t.get("showlegend") is not False for t in drawing["data"])
    below = 64 + 24 * -(-named // 4) if named > 1 else 56
    notes = layout.get("annotations", ())
    above = 62 + 17 * len(lines)
    above += 22 if any(one.get("yref") == "paper" and one["y"] > 1 for one in notes) else 0
    # heights are those on a page with some room for title and legend; low figures have little
    height = int(layout.get("height") or HEIGHT)
    inside = max(height - 120, 2 * height // 3)
    layout |= {
        "title": title,
        "paper_bgcolor": colour("card"),
        "plot_bgcolor": colour("card"),
        "margin": {"l": 60, "r": 30, "t": above, "b": below},
        "height": inside + above + below,
        "legend": {
            **(layout.get("legend") or {}),
            "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "xanchor": "left",
        },
    }  # fmt: skip
    return {"data": list(drawing["data"]), "layout": layout}
