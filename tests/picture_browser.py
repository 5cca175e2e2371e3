"""A browser on the pages of `picture_pages.py`, and what a person does there."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from selenium.webdriver.common.action_chains import ActionChains

from browsers import complaints, wait_for

INPUT = """
    const [id, value] = arguments;
    const box = document.getElementById(id);
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, value);
    box.dispatchEvent(new Event('input', {bubbles: true}));
    box.dispatchEvent(new Event('change', {bubbles: true}));
"""
"""Sets an input as a person does, so that React hears of it."""

REQUESTS = """
    const all = performance.getEntriesByType('resource');
    return all.filter((entry) => entry.name.includes('_dash-update')).length;
"""

PIXELS = """
    const c = cibPictures.of(arguments[0]).canvas;
    const image = c.getContext('2d').getImageData(0, 0, c.width, c.height);
    const pixels = new Uint32Array(image.data.buffer);
"""


class Page:
    """One page in the browser: what a person does with it, and what the pictures then say."""

    def __init__(self, driver: Any, network: str = "net") -> None:
        self.driver = driver
        self.network = network
        """The prefix of the network on this page."""

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str, *arguments: Any) -> Any:
        return wait_for(self.driver, script, *arguments)

    def open(self, url: str, n_pictures: int = 3) -> Page:
        self.driver.get(url)
        self.drawn(n_pictures)
        self.js("document.documentElement.style.scrollBehavior = 'auto'")
        return self

    def drawn(self, n_pictures: int) -> None:
        self.wait(
            "return document.querySelectorAll('.picture[data-drawn]').length === arguments[0]",
            n_pictures,
        )

    def probe(self, prefix: str, part: str, *arguments: Any) -> Any:
        """Return a part of what a picture says of itself, as of its next frame."""
        return self.driver.execute_async_script(
            "const [prefix, part, ...rest] = arguments; const done = rest.pop();"
            "requestAnimationFrame(() => requestAnimationFrame(() => {"
            "  const value = cibPictures.of(prefix).kind.probe()[part];"
            "  done(typeof value === 'function' ? value(...rest) : value); }))",
            prefix, part, *arguments,
        )  # fmt: skip

    def element(self, prefix: str) -> Any:
        found = self.driver.find_element("id", f"{prefix}-picture")
        self.js("arguments[0].scrollIntoView({block: 'center'})", found)
        return found

    def to(self, prefix: str, x: float, y: float) -> ActionChains:
        """Return an action that has the pointer at a place of a picture."""
        el = self.element(prefix)
        size = self.js("return [arguments[0].offsetWidth, arguments[0].offsetHeight]", el)
        dx, dy = round(x + 1 - size[0] / 2), round(y + 1 - size[1] / 2)
        return ActionChains(self.driver, duration=30).move_to_element_with_offset(el, dx, dy)

    def drag(self, prefix: str, *places: tuple[float, float], key: str = "") -> None:
        action = self.to(prefix, *places[0])
        action = action.key_down(key) if key else action
        action = action.click_and_hold()
        for (x0, y0), (x1, y1) in pairwise(places):
            action = action.move_by_offset(round(x1) - round(x0), round(y1) - round(y0))
        action = action.release()
        (action.key_up(key) if key else action).perform()

    def reported(self, store: str, n: int) -> Any:
        """Return a store's data as the server got it, once its n-th report has come."""
        script = (
            "const echo = document.getElementById('echo').textContent;"
            "const news = echo && JSON.parse(echo)[arguments[0]];"
            "return news && news.n >= arguments[1] ? JSON.stringify(news) : null"
        )
        return json.loads(self.wait(script, store, n))

    def said(self, prefix: str) -> str:
        text = "return document.getElementById(arguments[0]).textContent"
        return str(self.js(text, f"{prefix}-status"))

    def press(self, prefix: str, act: str) -> None:
        where = f"[data-picture='{prefix}'][data-act='{act}']"
        self.js("document.querySelector(arguments[0]).click()", where)

    def set_range(self, id: str, value: float) -> None:
        self.js(INPUT, id, str(value))

    def troubles(self) -> list[str]:
        return complaints(self.driver)

    def requests(self) -> int:
        """Return how often this page has called the server's callbacks."""
        return int(self.js(REQUESTS))

    def ink(self, prefix: str) -> int:
        """Return a number that stands for every pixel of a picture."""
        script = "let h = 0; for (const v of pixels) h = (h * 31 + v) | 0; return h"
        return int(self.js(PIXELS + script, prefix))

    def first_rows(self, n: int) -> list[int]:
        script = "return cibPictures.of(arguments[1]).payload.nodes.row.slice(0, arguments[0])"
        return list(self.js(script, n, self.network))

    def click_node(self, row: int, key: str = "") -> None:
        action = self.to(self.network, *self.probe(self.network, "where", row))
        (action.key_down(key).click().key_up(key) if key else action.click()).perform()
