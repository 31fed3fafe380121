"""A text that is still being written, and the moments in which nothing comes of it.

Whoever writes may pause behind a sentence, and only the next word would show that it was one: so it is told of a pause.
What is read is read in one thread or task from its beginning to its end.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from sonant.client.errors import SourceError

T = TypeVar("T")

PATIENCE = 0.2
"""Seconds without anything that are told of."""


class Lull:
    """Nothing came for a moment."""


LULL: Final = Lull()
_END: Final = object()


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _checked(item: Any) -> Any:
    if isinstance(item, _Failure):
        if isinstance(item.error, GeneratorExit):  # which would be taken for the end of whoever reads this
            raise SourceError("The text raised GeneratorExit.") from item.error
        raise item.error
    return item


def with_lulls(items: Iterable[T]) -> Iterator[T | Lull]:
    """What an iterable gives, and one `LULL` wherever it has others wait; what is there already is just read.

    Raises:
        Exception: what the iterable raises.
    """
    if isinstance(items, (list, tuple)):
        yield from items
        return
    came, wanted = SimpleQueue[Any](), SimpleQueue[bool]()
    threading.Thread(target=_read, args=(items, came, wanted), name="sonant-text", daemon=True).start()
    is_late = False
    try:
        while True:
            if not is_late:
                wanted.put(True)
            try:
                item = _checked(came.get(timeout=None if is_late else PATIENCE))
            except Empty:
                item = LULL
            if item is _END:
                return
            is_late = item is LULL
            yield item
    finally:
        wanted.put(False)


def _read(items: Iterable[Any], came: SimpleQueue[Any], wanted: SimpleQueue[bool]) -> None:
    """Read an item whenever one is wanted."""
    try:
        iterator = iter(items)
        while wanted.get():
            came.put(next(iterator, _END))
    except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
        came.put(_Failure(error))


async def awith_lulls(items: AsyncIterable[T]) -> AsyncGenerator[T | Lull]:
    """The same of what gives its items on an event loop.

    Raises:
        Exception: what the iterable raises.
    """
    came, wanted = asyncio.Queue[Any](), asyncio.Semaphore(0)
    reading = asyncio.ensure_future(_aread(items, came, wanted))
    is_late = False
    try:
        while True:
            if not is_late:
                wanted.release()
            try:
                async with asyncio.timeout(None if is_late else PATIENCE):
                    item = await came.get()
            except TimeoutError:
                item = LULL
            if _checked(item) is _END:
                return
            is_late = item is LULL
            yield item
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _aread(items: AsyncIterable[Any], came: asyncio.Queue[Any], wanted: asyncio.Semaphore) -> None:
    """Read an item whenever one is wanted; a generator is closed where nobody wants the rest of it."""
    try:
        iterator: Any = aiter(items)
        is_generator = isinstance(iterator, AsyncGenerator)
        try:
            while await wanted.acquire():
                came.put_nowait(await anext(iterator, _END))
        finally:
            if is_generator:
                await iterator.aclose()
    except BaseException as error:
        came.put_nowait(_Failure(error))
        if isinstance(error, asyncio.CancelledError):
            raise
