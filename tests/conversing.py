"""What the scripted service says to what it hears. Pure: bytes and texts in, texts out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from counting import HEADER_BYTES, SLOT_BYTES, Ear, Said
from sonant.contract.codec import decode_message, encode
from sonant.contract.listen.live import (
    CloseStream,
    Configure,
    ConfigureSuccess,
    Finalize,
    LiveControl,
    LiveError,
    LiveInfo,
    LiveMetadata,
    LiveResults,
)
from sonant.contract.listen.transcript import Alternative, Channel, ModelInfo, Word
from sonant.contract.listen.turns import (
    Connected,
    ForceEndTurn,
    Thresholds,
    TurnConfigure,
    TurnConfigured,
    TurnControl,
    TurnInfo,
    TurnWarning,
    TurnWord,
)

_REQUEST = "11111111-2222-4333-8444-555555555555"
_INFO = LiveInfo(_REQUEST, ModelInfo("counting", "1", "ear"), "u-1")


@dataclass(frozen=True)
class Script:
    """How one connection goes. Sizes are bytes of audio on this connection."""

    final_every: float = 1.0
    """Seconds of a window, after which it is settled at the next pause."""
    interim_every: float = 0.5
    speech_final_every: int = 1
    """Each n-th final ends the speech."""
    empty_finals: bool = False
    """Finals without the words that the interims had."""
    no_finals: bool = False
    """Interims only, until the stream is closed."""
    refuse: int | None = None
    """The HTTP status of a refused handshake."""
    retry_after: float | str | None = None
    die_after: int | None = None
    """Close when so much came, before it is answered."""
    die_code: int = 1006
    """1006: the TCP connection breaks; 1005: a close frame without a code."""
    die_reason: str = ""
    mute_after: int | None = None
    """Read on and answer pings, but say nothing."""
    deaf_after: int | None = None
    """Read nothing any more, or for a while."""
    deaf_for: float | None = None
    """Seconds; None: for ever."""
    junk: str = ""
    """Said at once, again and again, before all else."""
    last_code: int = 1000
    """The code of the close after CloseStream."""


class Conversation(Protocol):
    """One side of a stream."""

    ended: bool

    def begin(self) -> Iterator[str]:
        """What is said first."""
        ...

    def hear(self, data: bytes | str) -> Iterator[str]:
        """What is said to a message."""
        ...


class _Listener:
    """Audio to windows: what both versions share."""

    def __init__(self, script: Script, rate: int) -> None:
        self.script = script
        self.ended = False
        self._ear = Ear(rate)
        self._shown = 0.0
        """Where the last interim ended."""
        self._head: bytes | None = b""
        self._count = 0

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        """Audio without its header, cut where slots end."""
        if self._head is not None:
            data = self._head + data
            if data.startswith(b"RIFF") and len(data) < HEADER_BYTES:
                self._head = data
                return
            self._head, data = None, data[HEADER_BYTES:] if data.startswith(b"RIFF") else data
        while data:
            room = SLOT_BYTES - self._count % SLOT_BYTES
            yield data[:room]
            data = data[room:]

    def _completes_slot(self, piece: bytes) -> bool:
        """Hear a piece. Something is said when a slot ends, not when a message does."""
        self._ear.feed(piece)
        self._count += len(piece)
        return self._count % SLOT_BYTES == 0

    def _due(self) -> float | None:
        """Where the window should be settled now, if it should."""
        return None if self.script.no_finals else self._ear.pause_after(self._ear.start + self.script.final_every)

    def _interim_is_due(self) -> bool:
        end = self._ear.start + self._ear.duration
        due = end - max(self._shown, self._ear.start) >= self.script.interim_every
        self._shown = end if due else self._shown
        return due


class LiveConversation(_Listener):
    """`/v1/listen`."""

    _finals = 0

    def begin(self) -> Iterator[str]:
        """Nothing."""
        return iter(())

    def hear(self, data: bytes | str) -> Iterator[str]:
        """Answer audio or control."""
        if isinstance(data, str):
            yield from self._obey(decode_message(data, LiveControl))
            return
        for piece in self._pieces(data):
            if self._completes_slot(piece):
                yield from self._speak()

    def _speak(self) -> Iterator[str]:
        while (until := self._due()) is not None:
            yield self._final(until)
        if self._interim_is_due():
            yield _results(self._ear.start, self._ear.duration, self._ear.words())

    def _obey(self, control: Any) -> Iterator[str]:
        match control:
            case Finalize() if self._ear.duration:
                yield self._final(from_finalize=True)
            case CloseStream():
                if self._ear.duration:
                    yield self._final()
                yield _text(LiveMetadata(_REQUEST, "incomplete", "2026-01-01T00:00:00.000Z", self._ear.start, 1))
                self.ended = True
            case Configure(keyterms=list() as terms):
                yield _text(ConfigureSuccess(_REQUEST, terms))
            case message if not isinstance(message, LiveControl):
                yield _text(LiveError("Could not deserialize last text message.", "SchemaError"))
            case _:
                pass

    def _final(self, until: float | None = None, *, from_finalize: bool = False) -> str:
        self._finals += 1
        speech_final = from_finalize or self._finals % self.script.speech_final_every == 0
        start, duration, words = self._ear.settle(until)
        said = [] if self.script.empty_finals else words
        return _results(start, duration, said, final=True, speech_final=speech_final, from_finalize=from_finalize)


class TurnConversation(_Listener):
    """`/v2/listen`: a turn is a window."""

    _turn = 0
    _sequence = -1
    _started = False

    def begin(self) -> Iterator[str]:
        """Greet."""
        yield _text(Connected(_REQUEST, self._next()))

    def hear(self, data: bytes | str) -> Iterator[str]:
        """Answer audio or control."""
        if isinstance(data, str):
            yield from self._obey(decode_message(data, TurnControl))
            return
        for piece in self._pieces(data):
            if self._completes_slot(piece):
                yield from self._speak()

    def _speak(self) -> Iterator[str]:
        while (until := self._due()) is not None:
            yield from self._end(until, "model")
        if self._interim_is_due():
            yield from self._update()

    def _obey(self, control: Any) -> Iterator[str]:
        match control:
            case ForceEndTurn() if self._ear.words():
                yield from self._end(None, "manual")
            case ForceEndTurn():
                yield _text(TurnWarning(_REQUEST, self._next(), "FORCE_END_TURN_NO_ACTIVE_TURN", "No turn."))
            case CloseStream():
                if self._ear.duration:
                    yield from self._update()
                self.ended = True
            case TurnConfigure() as asked:
                holds = TurnConfigured(_REQUEST, self._next(), asked.thresholds or Thresholds(), asked.keyterms or [])
                yield _text(holds)
            case _:
                pass

    def _update(self) -> Iterator[str]:
        words = self._ear.words()
        yield from self._start(self._ear.start, self._ear.duration, words)
        yield self._info("Update", self._ear.start, self._ear.duration, words)

    def _start(self, start: float, duration: float, words: list[Said]) -> Iterator[str]:
        if words and not self._started:
            self._started = True
            yield self._info("StartOfTurn", start, duration, words)

    def _end(self, until: float | None, trigger: Any) -> Iterator[str]:
        settled = self._ear.settle(until)
        yield from self._start(*settled)
        yield self._info("EndOfTurn", *settled, trigger=trigger)
        self._turn, self._started = self._turn + 1, False

    def _info(self, event: Any, start: float, duration: float, words: list[Said], trigger: Any = None) -> str:
        told = [] if self.script.empty_finals and event == "EndOfTurn" else words
        spoken = [TurnWord(w.word, 0.9, w.start, w.end) for w in told]
        sure = 0.9 if event == "EndOfTurn" else 0.1
        facts = (_REQUEST, self._next(), event, self._turn, start, start + duration, _transcript(told), spoken, sure)
        return _text(TurnInfo(*facts, trigger=trigger))

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence


def _results(
    start: float,
    duration: float,
    said: list[Said],
    *,
    final: bool = False,
    speech_final: bool = False,
    from_finalize: bool = False,
) -> str:
    words = [Word(w.word, w.start, w.end, 0.9) for w in said]
    channel = Channel([Alternative(_transcript(said), 0.9 if said else 0.0, words)])
    return _text(LiveResults([0, 1], duration, start, final, speech_final, channel, _INFO, from_finalize=from_finalize))


def _transcript(said: list[Said]) -> str:
    return " ".join(w.word for w in said)


def _text(message: Any) -> str:
    return encode(message).decode()
