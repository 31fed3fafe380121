"""The short way around the library's protocol gives what the long way gives, however the bytes come."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from sonant.client.carriers.framing import MOST, Framing

SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, 200_000)


class Peers:
    """Both ends of a connection without a network."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self.client = ClientProtocol(parse_uri("ws://localhost/"), max_size=MOST, logger=logger)
        self.server = ServerProtocol(max_size=None)
        self.framing = Framing(self.client)
        self.client.send_request(self.client.connect())
        self.server.receive_data(b"".join(self.client.data_to_send()))
        (request,) = self.server.events_received()
        self.server.send_response(self.server.accept(request))
        self.answer = self.said()

    def said(self) -> bytes:
        """What the server has to send."""
        return b"".join(self.server.data_to_send())


def open_peers(logger: logging.Logger | None = None) -> Peers:
    """Two that have shaken hands."""
    peers = Peers(logger)
    (response,) = peers.framing.receive(peers.answer)
    assert isinstance(response, Response)
    return peers


def server_frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """A frame of a service, which the library's server would not send."""
    return Frame(opcode, data, fin).serialize(mask=False)


def pieces(data: bytes, random: Random) -> Iterator[bytes]:
    """The data, cut anywhere."""
    while data:
        size = random.choice((1, 2, 3, 10, 1000, 70_000))
        yield data[:size]
        data = data[size:]


@pytest.mark.parametrize("seed", range(8))
def test_messages_arrive_whole_wherever_they_are_cut(seed: int) -> None:
    random = Random(seed)
    peers = Peers()
    expected: list[str | bytes] = []
    for size in random.sample(SIZES, len(SIZES)):
        expected += ["ä" * (size // 2), bytes(size), "in pieces" + "x" * size]
        peers.server.send_text(expected[-3].encode())  # type: ignore[union-attr]
        peers.server.send_binary(bytes(size))
        peers.server.send_text(b"in ", fin=False)
        peers.server.send_ping(b"between")
        peers.server.send_continuation(b"pieces" + b"x" * size, fin=True)
        peers.server.send_pong(b"")
    found = [event for piece in pieces(peers.answer + peers.said(), random) for event in peers.framing.receive(piece)]
    pongs = [event for event in found if isinstance(event, Frame)]
    assert isinstance(found[0], Response)
    assert [event for event in found[1:] if not isinstance(event, Frame)] == expected
    assert [pong.opcode for pong in pongs] == [Opcode.PONG] * len(SIZES)
    peers.server.receive_data(b"".join(peers.client.data_to_send()))
    assert [event.data for event in peers.server.events_received()] == [b"between"] * len(SIZES)  # type: ignore[union-attr]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("is_text", [True, False])
def test_the_library_reads_what_goes_out(size: int, is_text: bool) -> None:
    peers = open_peers()
    payload: Any = "y" * size if is_text else bytes(range(256)) * (size // 256) + bytes(size % 256)
    peers.server.receive_data(peers.framing.frame(payload))
    (frame,) = peers.server.events_received()
    assert isinstance(frame, Frame)
    assert (frame.opcode, frame.data, frame.fin) == (
        Opcode.TEXT if is_text else Opcode.BINARY,
        payload.encode() if is_text else payload,
        True,
    )


def test_no_two_frames_have_the_same_mask() -> None:
    framing = open_peers().framing
    assert len({framing.frame(b"") for _ in range(50)}) == 50


@pytest.mark.parametrize("end", [1, 2, 3])
def test_an_answer_to_the_handshake_may_be_cut_in_its_last_line(end: int) -> None:
    peers = Peers()
    assert peers.framing.receive(peers.answer[:-end]) == []
    assert [type(event) for event in peers.framing.receive(peers.answer[-end:])] == [Response]
    peers.server.send_text(b"then")
    assert peers.framing.receive(peers.said()) == ["then"]


def test_text_that_is_none_is_empty() -> None:
    peers = open_peers()
    wrong = server_frame(Opcode.TEXT, b"\xff")
    in_pieces = server_frame(Opcode.TEXT, b"\xff", fin=False) + server_frame(Opcode.CONT, b"a")
    assert peers.framing.receive(wrong + in_pieces) == ["", ""]


@pytest.mark.parametrize(
    "broken",
    [
        server_frame(Opcode.TEXT, b"a", fin=False) + server_frame(Opcode.TEXT, b"b"),
        server_frame(Opcode.CONT, b"a"),
        b"\xc1\x01a",
        b"\x83\x01a",
        b"\x89\x7e\x00\x7e" + bytes(126),
        Frame(Opcode.TEXT, b"masked").serialize(mask=True),
    ],
    ids=["text amid text", "the rest of nothing", "a reserved bit", "no such opcode", "a long ping", "masked"],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_what_breaks_the_protocol_is_left_to_the_library(broken: bytes, size: int) -> None:
    peers = open_peers()
    data = broken + server_frame(Opcode.TEXT, b"behind it")
    found = [event for at in range(0, len(data), size) for event in peers.framing.receive(data[at : at + size])]
    assert found == []
    assert peers.client.state is State.CLOSING
    assert peers.client.close_sent is not None
    assert peers.client.close_sent.code == 1002


@pytest.mark.parametrize("size", [1, 1000])
def test_nobody_waits_for_what_is_endless(size: int) -> None:
    peers = open_peers()
    data = b"\x82\x7f" + (MOST + 1).to_bytes(8) + b"abc"
    found = [event for at in range(0, len(data), size) for event in peers.framing.receive(data[at : at + size])]
    assert found == []
    assert peers.framing.is_over
    assert peers.client.close_sent is not None
    assert peers.client.close_sent.code == 1009


def test_nothing_comes_behind_a_close() -> None:
    peers = open_peers()
    peers.server.send_text(b"before")
    peers.server.send_close(1000, "done")
    data = peers.said() + server_frame(Opcode.TEXT, b"behind it")
    assert peers.framing.receive(data[:-3]) == ["before"]
    assert peers.framing.receive(data[-3:]) == []
    assert peers.framing.end() == []
    assert peers.client.close_rcvd is not None
    assert (peers.client.close_rcvd.code, peers.client.state) == (1000, State.CLOSED)


def test_messages_still_come_after_a_close_of_ours() -> None:
    peers = open_peers()
    late = server_frame(Opcode.TEXT, b"late")
    assert peers.framing.receive(late[:3]) == []
    peers.client.send_close(1000)
    assert peers.framing.receive(late[3:]) == ["late"]


def test_a_refusal_is_the_librarys() -> None:
    peers = Peers()
    refusal = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nno k"
    found = [event for at in range(0, len(refusal), 7) for event in peers.framing.receive(refusal[at : at + 7])]
    assert [(answer.status_code, bytes(answer.body)) for answer in found] == [(401, b"no k")]


def test_frames_are_logged_for_who_looks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "frames"):
        peers = open_peers(logging.getLogger("frames"))
        peers.framing.frame("question")
        assert peers.framing.receive(server_frame(Opcode.TEXT, b"answer")) == ["answer"]
    said = [record.getMessage() for record in caplog.records]
    assert any("question" in line for line in said)
    assert any("answer" in line for line in said)
