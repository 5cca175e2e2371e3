"""A real Chromium for tests, and waiting for what it shows."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--window-size=1280,800",
)  # fmt: skip
WAIT_S = 20.0


@contextmanager
def chromium(
    profile: Path, *arguments: str, dark: bool = False, size: tuple[int, int] = (1280, 800)
):
    """Start a browser with a profile of its own; skip the test where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*ARGUMENTS, *arguments, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        size_to(driver, *size)
        yield driver
    finally:
        driver.quit()


def size_to(browser, width=1280, height=800):
    """Give the page a window of so many pixels."""
    size = dict(width=width, height=height, deviceScaleFactor=1, mobile=False)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def wait_for(browser, script, *arguments, seconds=WAIT_S):
    """Return what the script returns as soon as it is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = browser.execute_script(script, *arguments)
        if found:
            return found
        time.sleep(0.05)
    shown = browser.execute_script("return document.body.innerText.slice(0, 1500)")
    raise AssertionError(f"never true: {script} {arguments}\nThe page shows:\n{shown}")


def shows(browser, text, at="body", **more):
    """Wait until an element shows a text."""
    script = """const found = document.querySelector(arguments[0]);
    return found && found.innerText.includes(arguments[1]);"""
    wait_for(browser, script, at, text, **more)


def find(browser, css, text=""):
    """Wait for an element that is there and holds a text; return it."""
    script = """const found = [...document.querySelectorAll(arguments[0])].find(
      (one) => one.innerText.includes(arguments[1]) && one.getClientRects().length);
    if (found) found.scrollIntoView({ block: "center", behavior: "instant" });
    return found;"""
    return wait_for(browser, script, css, text)


def press(browser, *keys):
    """Type on the page itself, in no field."""
    from selenium.webdriver.common.action_chains import ActionChains

    browser.execute_script("document.activeElement && document.activeElement.blur()")
    ActionChains(browser).send_keys(*keys).perform()


def complaints(browser):
    """Return what the console holds against the page: errors, refused scripts, failed loads."""
    lines = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    return [entry["message"] for entry in lines]


def strangers(browser, host):
    """Return the addresses that the page loaded from anywhere but its own server."""
    script = "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    names = browser.execute_script(script)
    return [name for name in names if not name.startswith((f"http://{host}/", "data:", "blob:"))]
