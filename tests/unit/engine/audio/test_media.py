import errno
import hashlib

import pytest

from sonant.contract.faults import BODY_TOO_LARGE, STORAGE_FULL
from sonant.engine.audio.media import Media, say_size
from sonant.engine.refusals import Refusal


@pytest.mark.parametrize("spool_above", [1, 10**6])
def test_bytes_are_kept_and_hashed(spool_above: int) -> None:
    with Media(limit=100, spool_above=spool_above) as media:
        media.write(b"one ")
        media.write(b"two")
        assert media.head(3) == b"one"
        assert media.rewound().read() == b"one two"
        assert media.sha256 == hashlib.sha256(b"one two").hexdigest()
        assert media.size == 7


def test_too_much() -> None:
    with Media(limit=3, spool_above=9) as media, pytest.raises(Refusal) as caught:
        media.write(b"four")
    assert caught.value.fault is BODY_TOO_LARGE
    assert caught.value.detail == "3 bytes"


class Full:
    def __init__(self, number: int) -> None:
        self.number = number

    def write(self, _: bytes) -> None:
        raise OSError(self.number, "no")

    def close(self) -> None: ...


def test_a_full_disk() -> None:
    with Media(limit=9, spool_above=9) as media:
        media._file.close()
        media._file = Full(errno.ENOSPC)  # type: ignore[assignment]
        with pytest.raises(Refusal) as caught:
            media.write(b"x")
        assert caught.value.fault is STORAGE_FULL
        media._file = Full(errno.EIO)  # type: ignore[assignment]
        with pytest.raises(OSError, match="no"):
            media.write(b"x")


@pytest.mark.parametrize(
    ("size", "said"), [(2_000_000_000, "2 GB"), (1_500_000, "1.5 MB"), (1000, "1 KB"), (7, "7 bytes")]
)
def test_sizes(size: int, said: str) -> None:
    assert say_size(size) == said
