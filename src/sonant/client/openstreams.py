"""The live streams of a client, which end with it."""

from __future__ import annotations

from _thread import allocate_lock
from typing import Any
from weakref import WeakSet

from sonant.client.errors import StreamLost


class OpenStreams:
    """The carriers of a client's streams. A stream that has ended is not kept alive here."""

    def __init__(self) -> None:
        self._carriers: WeakSet[Any] = WeakSet()
        self._lock = allocate_lock()

    def add(self, carrier: Any) -> None:
        """Note the carrier of a stream that begins."""
        with self._lock:
            self._carriers.add(carrier)

    def end(self) -> list[Any]:
        """End all at once; gives the carriers, to be waited for."""
        with self._lock:
            carriers = list(self._carriers)
            self._carriers.clear()
        for carrier in carriers:
            carrier.leave(_closed())
        return carriers


def _closed() -> StreamLost:
    return StreamLost(
        "The client was closed while the stream was open.",
        code=1000,
        hint="Leave the stream's `with` block before the client's.",
    )
