"""A file that a setting names: it counts by what is in it, not by what it is called."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cib.datasets.errors import TemporaryError, UsageError
from cib.datasets.hostile import printable


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file and the sha256 of its bytes when it was named."""

    path: Path
    sha256: str

    @classmethod
    def named(cls, text: str) -> GivenFile:
        """Read the file once for its fingerprint.

        Raises
        ------
        UsageError
            There is no such file, or it cannot be read.
        """
        return cls(Path(text), hashlib.sha256(bytes_of(text)).hexdigest())

    def read(self) -> bytes:
        """Return the bytes.

        Raises
        ------
        TemporaryError
            They are not those that were there when the file was named.
        """
        data = bytes_of(self.path)
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise TemporaryError(
                f"{printable(self.path, 300)}: changed while it was read; run the same command "
                "again."
            )
        return data


def bytes_of(path: str | Path) -> bytes:
    """Read a file, or say in one sentence why not."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise UsageError(f"“{printable(path, 300)}”: no such file.") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte, or no text at all
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"“{printable(path, 300)}” cannot be read: {printable(why, 200)}."
        ) from None
