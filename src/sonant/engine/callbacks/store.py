"""What was promised and is not delivered yet: a SQLite file, and beside it each recording as a file of its own.

A promise is on the disk before its request is answered. Only one engine at a time holds a folder.
"""

import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import IO, Any

from sonant.contract.faults import STORAGE_FULL
from sonant.engine.refusals import Refusal

FILE = "callbacks.sqlite3"
RECORDINGS = "recordings"
_VERSION = 2
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LOCK_PATIENCE = 2.0
"""Seconds in which an engine that is ending lets go of its folder."""

_TABLE = """CREATE TABLE IF NOT EXISTS promises (
    request_id TEXT PRIMARY KEY, created TEXT NOT NULL, query TEXT NOT NULL, key_id TEXT NOT NULL,
    callback TEXT NOT NULL, method TEXT NOT NULL, source_url TEXT NOT NULL,
    starts INTEGER NOT NULL DEFAULT 0, result BLOB, tries INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL DEFAULT 0
)"""
_ADDED = (
    "ALTER TABLE promises ADD COLUMN path TEXT NOT NULL DEFAULT '/v1/listen'",
    "ALTER TABLE promises ADD COLUMN content_type TEXT NOT NULL DEFAULT 'application/json'",
)
"""What a file of version 1 lacks: its promises are all of transcripts."""
_PROMISE = "request_id, created, query, key_id, callback, method, source_url, path"


