"""Conversations with an engine over a plain WebSocket."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

RAW = {"encoding": "linear16", "sample_rate": "16000"}
Event = dict[str, Any]


class Talk:
    """One socket, and what came on it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[Event] = []
        self.close_code = 0
        self.close_reason = ""

    def say(self, kind: str, **fields: Any) -> None:
        self.socket.send(json.dumps({"type": kind, **fields}))

    def send(self, audio: bytes, chunk: int = 3200) -> None:
        """Send audio in chunks of so many bytes."""
        for start in range(0, len(audio), chunk):
            self.socket.send(audio[start : start + chunk])

    def next(self, patience: float = 20) -> Event:
        """The next event."""
        self.events.append(json.loads(self.socket.recv(timeout=patience)))
        return self.events[-1]

    def until(self, kind: str) -> Event:
        """The next event of a kind."""
        while (event := self.next())["type"] != kind:
            pass
        return event

    def rest(self, patience: float = 20) -> list[Event]:
        """All events, up to the close."""
        try:
            while True:
                self.next(patience)
        except ConnectionClosed as closed:
            self.close_code = closed.rcvd.code if closed.rcvd else 1006
            self.close_reason = closed.rcvd.reason if closed.rcvd else ""
        return self.events

    def finish(self) -> list[Event]:
        """Close the stream; all events."""
        self.say("CloseStream")
        return self.rest()

    @property
    def results(self) -> list[Event]:
        return [event for event in self.events if event["type"] == "Results"]

    @property
    def finals(self) -> list[Event]:
        return [event for event in self.results if event["is_final"]]

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def transcript(self) -> str:
        """What was said for good."""
        said = (final["channel"]["alternatives"][0]["transcript"] for final in self.finals)
        return " ".join(text for text in said if text)


@contextmanager
def talk(place: str, path: str = "/v1/listen", options: Any = RAW, **socket: Any) -> Iterator[Talk]:
    """A conversation with an engine at `host:port`."""
    query = urlencode(options, doseq=True)
    settings: dict[str, Any] = {"max_size": None, "compression": None, "open_timeout": 20, "close_timeout": 5}
    headers = {} if "subprotocols" in socket else {"Authorization": "Token any"}
    url = f"ws://{place}{path}?{query}"
    with connect(url, additional_headers=headers, **{**settings, **socket}) as connection:
        yield Talk(connection)
