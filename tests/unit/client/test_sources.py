import io
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sonant.client.errors import SourceError
from sonant.client.sources import CHUNK_SIZE, READ_SIZE, AsyncUpload, Upload, open_source


def content(upload: Upload) -> bytes:
    return b"".join(upload.chunks())


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    path.write_bytes(os.urandom(READ_SIZE + 17))
    return path


def test_bytes_of_every_kind_are_sliced_not_copied() -> None:
    data = os.urandom(2 * CHUNK_SIZE + 5)
    for source in (data, bytearray(data), memoryview(data)):
        upload = open_source(source)
        assert upload.length == len(data)
        pieces = list(upload.chunks())
        assert [len(piece) for piece in pieces] == [CHUNK_SIZE, CHUNK_SIZE, 5]
        assert all(isinstance(piece, memoryview) for piece in pieces)
        assert content(upload) == data
        assert upload.rewind()


def test_a_view_of_wide_items_is_measured_in_bytes() -> None:
    view = memoryview(b"12345678").cast("H")
    assert open_source(view).length == 8


def test_a_path_is_read_again_for_each_attempt(recording: Path) -> None:
    for source in (recording, str(recording)):
        upload = open_source(source)
        assert upload.length == recording.stat().st_size
        assert content(upload) == recording.read_bytes()
        assert upload.rewind()
        assert content(upload) == recording.read_bytes()


def test_a_file_that_changed_is_not_sent_again(recording: Path) -> None:
    upload = open_source(recording)
    content(upload)
    recording.write_bytes(b"other")
    assert not upload.rewind()


def test_a_file_that_grows_keeps_its_content_length(recording: Path) -> None:
    upload = open_source(recording)
    with recording.open("ab") as file:
        file.write(b"more")
    assert len(content(upload)) == upload.length


def test_an_open_file_is_sent_from_where_it_stands() -> None:
    file = io.BytesIO(b"headerbody")
    file.seek(6)
    upload = open_source(file)
    assert upload.length == 4
    assert content(upload) == b"body"
    assert upload.rewind()
    assert content(upload) == b"body"


def test_a_closed_file_cannot_be_sent_again() -> None:
    file = io.BytesIO(b"body")
    upload = open_source(file)
    file.close()
    assert not upload.rewind()
    with pytest.raises(SourceError, match="closed"):
        content(upload)


def test_a_pipe_is_sent_once_without_a_length() -> None:
    read, write = os.pipe()
    os.write(write, b"from a pipe")
    os.close(write)
    with open(read, "rb") as file:
        upload = open_source(file)
        assert upload.length is None
        assert content(upload) == b"from a pipe"
        assert not upload.rewind()


def test_bytes_that_changed_are_not_sent_again() -> None:
    data = bytearray(os.urandom(CHUNK_SIZE + 5))
    upload = open_source(data)
    next(upload.chunks())
    data[-1] ^= 1
    assert upload.rewind(), "only what was sent counts"
    data[0] ^= 1
    assert not upload.rewind()


def test_an_open_file_that_changed_is_not_sent_again(recording: Path) -> None:
    with recording.open("rb") as file:
        upload = open_source(file)
        content(upload)
        assert upload.rewind()
        recording.write_bytes(b"other")
        assert not upload.rewind()


def test_a_file_that_shrinks_while_it_is_sent_says_so(recording: Path) -> None:
    upload = open_source(recording)
    pieces = upload.chunks()
    next(pieces)
    os.truncate(recording, READ_SIZE + 1)
    with pytest.raises(SourceError, match="shorter by"):
        list(pieces)


def test_views_of_every_form_are_sent_as_bytes() -> None:
    assert content(open_source(memoryview(b"a-b-c-")[::2])) == b"abc"
    assert content(open_source([memoryview(b"12345678").cast("H")])) == b"12345678"


def test_an_iterator_is_sent_once() -> None:
    upload = open_source(iter([b"a", bytearray(b"b"), memoryview(b"c")]))
    assert upload.length is None
    assert upload.rewind(), "nothing was taken yet"
    assert content(upload) == b"abc"
    assert not upload.rewind()


def test_an_iterator_of_something_else_is_refused() -> None:
    with pytest.raises(SourceError, match="gave str"):
        content(open_source(["text"]))


async def test_an_async_iterator_needs_its_loop() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    upload = open_source(chunks())
    assert isinstance(upload, AsyncUpload)
    with pytest.raises(SourceError, match="AsyncDeepgramClient"):
        content(upload)
    assert [chunk async for chunk in upload.achunks()] == [b"a", b"b"]
    assert not upload.rewind()


def test_errors_of_the_callers_own_iterator_pass_through() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"a"
        raise RuntimeError("microphone unplugged")

    with pytest.raises(RuntimeError, match="unplugged"):
        content(open_source(chunks()))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (5, "Unknown transcription source type: int"),
        (None, "Unknown transcription source type: NoneType"),
        ({"url": "x"}, "Unknown transcription source type: dict"),
        ("https://example.com/a.wav", "Use transcribe_url"),
        ("/no/such/file.wav", "No such file"),
        ("nul\0.wav", "null"),
        (".", "folder"),
        (io.StringIO("text"), "text mode"),
    ],
)
def test_what_cannot_be_sent_says_why(source: object, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(source)
    assert says in str(caught.value)


def test_a_file_that_is_closed_already_says_so() -> None:
    file = io.BytesIO(b"body")
    file.close()
    with pytest.raises(SourceError, match="closed"):
        open_source(file)
