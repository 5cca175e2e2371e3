"""The file of tokens: who may come in, and who a token belongs to."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from pathlib import Path

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable
from cib.viz.explorer.door.viewer import ROLES, Viewer

SHORTEST = 20
"""Characters of the shortest token: as many random letters and digits are beyond guessing."""
LARGEST = 1 << 20
"""Bytes of the largest token file; anything larger is some other file."""

MAKE_ONE = "python3 -c 'import secrets; print(secrets.token_urlsafe(24))'"


class Tokens:
    """The people who may come in, each by the digest of a token; the tokens are not kept."""

    def __init__(self, people: list[tuple[str, Viewer]]) -> None:
        self._people = [(digest_of(token), viewer) for token, viewer in people]

    def __len__(self) -> int:
        return len(self._people)

    def match(self, token: str) -> Viewer | None:
        """Return whose token this is, in a time that does not depend on how much of it is right.

        Examples
        --------
        >>> tokens = Tokens([("s3cr3t-s3cr3t-s3cr3t-s", Viewer("ana", "investigator", "token"))])
        >>> tokens.match("s3cr3t-s3cr3t-s3cr3t-s").name
        'ana'
        >>> tokens.match("s3cr3t") is None
        True
        """
        given, found = digest_of(token), None
        for digest, viewer in self._people:
            if hmac.compare_digest(digest, given):
                found = viewer
        return found


def digest_of(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def read_tokens(path: Path) -> Tokens:
    """Read a token file: lines `name role token`; empty lines and those after `#` do not count.

    Raises
    ------
    UsageError
        The file cannot be read, can be read by others, or has a line that is none of these. No
        message holds a token.
    """
    where = f"--token-file {printable(path, 300)}"
    people: list[tuple[str, Viewer]] = []
    for number, line in enumerate(read_private(path, where).splitlines(), 1):
        parts = line.split()
        if not parts or parts[0].startswith("#"):
            continue
        at = f"{where}, line {number}"
        if len(parts) != 3:
            raise UsageError(f"{at} has {len(parts)} words; write: name role token")
        name, role, token = parts
        if role not in ROLES:
            raise UsageError(f"{at}: the second word must be {' or '.join(ROLES)}.")
        if len(token) < SHORTEST:
            raise UsageError(
                f"{at}: the token has {len(token)} characters; at least {SHORTEST} are needed. "
                f"Make one: {MAKE_ONE}"
            )
        people.append((token, Viewer(name, role, "token")))
    if not people:
        raise UsageError(f"{where} has no line; write for each person: name role token")
    if len({token for token, _ in people}) < len(people):
        raise UsageError(f"{where} has one token twice; give each person their own.")
    roles = {(viewer.name, viewer.role) for _, viewer in people}
    if len({name for name, _ in roles}) < len(roles):
        raise UsageError(f"{where} gives one name two roles; write two names.")
    return Tokens(people)


def read_private(path: Path, where: str) -> str:
    """Read a small text file that must be closed to everybody but its owner.

    Parameters
    ----------
    path : the file
    where : what to call it in messages

    Raises
    ------
    UsageError
        It is missing, no file, too large, no text, or open to others.
    """
    try:
        # not blocking, or a named pipe would keep us waiting
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(file.fileno())  # of what was opened, not of what lies there now
            if not stat.S_ISREG(found.st_mode):
                raise UsageError(f"{where} is not a file.")
            mode = stat.S_IMODE(found.st_mode)
            if os.name == "posix" and mode & 0o077:
                raise UsageError(
                    f"{where} is open to other people (mode {mode:04o}); run: chmod 600 "
                    f"{printable(path, 300)}"
                )
            content = file.read(LARGEST + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"{where} cannot be read: {reason}.") from error
    if len(content) > LARGEST:
        raise UsageError(f"{where} is larger than 1 MiB; is it the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{where} is not UTF-8 text; is it the right file?") from error
