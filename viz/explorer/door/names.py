"""Ids as a viewer may see them: as they are, or as pseudonyms."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path
from typing import Literal

import pyarrow as pa

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable as plain
from cib.viz.explorer.door.tokens import read_private
from cib.viz.explorer.door.viewer import Viewer
from cib.viz.text import FULL_LIMIT, printable

Kind = Literal["account", "device", "address"]

PREFIX: dict[Kind, str] = {"account": "acct", "device": "dev", "address": "addr"}
"""What a pseudonym begins with; ids of other kinds (contents, markets, networks) stay."""

KIND_OF: dict[str, Kind] = {
    "account_id": "account",
    "account_a": "account",
    "account_b": "account",
    "target_account_id": "account",
    "device_hash": "device",
    "ip_hash": "address",
}
"""Columns that hold ids of people, their devices and their addresses."""

DROPPED = frozenset({"event_id", "text", "text_hash"})
"""Columns by which a row could be found again in the log, or that quote a person."""

LETTERS = 12
"""Letters of a pseudonym: 60 bits, so that a million accounts share none (odds 1 in 2 million)."""


class Names:
    """Ids of one viewer's pages and exports.

    Parameters
    ----------
    secret : key of the pseudonyms (at least 16 bytes); None when ids are shown as they are
    """

    def __init__(self, secret: bytes | None = None) -> None:
        if secret is not None and len(secret) < 16:
            raise ValueError(f"secret must have at least 16 bytes, not {len(secret)}")
        self._secret = secret

    @property
    def pseudonymous(self) -> bool:
        """Whether ids are hidden. A page then takes no ids to search for, as that would tell."""
        return self._secret is not None

    def account(self, value: object, limit: int = FULL_LIMIT) -> str:
        """Return an account as safe text, cut to `limit` characters."""
        return self._text("account", value, limit)

    def device(self, value: object, limit: int = FULL_LIMIT) -> str:
        """Return a device as safe text."""
        return self._text("device", value, limit)

    def address(self, value: object, limit: int = FULL_LIMIT) -> str:
        """Return an address as safe text."""
        return self._text("address", value, limit)

    def content(self, value: object, limit: int = FULL_LIMIT) -> str:
        """Return a content, a playlist or whatever else is no person, as safe text."""
        return printable(value, limit)

    def cell(self, column: str, value: object, limit: int = FULL_LIMIT) -> str:
        """Return a value of a named column as safe text, by what the column holds.

        Examples
        --------
        >>> Names(bytes(16)).cell("device_hash", "f00")[:4], Names().cell("market", "SE")
        ('dev-', 'SE')
        """
        kind = KIND_OF.get(column)
        return self._text(kind, value, limit) if kind else printable(value, limit)

    def table(self, table: pa.Table) -> pa.Table:
        """Return a table as it may be exported.

        Parameters
        ----------
        table : any table of a run

        Returns
        -------
        pyarrow.Table
            The table itself when ids may be seen. Otherwise its columns of ids (`KIND_OF`) are
            strings with pseudonyms, null where null was, and the columns `DROPPED` are gone.
        """
        if self._secret is None:
            return table
        table = table.drop_columns([name for name in table.column_names if name in DROPPED])
        for i, name in enumerate(table.column_names):
            kind = KIND_OF.get(name)
            if kind:
                table = table.set_column(i, name, self._column(kind, table.column(i)))
        return table

    def pseudonym(self, kind: Kind, value: object) -> str:
        """Return the pseudonym of an id: the same in every run, session and export.

        A keyed BLAKE2b hash (RFC 7693), so that nobody without the secret can hash a list of known
        ids and look them up.

        Raises
        ------
        ValueError
            These names have no secret.
        """
        if self._secret is None:
            raise ValueError("these names have no secret")
        said = str(value).encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(
            said, digest_size=8, key=self._secret[:64], person=kind.encode()
        ).digest()
        return f"{PREFIX[kind]}-{base64.b32encode(digest).decode().lower()[:LETTERS]}"

    def _text(self, kind: Kind, value: object, limit: int) -> str:
        if self._secret is None or value is None:
            return printable(value, limit)
        return self.pseudonym(kind, value)

    def _column(self, kind: Kind, column: pa.ChunkedArray) -> pa.ChunkedArray:
        chunks = []
        for chunk in column.chunks:
            encoded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
            hidden = pa.array(
                [
                    None if value is None else self.pseudonym(kind, value)
                    for value in encoded.dictionary.to_pylist()
                ],
                pa.string(),
            )
            chunks.append(hidden.take(encoded.indices))
        return pa.chunked_array(chunks, pa.string())


def names_for(viewer: Viewer, secret: bytes | None, *, pseudonyms: bool = False) -> Names:
    """Return the names that a viewer sees: pseudonyms for all but investigators.

    Parameters
    ----------
    viewer : who looks
    secret : key of the pseudonyms; may be None where every viewer is an investigator
    pseudonyms : hide ids from investigators as well

    Raises
    ------
    ValueError
        Ids must be hidden, and there is no secret.
    """
    if viewer.role == "investigator" and not pseudonyms:
        return Names()
    if secret is None:
        raise ValueError(f"a {viewer.role} sees pseudonyms, which need a secret")
    return Names(secret)


def secret_beside(casebook: Path) -> bytes:
    """Return the secret that lies beside a casebook, made when there is none yet.

    Whoever has it can tell which of the ids that they know is behind a pseudonym; without it, the
    pseudonyms of a casebook's exports cannot be made again.

    Raises
    ------
    UsageError
        It cannot be written or read, is open to others, or was changed.
    """
    path = casebook.with_name(f"{casebook.name}.secret")
    where = f"The secret of the pseudonyms, {plain(path, 300)},"
    if not os.path.lexists(path):
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
            publish(fresh, path)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UsageError(
                f"{where} cannot be written: {reason}; choose another place with --casebook."
            ) from error
    text = read_private(path, where).strip()
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise UsageError(
            f"{where} is not as it was written; put it back, or remove it for new pseudonyms."
        )
    return found


def publish(fresh: Path, path: Path) -> None:
    """Put a file in its place whole, unless another process was first."""
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links: nobody else starts at this very moment
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
