"""Plotly figures for notebooks and scripts that keep what they show to themselves.

Plotly's own figure offers to send its data to the vendor's cloud, and loads scripts from elsewhere
(MathJax always, plotly.js in some notebooks). This one does neither, however it is shown.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from pathlib import Path
from typing import IO, Any

import plotly.graph_objects as go
import plotly.io as pio
from plotly.io import _base_renderers as plotly_renderers

from cib.datasets.errors import UsageError
from cib.viz.theme import CONFIG, NEVER

HTML_OPTIONS = ("auto_play", "post_script", "animation_opts")
"""What may be given to `show` and is for HTML."""
CELL_HEIGHT = 525
"""Pixels of a figure in a notebook that has no height of its own; as plotly has it."""


class _Settings(dict[str, Any]):
    """Plotly settings that stay whole.

    `plotly.io.to_html` takes an empty address out of them, and plotly.js then takes its vendor's.
    """

    def pop(self, key: str, *default: Any) -> Any:
        return self.get(key, *default)


def settings(more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return this package's plotly settings with others on top, except for those on sharing.

    >>> settings({"displayModeBar": False, "showSendToCloud": True})["showSendToCloud"]
    False
    """
    return _Settings({**CONFIG, **(more or {}), **NEVER})


class Figure(go.Figure):  # type: ignore[misc]
    """A plotly Figure without the button that shares it; its pages load nothing from anywhere.

    A `config` given to any method is added to this package's, but cannot bring sharing back.
    `go.Figure(figure)` and functions of `plotly.io` see only data and layout: the layout takes the
    button away there as well, but they may load MathJax from a server.
    """

    def to_html(self, config: Mapping[str, Any] | None = None, *args: Any, **options: Any) -> str:
        """Return a page, or with `full_html=False` a part of one; see `plotly.io.to_html`."""
        return str(pio.to_html(self, settings(config), *args, **options))

    def write_html(
        self, file: str | Path | IO[str], config: Mapping[str, Any] | None = None,
        *args: Any, **options: Any,
    ) -> None:  # fmt: skip
        """Write a page; see `plotly.io.write_html`."""
        pio.write_html(self, file, settings(config), *args, **options)

    def to_image(
        self, format: str | None = None, width: int | None = None, height: int | None = None,
        scale: float | None = None, **_: Any,
    ) -> bytes:  # fmt: skip
        """Return a picture ("png" when no format is given), drawn by a browser without network.

        Raises
        ------
        NoImages
            No browser here can draw.
        """
        from cib.viz.explorer.exports.images import drawn

        layout = self.layout
        options = {
            "format": format or "png",
            "width": width or layout.width or pio.defaults.default_width,
            "height": height or layout.height or pio.defaults.default_height,
            "scale": scale or pio.defaults.default_scale,
        }
        # a notebook's thread has a loop of its own, in which no other can run
        with ThreadPoolExecutor(1) as beside:
            return beside.submit(drawn, [(self.to_dict(), options)]).result()[0]

    def write_image(
        self, file: str | Path | IO[bytes], format: str | None = None, *args: Any, **options: Any
    ) -> None:
        """Write a picture, of the kind that the name's ending says; see `to_image`."""
        if isinstance(file, str | Path):
            ending = Path(file).suffix.removeprefix(".") or None
            Path(file).write_bytes(self.to_image(format or ending, *args, **options))
        else:
            file.write(self.to_image(format, *args, **options))

    def show(self, renderer: str | None = None, validate: bool = True, **options: Any) -> None:
        """Show it in the notebook or in a browser window; see `plotly.io.show`.

        Raises
        ------
        UsageError
            A notebook's way of showing was asked for where no IPython is.
        """
        chosen = _chosen(renderer)
        bundle = self._bundle(chosen, options)
        if bundle:
            try:
                from IPython.display import display
            except ImportError as error:
                raise UsageError(
                    "Figures are shown in notebooks by IPython, which is not installed; give "
                    'renderer="browser", or write_html.'
                ) from error
            display(bundle, raw=True)
        for one in chosen:
            if isinstance(one, plotly_renderers.BrowserRenderer):
                page = self.to_html(options.get("config"), **_for_html(options))
                plotly_renderers.open_html_in_browser(page, one.using, one.new, one.autoraise)
            elif isinstance(one, plotly_renderers.ExternalRenderer):
                given = {**options, "config": settings(options.get("config"))}
                _with(one, {"include_plotlyjs": True, **given}).render(self.to_dict())

    def _bundle(self, chosen: list[Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """Return it in every form that a notebook was asked to show, by MIME type."""
        made: dict[str, Any] = {}
        config = options.get("config")
        for one in chosen:
            if isinstance(one, plotly_renderers.HtmlRenderer | plotly_renderers.IFrameRenderer):
                # plotly's would load MathJax, and in some places plotly.js, from a server
                made["text/html"] = self.to_html(
                    config, full_html=False, default_height=CELL_HEIGHT, **_for_html(options)
                )
            elif isinstance(one, plotly_renderers.ImageRenderer):
                given = _with(one, options)
                size = (given.width, given.height, given.scale)
                picture = self.to_image(given.format, *size)
                text = base64.b64encode(picture) if given.b64_encode else picture
                made[given.mime_type] = text.decode()
            elif isinstance(one, plotly_renderers.MimetypeRenderer):
                given = _with(one, {**options, "config": dict(settings(config))})
                made |= given.to_mimebundle(self.to_dict())
        return made

    def _repr_mimebundle_(self, *args: Any, validate: bool = True, **options: Any) -> Any:
        return self._bundle(_chosen(None), {})

    def _repr_html_(self) -> str:
        made = self._bundle(_chosen(None), {})
        return str(made.get("text/html") or self.to_html(full_html=False))

    def _ipython_display_(self) -> None:
        if pio.renderers.render_on_display and pio.renderers.default:
            self.show()
        else:
            print(repr(self))


def _chosen(names: str | None) -> list[Any]:
    """Return plotly's renderers of these names (with + between), or the default ones."""
    said = names or pio.renderers.default or ""
    unknown = [name for name in said.split("+") if name and name not in pio.renderers]
    if unknown:
        raise UsageError(f"Plotly has no renderer {unknown[0]!r}; see plotly.io.renderers.")
    return [pio.renderers[name] for name in said.split("+") if name]


def _with(renderer: Any, options: Mapping[str, Any]) -> Any:
    """Return a copy of a renderer with the options that it knows."""
    renderer = copy(renderer)
    for name, value in options.items():
        if hasattr(renderer, name):
            setattr(renderer, name, value)
    return renderer


def _for_html(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in HTML_OPTIONS if name in options}
