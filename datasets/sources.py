"""Which files a source stands for: a file, a folder, a glob, Hive partitions, or a URI."""

from __future__ import annotations

import fnmatch
import glob
import json
import os
import posixpath
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote

from cib.datasets.errors import BadDataError, TemporaryError
from cib.datasets.hostile import printable

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
"""The folder value by which Hive and Spark write null."""

_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")
_MAGIC = re.compile(r"[*?\[]")
_FOREIGN_TABLES = {"_delta_log": "a Delta Lake table", ".hoodie": "an Apache Hudi table"}


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file of a source, not yet opened."""

    name: str
    """Path relative to the source, with forward slashes; how messages and tables call it."""
    path: str
    size: int
    """Bytes; 0 when the file cannot be reached."""
    mtime_ns: int
    """Modification time, nanoseconds; 0 where the storage does not tell."""
    partitions: dict[str, str | None] = field(default_factory=dict)
    """Hive columns from the folder names."""
    fault: str | None = None
    """Why the file cannot be read at all, when that is already known."""
    filesystem: FileSystem | None = None
    """None for local files."""

    def open(self) -> IO[bytes] | Any:
        """Open for reading at random places; the caller closes it."""
        if self.filesystem is None:
            return open(self.path, "rb")
        return self.filesystem.open_input_file(self.path)


@dataclass(frozen=True, slots=True)
class Found:
    """What a source stands for."""

    files: list[InputFile]
    """The files to read, sorted by name."""
    others: list[str]
    """Names of the files in its folders that are not called ``*.parquet``, sorted."""

    @property
    def other_files(self) -> dict[str, object]:
        """`n` others, and one as an `example`, as a manifest says it."""
        example = self.others[0].encode("utf-8", "backslashreplace") if self.others else None
        return {"n": len(self.others), "example": example and example.decode()}


def list_files(source: str | os.PathLike[str]) -> list[InputFile]:
    """List the files of a source, sorted by name; see `find_files`."""
    return find_files(source).files


def find_files(source: str | os.PathLike[str]) -> Found:
    """Find the files of a source, and what lies beside them in its folders.

    Folders are searched in depth for ``*.parquet``, in any case; names that start with ``_`` or
    ``.`` are skipped there, as Spark and Hive do, and so are runs, so that ``--out`` may lie inside
    the source. ``key=value`` folder names become `partitions`. A file given by name or by a glob
    may be called anything.

    Parameters
    ----------
    source
        A path, a glob, or a URI that `pyarrow.fs` or fsspec opens (``file://``, ``s3://``,
        ``memory://``, …).

    Raises
    ------
    BadDataError
        Nothing is there, nothing matches, or the folder is a table format that Parquet readers
        misread (Delta Lake, Hudi).
    TemporaryError
        The storage did not answer.
    """
    text = _without_scheme(os.fspath(source))
    if _URI.match(text):
        return _find_remote(text)
    others: list[str] = []
    if os.path.lexists(text):
        paths = _walk(text, others) if os.path.isdir(text) else [text]
        root = text if os.path.isdir(text) else os.path.dirname(text)
        if not paths:
            if any(is_run(folder) for folder, _, _ in os.walk(text)):
                raise BadDataError(
                    f"{printable(text, 300)}: holds runs of cib and no log; name the log, or one "
                    "table of a run"
                )
            raise _nothing_inside(text, [n for _, _, names in os.walk(text) for n in names])
    elif _MAGIC.search(text):
        root = os.path.dirname(text[: _MAGIC.search(text).start()])  # type: ignore[union-attr]
        paths = []
        runs: set[str] = set()
        for match in sorted(glob.glob(text, recursive=True)):
            folder = os.path.dirname(match)
            if os.path.isdir(match):
                paths += _walk(match, others)
            elif folder not in runs and is_run(folder):
                runs.add(folder)
            elif folder not in runs:
                paths.append(match)
        if not paths:
            hint = f" outside of {printable(min(runs), 300)}, which is a run" if runs else ""
            raise BadDataError(f"{printable(text, 300)}: no file matches{hint}; check the pattern")
    else:
        raise BadDataError(f"{printable(text, 300)}: no such file or folder; check the path")
    named = {_relative(path, root): path for path in paths}
    files = [_local(name, named[name], root) for name in sorted(named)]
    return Found(files, sorted({_relative(path, root) for path in others} - named.keys()))


def lies_in(source: str | os.PathLike[str], path: str | os.PathLike[str]) -> bool:
    """Whether a local path is a source, lies in its folder, or fits its glob."""
    text = _without_scheme(os.fspath(source))
    if _URI.match(text):
        return False
    found = [text] if os.path.lexists(text) else glob.glob(text, recursive=True)
    there = Path(path).resolve()
    if not {Path(name).resolve() for name in found}.isdisjoint((there, *there.parents)):
        return True
    return bool(_MAGIC.search(text)) and _matches(os.path.abspath(path), os.path.abspath(text))


def _without_scheme(source: str) -> str:
    """The path that a file:// URI stands for; any other source as it is."""
    if not source.lower().startswith("file://"):
        return source
    _host, slash, path = source[7:].partition("/")
    return unquote(slash + path)


def _relative(path: str, root: str) -> str:
    """The path as messages name it."""
    return os.path.relpath(path, root or ".").replace(os.sep, "/")


def _walk(top: str, others: list[str]) -> list[str]:
    """Every ``*.parquet`` under a local folder but in hidden ones and runs; links followed once.

    Files of any other name that is not hidden are added to `others`.
    """
    for marker, what in _FOREIGN_TABLES.items():
        if os.path.isdir(os.path.join(top, marker)):
            raise _foreign_table(top, what)
    found: list[str] = []
    waiting = [top]
    seen: set[tuple[int, int]] = set()
    while waiting:
        folder = waiting.pop()
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            if is_run(folder):
                continue
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith(("_", ".")):
                        continue
                    if entry.is_dir():
                        waiting.append(entry.path)
                    elif entry.name.lower().endswith(".parquet"):
                        found.append(entry.path)
                    else:
                        others.append(entry.path)
        except PermissionError as error:
            raise BadDataError(
                f"{printable(folder, 300)}: permission denied to list this folder; a scan that "
                "skipped it would lose rows, so grant read access or name the other files"
            ) from error
    return found


def is_run(folder: str) -> bool:
    """Whether a local folder is a run that a scan published, whose tables are no log."""
    path = os.path.join(folder, "manifest.json")
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            manifest = json.load(file)
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and {"run_id", "inputs"} <= manifest.keys()


def _local(name: str, path: str, root: str) -> InputFile:
    """One local file with what `stat` says of it."""
    partitions = _partitions(name, root)
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return InputFile(name, path, 0, 0, partitions, "is a link to a file that is not there")
    except OSError as error:
        return InputFile(name, path, 0, 0, partitions, f"cannot be reached: {error.strerror}")
    fault = None
    if not stat.S_ISREG(status.st_mode):
        kind = "a named pipe" if stat.S_ISFIFO(status.st_mode) else "a device or a socket"
        fault = f"is {kind}, not a file"
    return InputFile(name, path, status.st_size, status.st_mtime_ns, partitions, fault)


def _partitions(name: str, root: str) -> dict[str, str | None]:
    """Hive columns of one file: folders under the source, and those that end the source itself."""
    above: list[str] = []
    for part in reversed(root.replace(os.sep, "/").rstrip("/").split("/")):
        if "=" not in part:
            break
        above.insert(0, part)
    found: dict[str, str | None] = {}
    for part in above + name.split("/")[:-1]:
        key, equals, value = part.partition("=")
        if equals and key:
            found[unquote(key)] = None if value == HIVE_NULL else unquote(value)
    return found


def _find_remote(uri: str) -> Found:
    """List a URI through `pyarrow.fs`, or through fsspec where Arrow does not know the scheme."""
    from pyarrow import ArrowException
    from pyarrow.fs import FileSelector, FileType

    magic = _MAGIC.search(uri)
    base = uri[: magic.start()].rpartition("/")[0] if magic else uri
    filesystem, path = _open_filesystem(base)
    try:
        info = filesystem.get_file_info(path)
        if info.type == FileType.NotFound:
            raise BadDataError(f"{printable(uri, 300)}: no such file or folder; check the URI")
        if info.type == FileType.File:
            entries, root = [info], posixpath.dirname(path)
        else:
            entries, root = filesystem.get_file_info(FileSelector(path, recursive=True)), path
    except (OSError, ArrowException) as error:
        raise TemporaryError(f"{printable(uri, 300)}: cannot be listed: {error}") from error
    pattern = path.rstrip("/") + uri[len(base) :] if magic else ""
    files: list[InputFile] = []
    names = []
    others = []
    for entry in entries:
        name = posixpath.relpath(entry.path, root or "/") if root else entry.path
        parts = name.split("/")
        for marker, what in _FOREIGN_TABLES.items():
            if parts[0] == marker:
                raise _foreign_table(uri, what)
        if entry.type == FileType.Directory:
            continue
        names.append(name)
        if magic:
            wanted = _matches(entry.path, pattern)
        elif info.type == FileType.File:
            wanted = True
        elif any(part.startswith(("_", ".")) for part in parts):
            wanted = False
        else:
            wanted = name.lower().endswith(".parquet")
            others += [] if wanted else [name]
        if wanted:
            files.append(
                InputFile(
                    name,
                    entry.path,
                    entry.size or 0,
                    entry.mtime_ns or 0,
                    _partitions(name, root),
                    None,
                    filesystem,
                )
            )
    if not files:
        raise _nothing_inside(uri, names)
    return Found(sorted(files, key=lambda file: file.name), sorted(others))


def _matches(path: str, pattern: str) -> bool:
    """Whether a path fits a glob in which ``*`` stays within one folder and ``**`` not."""
    parts = re.split(r"(\*\*/?|[*]|[?]|\[[^]]*\])", pattern.lstrip("/"))
    expression = "".join(
        "(?:.*/)?"
        if part == "**/"
        else ".*"
        if part == "**"
        else "[^/]*"
        if part == "*"
        else "[^/]"
        if part == "?"
        else fnmatch.translate(part)[4:-3]
        if part[:1] == "["
        else re.escape(part)
        for part in parts
    )
    return re.fullmatch(expression, path.lstrip("/")) is not None


def _open_filesystem(uri: str) -> tuple[Any, str]:
    """The file system behind a URI, and the path in it."""
    import pyarrow as pa
    from pyarrow.fs import FileSystem, FSSpecHandler, PyFileSystem

    scheme = uri.partition("://")[0]
    try:
        filesystem, path = FileSystem.from_uri(uri)
        return filesystem, path
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass
    except OSError as error:
        raise TemporaryError(f"{printable(uri, 300)}: cannot be opened: {error}") from error
    try:
        import fsspec
    except ImportError:
        raise BadDataError(
            f"{printable(uri, 300)}: {scheme}:// needs the package fsspec; install it, or copy "
            "the files to a local folder"
        ) from None
    try:
        handle, path = fsspec.core.url_to_fs(uri)
    except (ImportError, ValueError) as error:
        raise BadDataError(f"{printable(uri, 300)}: cannot be opened: {error}") from error
    except OSError as error:
        raise TemporaryError(f"{printable(uri, 300)}: cannot be opened: {error}") from error
    return PyFileSystem(FSSpecHandler(handle)), path


def _foreign_table(source: str, what: str) -> BadDataError:
    return BadDataError(
        f"{printable(source, 300)}: is {what}, whose folder keeps files of deleted rows; read as "
        "plain Parquet they would count again, so export the current version, or name the live "
        "files by a glob"
    )


def _nothing_inside(source: str, names: list[str]) -> BadDataError:
    """The error for a folder without Parquet files, saying what lies there instead."""
    if not names:
        return BadDataError(f"{printable(source, 300)}: is empty; expected *.parquet files")
    suffixes = sorted({os.path.splitext(name)[1] or "no suffix" for name in names})
    return BadDataError(
        f"{printable(source, 300)}: has no *.parquet file that a scan may read; found "
        f"{len(names)} others ({printable(', '.join(suffixes[:5]))}), for example "
        f"{printable(min(names))}; name files with another suffix by a glob"
    )
