"""A recording as it was submitted: in memory while small, on disk when large."""

import errno
import hashlib
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Self, cast

from sonant.contract.faults import BODY_TOO_LARGE, STORAGE_FULL
from sonant.engine.refusals import Refusal

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Media:
    """Bytes that arrive piece by piece; closing it removes them.

    Attributes:
        size: bytes so far.
        content_type: as the site that it was fetched from calls it; empty if nobody said.
    """

    def __init__(self, *, limit: int, spool_above: int) -> None:
        # Closed by `close`: a recording outlives the function that receives it.
        self._file = cast("IO[bytes]", SpooledTemporaryFile(max_size=spool_above))  # noqa: SIM115
        self._limit = limit
        self._digest = hashlib.sha256()
        self.size, self.content_type = 0, ""

    @classmethod
    def stored(cls, path: Path) -> Self:
        """A recording that is on disk already, and stays there."""
        media = cls(limit=path.stat().st_size, spool_above=1)
        media._file = path.open("rb")
        media._digest = hashlib.file_digest(media._file, "sha256")
        media.size = media._limit
        return media

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Forget the bytes."""
        self._file.close()

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """Add what arrived.

        Raises:
            Refusal: that is more than allowed, or more than the disk holds.
        """
        self.size += len(chunk)
        if self.size > self._limit:
            raise Refusal(BODY_TOO_LARGE, say_size(self._limit))
        self._digest.update(chunk)
        try:
            self._file.write(chunk)
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise Refusal(STORAGE_FULL) from error
            raise

    def rewound(self) -> IO[bytes]:
        """The bytes as a file, from their beginning."""
        self._file.seek(0)
        return self._file

    def head(self, size: int) -> bytes:
        """The first bytes, at most `size`."""
        return self.rewound().read(size)

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return self._digest.hexdigest()


def say_size(size: int) -> str:
    """A number of bytes as people write it: `2 GB`."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if size >= unit:
            return f"{size / unit:g} {name}"
    return f"{size} bytes"
