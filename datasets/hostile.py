"""Ids and names come from strangers: make any of them safe to print."""

from __future__ import annotations

import unicodedata

_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that can move the cursor, reorder text, hide, or fail to encode."""


def printable(text: object, limit: int = 80) -> str:
    r"""Make any value safe for a terminal, a log line or an error message.

    Control, bidirectional, zero-width, private and unassigned code points become ``\u{...}``, the
    backslash becomes ``\\`` (so that the result is unambiguous), bytes that are not UTF-8 become
    ``\x..``, and text longer than `limit` characters is cut.

    Parameters
    ----------
    text
        A string, bytes, or anything that `str` takes.
    limit
        The most characters returned, the final ``…`` included; at least 1.

    Returns
    -------
    str
        Printable text of at most `limit` characters.

    Examples
    --------
    >>> printable("caf\u00e9\u202egpj.exe\x1b[2J")
    'café\\u{202e}gpj.exe\\u{1b}[2J'
    >>> printable("a" * 100, limit=8)
    'aaaaaaa…'
    >>> printable(b"ok\xff")
    'ok\\xff'
    """
    if isinstance(text, bytes | bytearray | memoryview):
        head = bytes(text[: 4 * limit + 4]).decode("utf-8", "surrogateescape")
    else:
        head = str(text)
    pieces: list[str] = []
    length = 0
    for character in head[: limit + 1]:
        piece = _escape(character)
        pieces.append(piece)
        length += len(piece)
        if length > limit:
            break
    if length <= limit:
        return "".join(pieces)
    while length > limit - 1:
        length -= len(pieces.pop())
    return "".join(pieces) + "…"


def _escape(character: str) -> str:
    """One character as it may be printed."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if character == "\\":
        return "\\\\"
    if unicodedata.category(character) in _UNSAFE:
        return f"\\u{{{code:x}}}"
    return character
