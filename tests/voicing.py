"""A scripted live voice on loopback: `/v1/speak` and `/v2/speak`, whose audio can be read as the text again.

    with VoiceServer(VoiceScript(die_after=400), VoiceScript()) as server:
        ...                          # the first connection dies after 400 bytes of audio, every later one is sound
    read_back(audio)                 # the text

Each character is `SPAN` samples of linear16, all of its code.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from sonant.contract.codec import decode_message, encode
from sonant.contract.speak import (
    SPEAK_LIVE,
    SPEAK_TURNS,
    Applied,
    Clear,
    Close,
    Flush,
    Interrupt,
    SessionMetadata,
    Speak,
    SpeakCleared,
    SpeakConfigure,
    SpeakConfigured,
    SpeakConnected,
    SpeakFlushed,
    SpeakMetadata,
    SpeakTurnWarning,
    SpeakWarning,
    SpeechBegan,
    SpeechFacts,
    SpeechFlushed,
    SpeechInterrupted,
    SpeechMetadata,
)

SPAN = 8
"""Samples of a character."""
BYTES = SPAN * 2
RATE = 24_000


def audio_of(text: str) -> bytes:
    """The audio of a text."""
    return b"".join(struct.pack("<h", ord(letter) & 0x7FFF) * SPAN for letter in text)


def read_back(audio: bytes) -> str:
    """The text of an audio, which must be whole."""
    assert len(audio) % BYTES == 0, f"{len(audio)} bytes are no whole letters"
    codes = struct.unpack(f"<{len(audio) // 2}h", audio)
    assert all(len(set(codes[at : at + SPAN])) == 1 for at in range(0, len(codes), SPAN)), "letters are torn"
    return "".join(chr(code) for code in codes[::SPAN])


@dataclass(frozen=True)
class VoiceScript:
    """How one connection goes."""

    chunk: int = 37
    """Bytes of a binary message; odd, so that samples are torn."""
    pause: float = 0.0
    """Seconds before each of them."""
    die_after: int | None = None
    """Break when so many bytes of audio went out."""
    die_code: int = 1006
    die_on_close: bool = False
    """Break instead of closing."""
    mute: bool = False
    """Say nothing but the first message."""
    most_flushes: int | None = None
    """Beyond so many the next one is refused, once."""
    header: bytes = b""
    """What stands before the first audio."""
    silent: bool = False
    """Warn of the text, and have no audio of it."""
    refuse: int | None = None
    """The HTTP status of a refused handshake."""


@dataclass
class Heard:
    """One handshake and what followed."""

    path: str
    query: dict[str, list[str]]
    texts: list[str] = field(default_factory=list)
    """What the client said, as JSON."""
    when: list[float] = field(default_factory=list)

    def said(self, kind: type) -> list[Any]:
        """The client's messages of a kind."""
        union = SPEAK_TURNS.says if self.path.startswith("/v2") else SPEAK_LIVE.says
        return [message for text in self.texts if isinstance(message := decode_message(text, union), kind)]


class _Gone(Exception):
    """The connection was broken by script."""


class VoiceServer:
    """Each handshake takes the next script, and the last script is for all further ones."""

    def __init__(self, *scripts: VoiceScript) -> None:
        self._scripts = scripts or (VoiceScript(),)
        self.heard: list[Heard] = []

    def __enter__(self) -> Self:
        settings: dict[str, Any] = {"compression": None, "ping_interval": None, "close_timeout": 1}
        self._server = serve(self._converse, "127.0.0.1", 0, process_request=self._admit, **settings)
        self._server.__enter__()
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join(5)

    @property
    def url(self) -> str:
        """Its address, for a client's `base_url`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.socket.getsockname()[1])

    def wait(self, condition: Any, seconds: float = 5) -> None:
        """Wait until something holds of what was heard."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"did not come about within {seconds} s")
            time.sleep(0.01)

    def _admit(self, connection: ServerConnection, request: Any) -> Any:
        parts = urlsplit(request.path)
        script = self._scripts[min(len(self.heard), len(self._scripts) - 1)]
        self.heard.append(Heard(parts.path, parse_qs(parts.query)))
        if script.refuse is not None:
            return connection.respond(script.refuse, '{"err_code":"SCRIPTED","err_msg":"Refused by script."}')  # type: ignore[arg-type]
        connection.talk = (script, self.heard[-1])  # type: ignore[attr-defined]
        return None

    def _converse(self, connection: ServerConnection) -> None:
        script, heard = connection.talk  # type: ignore[attr-defined]
        kind = _Turns if heard.path.startswith("/v2") else _Live
        with suppress(_Gone, ConnectionClosed, OSError):
            kind(connection, script, heard).run()


