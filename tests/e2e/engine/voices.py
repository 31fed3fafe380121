"""Conversations with an engine that speaks, over a plain WebSocket; and what came of them as sound."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import av
import numpy as np
import soundfile
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from e2e.engine.sounds import Sound

Event = dict[str, Any]
_RAW = {"audio/l16": ("s16le", 2), "audio/mulaw": ("mulaw", 1), "audio/alaw": ("alaw", 1)}


class VoiceTalk:
    """One socket, and what came on it, in its order: events, and bytes of audio."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.all: list[Event | bytes] = []
        self.close_code = 0
        self.close_reason = ""

    def say(self, kind: str, **fields: Any) -> None:
        self.socket.send(json.dumps({"type": kind, **fields}))

    def next(self) -> Event | bytes:
        """What comes next."""
        message = self.socket.recv(timeout=20)
        self.all.append(json.loads(message) if isinstance(message, str) else message)
        return self.all[-1]

    def until(self, kind: str) -> Event:
        """The next event of a kind; audio before it is kept."""
        while True:
            event = self.next()
            if isinstance(event, dict) and event["type"] == kind:
                return event

    def rest(self) -> list[Event]:
        """All events, up to the close."""
        try:
            while True:
                self.next()
        except ConnectionClosed as closed:
            self.close_code = closed.rcvd.code if closed.rcvd else 1006
            self.close_reason = closed.rcvd.reason if closed.rcvd else ""
        return self.events

    @property
    def events(self) -> list[Event]:
        return [event for event in self.all if isinstance(event, dict)]

    @property
    def kinds(self) -> list[str]:
        """Events in order, a run of audio as one of its own."""
        kinds = ["audio" if isinstance(event, bytes) else event["type"] for event in self.all]
        return [kind for at, kind in enumerate(kinds) if kind != "audio" or kinds[at - 1] != "audio"]

    @property
    def audio(self) -> bytes:
        return b"".join(event for event in self.all if isinstance(event, bytes))


@contextmanager
def voice(place: str, path: str = "/v1/speak", **options: Any) -> Iterator[VoiceTalk]:
    """A conversation with an engine at `host:port`."""
    settings: dict[str, Any] = {"compression": None, "open_timeout": 20, "close_timeout": 5}
    url = f"ws://{place}{path}?{urlencode(options, doseq=True)}"
    with connect(url, additional_headers={"Authorization": "Token any"}, **settings) as connection:
        yield VoiceTalk(connection)


def decode(audio: bytes, content_type: str) -> tuple[Sound, int]:
    """Sound and its rate, by another library than the engine's where there is one."""
    kind, _, rate = content_type.partition(";rate=")
    if rate:
        return _decode_raw(audio, kind, int(rate))
    if kind in {"audio/aac", "audio/flac"}:  # libsndfile knows no AAC, and no FLAC of unknown length
        with av.open(io.BytesIO(audio)) as container:
            frames = list(container.decode(audio=0))
        resampler = av.AudioResampler(format="flt", layout="mono")
        pieces = [piece.to_ndarray()[0] for frame in frames for piece in resampler.resample(frame)]
        return np.concatenate(pieces), frames[0].sample_rate
    sound, found = soundfile.read(io.BytesIO(audio), dtype="float32")
    return sound, found


def _decode_raw(audio: bytes, kind: str, rate: int) -> tuple[Sound, int]:
    name, size = _RAW[kind]
    assert len(audio) % size == 0
    subtype = {"s16le": "PCM_16", "mulaw": "ULAW", "alaw": "ALAW"}[name]
    sound, _ = soundfile.read(
        io.BytesIO(audio), dtype="float32", samplerate=rate, channels=1, format="RAW", subtype=subtype
    )
    return sound, rate
