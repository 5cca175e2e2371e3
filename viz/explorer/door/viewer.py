"""Who looks at a page, and what that person may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import flask

from cib.datasets.errors import CibError

Role = Literal["investigator", "viewer"]
ROLES: tuple[Role, ...] = ("investigator", "viewer")
"""An investigator sees ids and decides; a viewer sees pseudonyms and looks on."""

Known = Literal["nothing", "token", "proxy", "system"]

IN_ENVIRON = "cib.viewer"
"""Key of the WSGI environment under which the viewer of a request stands."""


@dataclass(frozen=True)
class Viewer:
    """A person behind a request.

    Attributes
    ----------
    name : how decisions are signed; hostile text where a proxy gives it
    role : "investigator" or "viewer"
    known_by : "system" (the user of this machine), "token", "proxy", or "nothing"
    """

    name: str
    role: Role
    known_by: Known = "nothing"

    @property
    def decides(self) -> bool:
        """Whether this person may write verdicts, notes and tags."""
        return self.role == "investigator"

    @property
    def may_log_out(self) -> bool:
        """Whether there is something to log out of: a page may link to `/logout`."""
        return self.known_by == "token"


NOBODY = Viewer("", "viewer")
"""Who looks when nobody asked: outside a request the least is shown."""


class NotAllowed(CibError):
    """The viewer's role does not reach that far."""


def current_viewer() -> Viewer:
    """Return who made the request that is being answered; `NOBODY` outside of one.

    Examples
    --------
    >>> current_viewer().decides
    False
    """
    if not flask.has_request_context():
        return NOBODY
    return cast(Viewer, flask.request.environ.get(IN_ENVIRON, NOBODY))


def require_investigator() -> Viewer:
    """Return the current viewer, who must be allowed to decide.

    Every callback that writes calls this: a button that is not shown can still be called.

    Raises
    ------
    NotAllowed
        The viewer only looks on.
    """
    viewer = current_viewer()
    if not viewer.decides:
        raise NotAllowed("Viewers look on; ask an investigator to decide.")
    return viewer