class _Voice:
    """What both sockets share."""

    says: Any
    warning: Any

    def __init__(self, connection: ServerConnection, script: VoiceScript, heard: Heard) -> None:
        self._connection, self._script, self._heard = connection, script, heard
        self._sent = 0
        self._header = script.header

    def tell(self, message: Any) -> None:
        self._connection.send(encode(message).decode())

    def messages(self) -> Iterator[Any]:
        for text in self._connection:
            assert isinstance(text, str), "a voice hears text alone"
            self._heard.texts.append(text)
            self._heard.when.append(time.monotonic())
            if not self._script.mute:
                yield decode_message(text, self.says)

    def speak(self, text: str) -> None:
        if self._script.silent:
            self.tell(self.warning)
            return
        audio, self._header = self._header + audio_of(text), b""
        for at in range(0, len(audio), self._script.chunk):
            self._send(audio[at : at + self._script.chunk])

    def _send(self, chunk: bytes) -> None:
        if self._script.pause:
            time.sleep(self._script.pause)
        last = self._script.die_after
        if last is not None and self._sent + len(chunk) >= last:
            self._connection.send(chunk[: last - self._sent])
            self.die(self._script.die_code)
        self._connection.send(chunk)
        self._sent += len(chunk)

    def die(self, code: int = 1006) -> None:
        if code == 1006:
            self._connection.socket.shutdown(socket.SHUT_WR)
            for _ in self._connection:  # what is left unread makes an RST, which overtakes the audio
                pass
        else:
            self._connection.close(code, "scripted")
        raise _Gone

    def end(self) -> None:
        if self._script.die_on_close:
            self.die()
        self._connection.close(1000)


class _Live(_Voice):
    says = SPEAK_LIVE.says
    warning = SpeakWarning("UNSPOKEN", "Nothing of it can be spoken.")

    def run(self) -> None:
        self.tell(SpeakMetadata("r-1", "aura-2-thalia-en", "1", "u-1"))
        text, flushes, clears, refused = "", 0, 0, False
        for message in self.messages():
            match message:
                case Speak():
                    text += message.text
                case Flush():
                    if self._script.most_flushes == flushes and not refused:
                        refused = True
                        self.tell(SpeakWarning(warn_code="EXCESSIVE_FLUSH", warn_msg="Too many."))
                        continue
                    self.speak(text)
                    self.tell(SpeakFlushed(flushes))
                    text, flushes = "", flushes + 1
                case Clear():
                    text = ""
                    self.tell(SpeakCleared(clears))
                    clears += 1
                case Close():
                    self.end()


class _Turns(_Voice):
    says = SPEAK_TURNS.says
    warning = SpeakTurnWarning("UNSPOKEN", "Nothing of it can be spoken.")

    def run(self) -> None:
        self.tell(SpeakConnected("r-1", "flux-kit-en", "1", ["u-1"]))
        text, number, is_active = "", 0, False
        for message in self.messages():
            speech_id = f"dg_sp_{number:012x}"
            match message:
                case Speak():
                    if not is_active:
                        self.tell(SpeechBegan(speech_id))
                    is_active, text = True, text + message.text
                    self.speak(message.text)
                case Flush() if is_active:
                    self.tell(SpeechFlushed(speech_id))
                    milliseconds = len(text) * SPAN * 1000 // RATE
                    self.tell(SpeechMetadata(speech_id, milliseconds, len(text), len(text)))
                    text, number, is_active = "", number + 1, False
                case Interrupt() if is_active:
                    played = message.playback_offset.value if message.playback_offset else 0
                    self.tell(SpeechInterrupted(played, SpeechFacts(speech_id, 0, len(text), len(text))))
                    text, number, is_active = "", number + 1, False
                case Flush() | Interrupt():
                    self.tell(SpeakTurnWarning("NO_ACTIVE_SPEECH", "There is no active turn."))
                case SpeakConfigure():
                    self.tell(SpeakConfigured(Applied(message.speed)))
                case Close():
                    self.tell(SessionMetadata(0, 0, 0))
                    self.end()
