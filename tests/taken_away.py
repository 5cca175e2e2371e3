"""Downloads of an explorer that is served, for tests."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

import flask

from cib.viz.explorer.door.viewer import IN_ENVIRON, Viewer
from explorer_runs import HOSTILE, newest


def get(served, path):
    """Download something; return its bytes and headers."""
    with urllib.request.urlopen(f"{served.url}download/{path}", timeout=180) as found:
        return found.read(), found.headers


def refused(served, path):
    """Return the status and the sentence of a download that is refused."""
    try:
        get(served, path)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    raise AssertionError(f"{path} was not refused")


def name_of(headers):
    """Return the name under which a download would be kept."""
    return re.search(r"filename=([^;]+)", headers["Content-Disposition"])[1].strip('"')


def ring(served):
    """Return the cluster with the hostile names."""
    (found,) = newest(served).tables.search(HOSTILE["bot00"], "account")
    return int(found["cluster_id"])


def alone(run):
    """Return the row of an account that is in no cluster."""
    found = run.tables.source.query(
        "SELECT file_row_number AS row FROM {accounts:rows} WHERE cluster_id IS NULL LIMIT 1"
    )
    return int(found["row"][0].as_py())


def asked():
    """Return a context in which an investigator asks, as a request would make it."""
    ana = {IN_ENVIRON: Viewer("ana", "investigator", "token")}
    return flask.Flask(__name__).test_request_context(environ_overrides=ana)