class StoreError(Exception):
    """The queue of callbacks cannot be used; the message names its file and says what to do."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A result that somebody was promised. It has no API key in it."""

    request_id: str
    created: str
    """RFC 3339, UTC."""
    query: str
    """The request's query as it came."""
    key_id: str
    """Told to the receiver as `dg-token`; empty for none."""
    callback: str
    method: str
    source_url: str = ""
    """Where the recording or the text is; empty for one that was uploaded."""
    path: str = "/v1/listen"
    """Of the request: what is to be done."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a callback is sent."""

    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a promise has come."""

    result: Result | None
    """What is to be sent; None before it is known."""
    tries: int
    """Deliveries that were begun."""
    failures: int
    """Deliveries that are known to have failed."""
    due: float
    """Time of the next delivery, in seconds since 1970."""


class Store:
    """The promises of one engine. Its calls block, and may come from any thread.

    Attributes:
        folder: where everything is.
    """

    def __init__(self, folder: Path) -> None:
        """Open the folder, which is made if absent.

        Raises:
            StoreError: it cannot be used, or another engine uses it.
        """
        self.folder = folder
        self._lock = threading.Lock()
        self._recordings = folder / RECORDINGS
        try:
            self._recordings.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            self._rows = _open(folder / FILE)
        except OSError as error:
            raise StoreError(
                f"{folder}: {error.strerror}; set SONANT_STATE to a folder that the engine may write"
            ) from None
        self._clean()

    def close(self) -> None:
        """Let go of the folder."""
        with self._lock:
            self._rows.close()

    def add(self, promise: Promise, recording: IO[bytes] | None) -> None:
        """Remember a promise; when this returns, it is on the disk.

        Raises:
            Refusal: the disk is full.
        """
        try:
            if recording is not None:
                _write(recording, self.recording_of(promise.request_id))
            self._run(
                f"INSERT INTO promises ({_PROMISE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own words
                *astuple(promise),
            )
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                self._forget_recording(promise.request_id)
            if _is_full(error):
                raise Refusal(STORAGE_FULL) from error
            raise

    def recording_of(self, request_id: str) -> Path:
        """The file of an uploaded recording."""
        return self._recordings / request_id

    def promises(self) -> Sequence[Promise]:
        """All that are open, oldest first."""
        rows = self._run(f"SELECT {_PROMISE} FROM promises ORDER BY rowid")  # noqa: S608 - our own words
        return [Promise(*row) for row in rows]

    def progress(self, request_id: str) -> Progress:
        """How far a promise has come."""
        asked = "SELECT result, content_type, tries, failures, due FROM promises WHERE request_id = ?"
        ((body, content_type, *counts),) = self._run(asked, request_id)
        return Progress(None if body is None else Result(body, content_type), *counts)

    def note_start(self, request_id: str) -> int:
        """Remember that the work begins, before it does: it may bring the engine down. How often it has begun."""
        counted = "UPDATE promises SET starts = starts + 1 WHERE request_id = ? RETURNING starts"
        starts: int = self._run(counted, request_id)[0][0]
        return starts

    def note_stop(self, request_id: str) -> None:
        """Remember that work which began was given up, and did no harm."""
        self._run("UPDATE promises SET starts = starts - 1 WHERE request_id = ?", request_id)

    def keep_result(self, request_id: str, result: Result) -> None:
        """Remember what is to be sent; the recording is not needed any more."""
        kept = "UPDATE promises SET result = ?, content_type = ? WHERE request_id = ?"
        self._run(kept, result.body, result.content_type, request_id)
        self._forget_recording(request_id)

    def note_try(self, request_id: str) -> None:
        """Remember that a delivery begins, before it does: afterwards nobody may be left to."""
        self._run("UPDATE promises SET tries = tries + 1 WHERE request_id = ?", request_id)

    def note_failure(self, request_id: str, due: float) -> None:
        """Remember that a delivery failed, and when the next is due."""
        self._run("UPDATE promises SET failures = failures + 1, due = ? WHERE request_id = ?", due, request_id)

    def remove(self, request_id: str) -> None:
        """Forget a promise: it was kept, or given up."""
        self._run("DELETE FROM promises WHERE request_id = ?", request_id)
        self._forget_recording(request_id)

    def _run(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._rows.execute(statement, values).fetchall()

    def _forget_recording(self, request_id: str) -> None:
        self.recording_of(request_id).unlink(missing_ok=True)

    def _clean(self) -> None:
        """Remove recordings that no promise needs: the engine was killed before it could."""
        needed = {row[0] for row in self._run("SELECT request_id FROM promises WHERE result IS NULL")}
        for path in self._recordings.iterdir():
            if path.name not in needed:
                path.unlink(missing_ok=True)


def _open(path: Path) -> sqlite3.Connection:
    """A connection that holds the file for itself until it is closed, or its process ends."""
    rows = sqlite3.connect(path, timeout=_LOCK_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        path.chmod(0o600)
        for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            rows.execute(f"PRAGMA {setting}")
        _check(rows, path)
    except sqlite3.Error as error:
        rows.close()
        raise _explain(error, path) from None
    except StoreError:
        rows.close()
        raise
    return rows


def _check(rows: sqlite3.Connection, path: Path) -> None:
    """See that the file is sound and of our making; a new one gets its table, an older one what it lacks."""
    rows.execute("BEGIN EXCLUSIVE")
    version = rows.execute("PRAGMA user_version").fetchone()[0]
    if version not in range(_VERSION + 1):
        raise StoreError(f"{path} was written by another version of the engine; move it away, or run that version")
    if rows.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError
    rows.execute(_TABLE)
    for addition in _ADDED if version < _VERSION else ():
        rows.execute(addition)
    rows.execute(f"PRAGMA user_version = {_VERSION}")
    rows.execute("COMMIT")


def _explain(error: sqlite3.Error, path: Path) -> StoreError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(f"{path} is in use by another engine; stop that one, or set SONANT_STATE to another folder")
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreError(
            f"{path} is damaged; move it away to start with an empty queue: the callbacks in it are lost "
            "unless it can be repaired"
        )
    return StoreError(f"{path} cannot be used: {error}; set SONANT_STATE to a folder that the engine may write")


def _write(recording: IO[bytes], path: Path) -> None:
    """Write a file so that it is whole after a power cut."""
    with path.open("wb") as file:
        shutil.copyfileobj(recording, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in _NO_SPACE
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
