"""Text that is safe to show: hostile names made visible, shortened, escaped for plotly."""

from __future__ import annotations

import unicodedata

from cib.datasets import hostile

NAME_LIMIT = 36
"""Characters of a name that a label shows; the whole name is in the tooltip."""
FULL_LIMIT = 2000
"""Characters of the longest name that is shown whole."""

_MARKUP = str.maketrans({c: f"&#{ord(c)};" for c in "&<>\"'$%`"})


def printable(value: object, limit: int = FULL_LIMIT) -> str:
    r"""Return a name as text that shows every character it holds.

    Like `cib.datasets.hostile.printable`, and further: spaces that a page would not show (other
    than the plain one, at either end, or after another) and accents piled on one letter appear as
    code points, and an empty name is visible.

    Parameters
    ----------
    value : an id (string or integer) or None
    limit : longest result in characters, an ellipsis included

    Examples
    --------
    >>> print(printable("free\u202egpj.exe"), printable("no\u00a0break"))
    free\u{202e}gpj.exe no\u{a0}break
    >>> print(printable(" a  b "))
    \u{20}a \u{20}b\u{20}
    >>> printable("a" * 50, limit=8)
    'aaaaaaa…'
    >>> printable(None), printable("  ")
    ('(none)', '(blank: 2 characters)')
    """
    if value is None:
        return "(none)"
    text = str(value)
    if not text.strip(" "):
        return f"(blank: {len(text)} characters)"
    head = text[: limit + 1]
    unseen = text[0] == " " or text[-1] == " " or "  " in head
    if not unseen and head.isascii() and head.isprintable() and "\\" not in head:
        # nearly every name, without a look at each character
        return text if len(text) <= limit else head[: limit - 1] + "…"
    marks, shown, before = 0, [], " "
    for char in hostile.printable(text, limit):
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        hidden = marks > 2 or (category == "Zs" and (char != " " or before == " "))
        shown.append(f"\\u{{{ord(char):x}}}" if hidden else char)
        before = char
    if shown[-1] == " ":
        shown[-1] = r"\u{20}"
    text = "".join(shown)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plotly_text(value: object, limit: int = NAME_LIMIT) -> str:
    """Return a name that plotly draws as it is: no tag, link, formula or template in it works.

    Plotly reads `<a href>`, `<b>`, `$…$` and `%{…}` in texts; as character references they are
    drawn as characters.

    Examples
    --------
    >>> plotly_text("<b>%{x}")
    '&#60;b&#62;&#37;{x}'
    """
    return printable(value, limit).translate(_MARKUP)
