"""The errors that every room raises and the front turns into one sentence and an exit code."""

from __future__ import annotations


class CibError(Exception):
    """An error whose message is one clear sentence for the person who runs the scan."""

    exit_code = 1


class UsageError(CibError):
    """A setting or an argument cannot be used; the message says which and what to write."""

    exit_code = 2


class BadDataError(CibError):
    """The input is at fault: file, column, what was found, what to do. Retrying is useless."""

    exit_code = 65


class TemporaryError(CibError):
    """The machine is at fault (disk full, memory, a lock): the same call may work later."""

    exit_code = 75
