"""Visit every page without WebGL and, where that can be, without a way out; see test_every_page.py.

Runs in a process apart. Prints a JSON object: of each page what it loaded, what the console held
against it, what breaks the rules of `page_rules`, and how much of each picture is drawn.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

UP = 1
GET_FLAGS, SET_FLAGS = 0x8913, 0x8914
NO_WEBGL = ("--disable-3d-apis", "--disable-webgl", "--disable-webgl2",
            "--disable-software-rasterizer")  # fmt: skip
NO_WAY_OUT = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
MAKE_ALL = """
const parts = [...document.querySelectorAll('[data-lazy] .section-body')];
const next = parts.find((one) => one.innerText.trim() === '…');
if (next) next.scrollIntoView({ behavior: 'instant' });
const busy = document.querySelector('[data-dash-is-loading="true"]');
return !next && !busy;
"""
OPEN_ALL = """for (const one of document.querySelectorAll('main details')) {
  one.open = !one.classList.contains('export-menu');
}"""
MENU = """const one = document.querySelector('main button.dash-dropdown');
one?.click(); return Boolean(one);"""
FRAMES = """const done = arguments[0], next = requestAnimationFrame;
next(() => next(() => next(done)));"""
MARKUP = """
const bad = document.querySelectorAll(`main script, main img, main [onload], main [onerror],
  main [onmouseover], a[href*="evil.example"], main a:not([href^="/"], [href^="#"])[href]`);
return [...bad].map((one) => one.outerHTML).concat(window.pwned ? ['something ran'] : []);
"""
"""What on a page was made of a name, instead of showing it."""
SIZE = "const page = document.documentElement; return [page.scrollWidth, page.scrollHeight];"
SHOTS = """
const found = [...document.querySelectorAll('.picture, .js-plotly-plot, .steps, .strip, .spark')];
return found.filter((one) => one.checkVisibility()).slice(0, 30).map((one) => {
  const box = one.getBoundingClientRect();
  return [one.id || one.parentElement.id || one.className.baseVal || one.className,
    box.left + scrollX + 3, box.top + scrollY + 3, box.width - 6, box.height - 6]; // no border
});
"""
"""Every picture: canvases, figures, the sum behind a score, small pictures."""
INK = """
const [data, boxes, done] = arguments, image = new Image();
image.onload = () => {
  const sheet = new OffscreenCanvas(image.width, image.height), ctx = sheet.getContext('2d');
  ctx.drawImage(image, 0, 0);
  done(boxes.map(([name, x, y, width, height]) => {
    const { data: parts } = ctx.getImageData(x, y, Math.max(width, 1), Math.max(height, 1));
    const times = new Map();
    for (const one of new Uint32Array(parts.buffer)) times.set(one, (times.get(one) || 0) + 1);
    let bright = 0;
    for (const [one, n] of times) {
      const rgb = [one & 255, (one >> 8) & 255, (one >> 16) & 255];
      if (Math.max(...rgb) - Math.min(...rgb) > 60) bright += n;
    }
    return [name, parts.length / 4 - Math.max(...times.values()), bright];
  }));
};
image.src = 'data:image/png;base64,' + data;
"""
"""Of each box of an image: pixels not of its commonest colour, and pixels that are no grey."""


def raise_loopback() -> None:
    """Switch on the only device of a new network: itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack("16xh14x", fcntl.ioctl(control, GET_FLAGS, asked))
        fcntl.ioctl(control, SET_FLAGS, struct.pack("16sh14x", b"lo", flags | UP))


def no_way_out() -> None:
    """Make sure that this network leads nowhere."""
    raise_loopback()
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=2).close()
        sys.exit("this network has a way out")
    except OSError:
        pass


def pictures_of(browser) -> dict[str, list[int]]:
    """Return of every picture how many pixels are drawn, how many in colour: as on the screen.

    A busy machine may photograph a page that is being laid out: such a photograph is taken again.
    """
    from browsers import WAIT_S
    from page_rules import DRAWN

    end = time.monotonic() + WAIT_S
    while True:
        boxes = browser.execute_script(SHOTS)
        width, height = browser.execute_script(SIZE)
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        asked = {"clip": clip, "captureBeyondViewport": True}
        data = browser.execute_cdp_cmd("Page.captureScreenshot", asked)["data"]
        still = browser.execute_script(SHOTS) == boxes
        inks = browser.execute_async_script(INK, data, boxes)
        if (still and all(ink > DRAWN for _, ink, _ in inks)) or time.monotonic() > end:
            return {f"{at} {name}": found for at, (name, *found) in enumerate(inks)}


