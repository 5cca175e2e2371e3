"""Accounts by row, and search: by account, content, parent and market."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.viz.explorer.runs.errors import NoSuchRow
from cib.viz.explorer.runs.source import RunSource

What = Literal["account", "content", "parent", "market"]
_WHERE_TO_LOOK = {
    "account": ("accounts", "account_id"),
    "content": ("targets", "content_id"),
    "parent": ("interactions", "parent_id"),
    "market": ("interactions", "market"),
}
_SHOWN = re.compile(r"\\\\|\\u\{([0-9a-f]{1,6})\}")


def account(source: RunSource, row: int) -> dict[str, Any]:
    """Return an account: its row of `accounts`, `account_row`, and role, strength and place.

    Raises
    ------
    NoSuchRow
        The run has no such account.
    """
    found = source.query(
        """WITH a AS (SELECT * RENAME (file_row_number AS account_row) FROM {accounts:rows}
            WHERE file_row_number = $row)
        SELECT a.*, m.role, m.strength, m.place FROM a LEFT JOIN {members} AS m
            ON m.cluster_id = a.cluster_id AND m.account_id = a.account_id""",
        {"row": row},
    ).to_pylist()
    if not found:
        raise NoSuchRow("accounts", row)
    return dict(found[0])


def target(source: RunSource, row: int) -> dict[str, Any]:
    """Return a target: its row of `targets` and `clusters`: every cluster that has this target.

    Each of `clusters` is a dict: cluster_id, target_row, n_interactions, n_interactions_all, share,
    n_members; the largest share first.

    Raises
    ------
    NoSuchRow
        The run has no such target.
    """
    found = source.query(
        """SELECT * RENAME (file_row_number AS target_row) FROM {targets:rows}
        WHERE file_row_number = $row""",
        {"row": row},
    ).to_pylist()
    if not found:
        raise NoSuchRow("targets", row)
    others = source.query(
        """SELECT cluster_id, file_row_number AS target_row, n_interactions, n_interactions_all,
            share, n_members
        FROM {targets:rows} WHERE content_id = $id ORDER BY share DESC, cluster_id""",
        {"id": found[0]["content_id"]},
    )
    return {**found[0], "clusters": others.to_pylist()}


def account_rows(source: RunSource, ids: pa.Array | Sequence[Any]) -> npt.NDArray[np.int64]:
    """Return the row of each account id in `accounts`, −1 for those that are not there."""
    asked = ids if isinstance(ids, pa.Array) else pa.array(ids)
    rows = np.full(len(asked), -1, np.int64)
    if not len(asked) or _is_text(asked.type) != _is_text(source.id_type):
        return rows
    found = source.query(
        """SELECT asked.place, a.file_row_number AS row FROM asked
        JOIN {accounts:rows} AS a ON a.account_id = asked.id""",
        given={"asked": pa.table({"id": asked, "place": pa.array(range(len(asked)), pa.int64())})},
    )
    rows[found["place"].to_numpy()] = found["row"].to_numpy()
    return rows


def search(
    source: RunSource, text: str, what: What = "account", limit: int = 50
) -> list[dict[str, Any]]:
    r"""Find what is called by a text, or begins with it: exact matches first.

    A name may be typed as pages show it, with code points: `free\u{202e}gpj`.

    Parameters
    ----------
    text : compared letter by letter; a text of spaces only finds nothing
    what : "account" (all accounts of the log), "content" (targets of clusters), "parent" and
        "market" (of members' interactions with targets; nothing when the log has no such column)
    limit : most results

    Returns
    -------
    list of dict
        what, id, exact, cluster_id (None for an account in no cluster), and account_row for
        accounts, target_row for contents, n_interactions in that cluster for the others.
    """
    table, column = _WHERE_TO_LOOK[what]
    if not text.strip() or not source.has(table, column):
        return []
    words = list(dict.fromkeys((text, text.strip(), decoded(text), decoded(text.strip()))))
    shown, group, order = {
        "account": ("file_row_number AS account_row, coordination, inauthenticity", "", "name"),
        "content": ("file_row_number AS target_row, n_interactions, share", "", "name"),
    }.get(what, ("count(*) AS n_interactions", "GROUP BY ALL", "n_interactions DESC, name"))
    starts = " OR ".join(f"starts_with(name, $word{i})" for i in range(len(words)))
    same = " OR ".join(f"name = $word{i}" for i in range(len(words)))
    found = source.query(
        f"""WITH found AS (SELECT *, {column} AS id, {column}::VARCHAR AS name
            FROM {{{table}:rows}} WHERE {starts})
        SELECT $what AS what, id, name, ({same}) AS exact, cluster_id, {shown}
        FROM found {group} ORDER BY exact DESC, {order}, cluster_id NULLS LAST LIMIT $limit""",
        {"what": what, "limit": limit, **{f"word{i}": word for i, word in enumerate(words)}},
    ).drop_columns(["name"])
    return [dict(one) for one in found.to_pylist()]


def decoded(text: str) -> str:
    r"""Turn code points and backslashes as pages show them back into characters.

    Examples
    --------
    >>> print(decoded(r"free\u{2d}gpj\\exe"))
    free-gpj\exe
    """

    def char(found: re.Match[str]) -> str:
        if found[1] is None:
            return "\\"
        number = int(found[1], 16)
        surrogate = 0xD800 <= number < 0xE000
        return found[0] if number > 0x10FFFF or surrogate else chr(number)

    return _SHOWN.sub(char, text)


def _is_text(kind: pa.DataType) -> bool:
    """Whether ids are text."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return not pa.types.is_integer(kind)
