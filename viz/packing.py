"""Figures as compact JSON that is safe inside an HTML page."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

from cib.viz.drawing import Drawing

_TOP = {False: 52, True: 8}
"""Pixels above a plot without title: room for legend and buttons, or none for a legend below."""
_TYPED = {"|u1": "u1", "<u2": "u2", "<f4": "f4", "<f8": "f8"}
"""NumPy types that plotly.js reads as bytes in base64, and what it calls them."""
_REPEATED = 16
"""A list of strings at least this long is written as codes into the figure's `strings`."""


def drawing_json(drawing: Drawing) -> str:
    """Return a drawing as JSON for the report's script: no template, no title, strings packed.

    The page holds one template for all figures and prints the caption as text.
    """
    layout = {k: v for k, v in drawing["layout"].items() if k not in ("template", "title", "meta")}
    layout["margin"] = {"t": _TOP[bool(layout.get("legend", {}).get("yanchor") == "top")]}
    strings: dict[str, int] = {}
    data = [_pack(trace, strings) for trace in drawing["data"]]
    return script_json({"data": data, "layout": layout, "strings": list(strings)})


def script_json(value: Any) -> str:
    r"""Return JSON that can stand inside a script element: no `<`, no `&`, ASCII only.

    Examples
    --------
    >>> print(script_json("</script>"))
    "\u003c/script>"
    """
    text = json.dumps(value, separators=(",", ":"), default=_plain, allow_nan=False)
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


def _plain(value: Any) -> Any:
    """Turn what JSON does not know into what it does."""
    if isinstance(value, np.ndarray):
        if (kind := _TYPED.get(value.dtype.str)) is None:
            return value.tolist()
        return {"dtype": kind, "bdata": base64.b64encode(value.tobytes()).decode()}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a figure holds a {type(value).__name__}, which JSON cannot say")


def _pack(trace: dict[str, Any], strings: dict[str, int]) -> dict[str, Any]:
    """Write long lists of strings as base64 codes into `strings`, which grows as needed."""
    packed = {key: value for key, value in trace.items() if value is not None}
    for key in ("text", "customdata"):
        values = packed.get(key)
        if not isinstance(values, (list, tuple)) or len(values) < _REPEATED:
            continue
        if set(map(type, values)) == {str}:
            for value in dict.fromkeys(values):
                strings.setdefault(value, len(strings))
            codes = np.fromiter(map(strings.__getitem__, values), np.uint32, len(values))
            width = next(w for w in (1, 2, 4) if len(strings) <= 256**w)
            raw = codes.astype(f"<u{width}").tobytes()
            packed[key] = {"codes": base64.b64encode(raw).decode(), "bytes": width}
    return packed