def open_menu(browser) -> None:
    """Open the first menu of choices that a page has."""
    from browsers import wait_for

    if browser.execute_script(MENU):
        wait_for(browser, "return document.querySelector('.dash-dropdown-content [role=option]')")


def look_at(browser, path: str) -> dict[str, object]:
    """Have everything on a page made and opened; return what is to be said of it."""
    from browsers import complaints, find, wait_for
    from page_rules import cut_off, faint, leaps, nameless

    heading = find(browser, "h1").text
    if path == "/search":
        find(browser, "#search-text").send_keys("bot")
        find(browser, "#search-results table")
    wait_for(browser, MAKE_ALL)
    browser.execute_script(OPEN_ALL)
    wait_for(browser, MAKE_ALL)
    drawn = "return [...document.querySelectorAll('.picture')].every((one) => one.dataset.drawn)"
    wait_for(browser, drawn)
    open_menu(browser)
    browser.execute_async_script(FRAMES)  # names are given in the frame after
    rules = {
        "markup of names": browser.execute_script(MARKUP),
        "cut off": cut_off(browser),
        "nameless": nameless(browser),
        "headings": leaps(browser),
        "faint when light": faint(browser),
    }
    browser.execute_script(MENU)  # shut again
    pictures = pictures_of(browser)
    theme = "return document.documentElement.dataset.theme === arguments[0]"
    for one in ("dark", "light"):
        browser.execute_script("document.getElementById('theme-toggle').click()")
        wait_for(browser, theme, one)
        if one == "dark":
            rules["faint when dark"] = faint(browser)
    loaded = browser.execute_script(
        "return performance.getEntriesByType('resource').map((one) => one.name)"
    )
    return {
        "heading": heading,
        "loaded": [name.split("?")[0] for name in loaded],
        "complaints": complaints(browser),
        "rules": rules,
        "pictures": pictures,
    }


def decide(explorer, run: str) -> None:
    """Leave decisions for the pages to show."""
    book = explorer.casebook
    for cluster, kind, value in (
        (1, "verdict", "confirmed"),
        (2, "verdict", {"verdict": "benign", "alternative": "fan club"}),
        (2, "note", "<i>looked at</i>"),
        (2, "tag", "policy 7"),
        (2, "owner", "ana"),
    ):
        book.decide("ana", run, cluster, kind, value, seen=book.state(run, cluster).last_seq)


def main(runs: Path, apart: bool) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    if apart:
        no_way_out()

    from browsers import chromium
    from explorer_runs import HOSTILE, explorer_of

    seen = {}
    with explorer_of(runs) as (server, explorer), tempfile.TemporaryDirectory() as profile:
        newest, older = explorer.library.runs()
        decide(explorer, newest.id)
        hostile = newest.tables.search(HOSTILE["bot00"])[0]
        target = newest.tables.search(HOSTILE["song000"], "content")[0]
        outside = newest.tables.search("user000")[0]
        here = f"/run/{newest.id}"
        paths = [
            "/", "/map", "/search", f"{here}/cluster/{hostile['cluster_id']}",
            f"{here}/account/{hostile['account_row']}", f"{here}/account/{outside['account_row']}",
            f"{here}/target/{target['target_row']}",
            f"/compare?a={newest.id}/1&b={older.id}/1", "/decisions", "/help", "/no/such/page",
        ]  # fmt: skip
        with chromium(Path(profile), *NO_WEBGL, NO_WAY_OUT) as browser:
            for path in paths:
                browser.get(server.url.rstrip("/") + path)
                seen[path.replace(here, "/run")] = look_at(browser, path)
            webgl = browser.execute_script(
                "return ['webgl', 'webgl2'].filter((one) =>"
                " document.createElement('canvas').getContext(one))"
            )
        picture = f"{server.url}download{here}/cluster/1/raster.png"
        with urllib.request.urlopen(picture, timeout=120) as got:
            drawn = got.read(4).decode("latin-1")
        host = f"http://127.0.0.1:{server.port}/"
        print(json.dumps({"png": drawn, "host": host, "webgl": webgl, "pages": seen}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), "apart" in sys.argv[2:])
