"""Logging in with a real browser: its cookie, its origins, and Dash under our content policy."""

from __future__ import annotations

import http.server
import threading

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from explorer_server import ANA, DATA, serving_small, token_file

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("login")
    with serving_small(folder, token_file=token_file(folder)) as client:
        yield client


@pytest.fixture(scope="module")
def elsewhere(client):
    """A page of somebody else, with a link to ours and a picture, a script and a form of ours."""
    ours = f"http://{client.host}"
    page = (
        f'<a id="link" href="{ours}/run/9a/cluster/1">look</a><script src="{ours}/assets/part.js">'
        f'</script><form id="form" method="post" action="{ours}/logout"><button>x</button></form>'
    ).encode()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"  # another site than 127.0.0.1
    server.shutdown()


def wait_for(browser, condition):
    return WebDriverWait(browser, 60).until(condition)


def test_log_in_look_follow_a_link_log_out(browser, client, elsewhere):
    ours = f"http://{client.host}"
    browser.get(f"{ours}/run/9a/cluster/1")
    browser.find_element(By.ID, "token").send_keys("x" * 20 + "\n")
    alert = wait_for(browser, lambda b: b.find_element(By.CSS_SELECTOR, "[role=alert]"))
    assert "not known" in alert.text
    browser.find_element(By.ID, "token").send_keys(ANA + "\n")
    wait_for(browser, lambda b: DATA in b.page_source)
    assert browser.current_url == f"{ours}/run/9a/cluster/1"
    assert ANA not in browser.page_source
    assert browser.execute_script("return document.cookie") == ""
    wait_for(browser, lambda b: "ana investigator token" in b.find_element(By.ID, "out").text)
    blocked = [e["message"] for e in browser.get_log("browser") if "Content Security" in str(e)]
    assert blocked == []
    inline = "const s=document.createElement('script');s.textContent='window.pwned=1';"
    browser.execute_script(inline + "document.body.append(s)")
    assert browser.execute_script("return window.pwned") is None
    assert any("Content Security" in str(entry) for entry in browser.get_log("browser"))

    browser.get(elsewhere)
    assert browser.execute_script("return typeof x") == "undefined"  # our script did not run there
    browser.find_element(By.ID, "link").click()
    wait_for(browser, lambda b: DATA in b.page_source)  # still logged in, by way of asking again

    browser.get(elsewhere)
    browser.find_element(By.CSS_SELECTOR, "#form button").click()
    wait_for(browser, lambda b: "not of this explorer" in b.page_source)
    browser.get(f"{ours}/logout")
    assert "as ana" in browser.page_source
    browser.find_element(By.TAG_NAME, "button").click()
    wait_for(browser, lambda b: b.current_url == f"{ours}/login")
    browser.get(ours)
    assert DATA not in browser.page_source
    assert browser.find_element(By.ID, "token")
