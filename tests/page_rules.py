"""What holds of every page, asked of a real browser: it fits, it is legible, all has a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_FITS = (_HERE / "page_fits.js").read_text(encoding="utf-8")
_CONTRAST = (_HERE / "page_contrast.js").read_text(encoding="utf-8")
_HEADINGS = """return [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
  .filter((one) => one.checkVisibility()).map((one) => [Number(one.tagName[1]), one.innerText]);"""
DRAWN = 20
"""Pixels: a picture of fewer is an empty one."""
_FEWEST_TEXTS = 9
"""Of the page that shows least: an address that leads nowhere."""

NAMED = {
    "button", "link", "textbox", "searchbox", "combobox", "listbox", "slider", "spinbutton",
    "checkbox", "radio", "switch", "grid", "treegrid", "group", "radiogroup", "menu", "menuitem",
    "option", "tab", "meter", "image", "Date", "DisclosureTriangle", "region", "navigation",
    "complementary", "dialog", "table",
}  # fmt: skip
"""Roles in the browser's accessibility tree that say nothing without a name."""
_NAMED_BY_WHAT_IS_IN_IT = ("<details", "<table", "<main", '<div class="ag-tab-guard',
                          "<span data-radix-focus-guard")  # fmt: skip
"""What is entered by its summary or first row; and where a grid or a menu turns the focus."""


def cut_off(browser: Any) -> list[str]:
    """Return what lies outside of the window, and words of controls that are cut."""
    return list(browser.execute_script(_FITS))


def faint(browser: Any) -> dict[str, str]:
    """Return texts that stand out too little from what is behind them (WCAG 1.4.3, level AA).

    Raises
    ------
    AssertionError
        The page has hardly any text, so nothing was looked at.
    """
    n, found = browser.execute_script(_CONTRAST)
    assert n >= _FEWEST_TEXTS, n
    return dict(found)


def nameless(browser: Any) -> list[str]:
    """Return what can be used or has a role but no name, as the browser tells a screen reader."""
    found = []
    browser.execute_cdp_cmd("DOM.enable", {})
    for node in browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]:
        role = node.get("role", {}).get("value")
        says = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
        if node.get("ignored") or str(node.get("name", {}).get("value") or "").strip():
            continue
        if role in NAMED or (role == "generic" and says.get("focusable")):
            asked = {"backendNodeId": node["backendDOMNodeId"]}
            markup = browser.execute_cdp_cmd("DOM.getOuterHTML", asked)["outerHTML"]
            if not markup.startswith(_NAMED_BY_WHAT_IS_IN_IT):
                found.append(f"{role}: {markup[:200]}")
    return found


def leaps(browser: Any) -> list[str]:
    """Return where headings skip a level, or that there is not just one of the first."""
    levels = browser.execute_script(_HEADINGS)
    first = [text for level, text in levels if level == 1]
    found = [f"{len(first)} of the first level: {first}"] if len(first) != 1 else []
    before = 0
    for level, text in levels:
        if level > before + 1:
            found.append(f"h{before} then h{level}: {text}")
        before = level
    return found
