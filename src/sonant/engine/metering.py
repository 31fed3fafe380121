"""What a request used: one row for each, on the disk before its work begins and settled when it ends.

    open ──progress──► open ──settled──► in the database ──► gone from the journal

The journal is a file of lines; the last line of a request counts. Writing one costs a system call and no wait for the
disk; it survives the end of the process, however sudden. What a killed engine left open is settled at the next start.
"""

import errno
import logging
import os
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from sonant.contract.faults import STORAGE_FULL
from sonant.engine.refusals import Refusal

log = logging.getLogger(__name__)

FILE = "usage.journal"
_COMPACT_ABOVE = 1_000_000
"""Bytes of a journal that is written anew without the lines that are done with."""


class Use(Struct):
    """What a request used so far; whoever does its work writes here, at any time before it ends."""

    model: str = ""
    model_id: str = ""
    version: str = ""
    language: str = ""
    seconds: float = 0.0
    """Of audio, heard or spoken."""
    channels: int = 1
    characters: int = 0
    """Turned into speech."""
    tokens_in: int = 0
    tokens_out: int = 0
    agent_seconds: float = 0.0
    """Of conversation with an agent."""


class UsageRow(Struct):
    """One request in the log."""

    request_id: str
    project_id: str
    api_key_id: str
    created: int
    """Milliseconds since 1970."""
    path: str
    """With its query."""
    endpoint: str
    """`listen`, `read`, `speak` or `agent`."""
    method: str
    """`sync`, `async` or `streaming`."""
    features: list[str]
    tags: list[str]
    callback: str | None = None
    use: Use = msgspec.field(default_factory=Use)
    deferred: bool = False
    """Whether the work outlives the request, and even the engine: a callback was promised."""
    completed: int = 0
    """Milliseconds since 1970; 0 while it is open."""
    code: int = 0
    """The HTTP status; 0 while it is open."""


class Journal:
    """The rows that are not in the database yet. Its calls may come from any thread.

    Attributes:
        open: by request id, those whose work is not over; at first what the last run left.
    """

    def __init__(self, folder: Path) -> None:
        """Open the journal of a folder, which belongs to one engine at a time."""
        self._path = folder / FILE
        self._lock = threading.Lock()
        self.open: dict[str, UsageRow] = {}
        self._settled: dict[str, UsageRow] = {}
        self._noted: dict[str, float] = {}
        for row in _read(self._path):
            self._sort(row)
        self._size = 0
        self._file = -1
        self._rewrite()

    def begin(self, row: UsageRow) -> None:
        """Write a row ahead of its work.

        Raises:
            Refusal: the disk is full.
        """
        try:
            self._note(row)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise Refusal(STORAGE_FULL) from error
            raise

    def keep(self, row: UsageRow) -> None:
        """Write how far a row has come, or that it is settled; a disk that fails costs no request its answer."""
        try:
            self._note(row)
        except OSError as error:
            log.error("usage not written down", extra={"reason": error.strerror})  # noqa: TRY400

    def note_progress(self) -> None:
        """Write how far the streams have come."""
        for row in list(self.open.values()):
            if row.method == "streaming" and self._noted.get(row.request_id) != row.use.seconds:
                self._noted[row.request_id] = row.use.seconds
                self.keep(row)

    @property
    def has_settled(self) -> bool:
        """Whether there is something for the database."""
        return bool(self._settled)

    def settled(self) -> list[UsageRow]:
        """The rows that can go into the database."""
        with self._lock:
            return list(self._settled.values())

    def forget(self, rows: Iterable[UsageRow]) -> None:
        """Drop rows that are in the database."""
        with self._lock:
            for row in rows:
                self._settled.pop(row.request_id, None)
            if self._size > _COMPACT_ABOVE:
                self._rewrite()

    def close(self) -> None:
        """Close the file; what is in it stays for the next start."""
        with self._lock:
            self._rewrite()
            os.close(self._file)

    def _note(self, row: UsageRow) -> None:
        with self._lock:
            self._sort(row)
            line = msgspec.json.encode(row) + b"\n"
            os.write(self._file, line)
            self._size += len(line)

    def _sort(self, row: UsageRow) -> None:
        if row.code:
            self.open.pop(row.request_id, None)
            self._noted.pop(row.request_id, None)
            self._settled[row.request_id] = row
        else:
            self.open[row.request_id] = row

    def _rewrite(self) -> None:
        """Write the file anew, whole before it takes the place of the other."""
        fresh = self._path.with_suffix(".new")
        file = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_APPEND, 0o600)
        lines = b"".join(msgspec.json.encode(row) + b"\n" for row in (*self.open.values(), *self._settled.values()))
        os.write(file, lines)
        fresh.replace(self._path)
        if self._file >= 0:
            os.close(self._file)
        self._file, self._size = file, len(lines)


def _read(path: Path) -> Iterable[UsageRow]:
    """The rows of a journal, in order; a line that was cut off is left out."""
    if not path.exists():
        return
    decoder = msgspec.json.Decoder(UsageRow)
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError:
                log.warning("a line of the usage journal was cut off")
