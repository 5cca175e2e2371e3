"""Visit every page without a way out and without WebGL, in a process apart; see test_no_network.py.

Prints a JSON object: what each page loaded, and what the console held against it.
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


def raise_loopback() -> None:
    """Switch on the only device of a new network: itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack("16xh14x", fcntl.ioctl(control, GET_FLAGS, asked))
        fcntl.ioctl(control, SET_FLAGS, struct.pack("16sh14x", b"lo", flags | UP))


def main(runs: Path) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    raise_loopback()
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=2).close()
        sys.exit("this network has a way out")
    except OSError:
        pass

    from browsers import chromium, complaints, find, wait_for
    from explorer_runs import explorer_of

    seen = {}
    with explorer_of(runs) as (server, explorer), tempfile.TemporaryDirectory() as profile:
        newest, older = explorer.library.runs()
        paths = {
            "/": "Triage",
            "/map": "Map",
            "/search": "Search",
            f"/run/{newest.id}/cluster/1": "Cluster 1",
            f"/run/{newest.id}/account/0": "",
            f"/run/{newest.id}/target/0": "",
            f"/compare?a={newest.id}/1&b={older.id}/1": "",
            "/decisions": "Decisions",
            "/help": "Keys",
        }
        with chromium(Path(profile), "--disable-3d-apis") as browser:  # and no WebGL
            for path, heading in paths.items():
                browser.get(server.url.rstrip("/") + path)
                find(browser, "h1", heading)
                quiet = "return !document.querySelector('[data-dash-is-loading=\"true\"]')"
                wait_for(browser, quiet)
                for _ in range(12):  # what is below is made when it is looked at
                    browser.execute_script("scrollBy(0, 700)")
                    time.sleep(0.2)
                wait_for(browser, quiet)
                loaded = browser.execute_script(
                    "return performance.getEntriesByType('resource').map((one) => one.name)"
                )
                seen[path] = {
                    "heading": find(browser, "h1").text,
                    "loaded": [name.split("?")[0] for name in loaded],
                    "complaints": complaints(browser),
                }
        picture = f"{server.url}download/run/{newest.id}/cluster/1/raster.png"
        with urllib.request.urlopen(picture, timeout=120) as got:
            drawn = got.read(4).decode("latin-1")
        host = f"http://127.0.0.1:{server.port}/"
        print(json.dumps({"drawn": drawn, "host": host, "pages": seen}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
