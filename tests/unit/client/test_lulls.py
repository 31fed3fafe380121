"""A text that pauses while it is written."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest

from sonant.client.drafts import Draft
from sonant.client.lulls import LULL, awith_lulls, with_lulls
from sonant.client.saying import asentences_of, sentences_of


def test_a_pause_is_told_of_once_and_nothing_is_read_before_it_is_wanted() -> None:
    go, read = threading.Event(), list[str]()

    def write() -> Iterator[str]:
        read.append("one")
        yield "one"
        go.wait(5)
        read.append("two")
        yield "two"

    items = with_lulls(write())
    assert (next(items), read) == ("one", ["one"])
    assert next(items) is LULL
    go.set()
    assert list(items) == ["two"]


def test_what_is_there_already_does_not_pause() -> None:
    assert list(with_lulls(["a", "b"])) == ["a", "b"]


def test_what_is_raised_while_reading_is_raised_to_the_reader() -> None:
    def broken() -> Iterator[str]:
        yield "one"
        raise RuntimeError("the model failed")

    items = with_lulls(broken())
    assert next(items) == "one"
    with pytest.raises(RuntimeError, match="the model failed"):
        list(items)


def test_a_reader_that_leaves_lets_the_writer_go() -> None:
    left = threading.Event()

    def write() -> Iterator[str]:
        try:
            while True:
                yield "word "
        finally:
            left.set()

    with closing(with_lulls(write())) as items:  # type: ignore[type-var]
        next(items)
    assert left.wait(5)


async def test_the_same_on_an_event_loop() -> None:
    go = asyncio.Event()

    async def write() -> AsyncIterator[str]:
        yield "one"
        await go.wait()
        yield "two"
        raise RuntimeError("the model failed")

    items = awith_lulls(write())
    assert await anext(items) == "one"
    assert await anext(items) is LULL
    go.set()
    assert await anext(items) == "two"
    with pytest.raises(RuntimeError, match="the model failed"):
        await anext(items)


async def test_a_task_that_is_cancelled_while_it_writes_ends_the_reading() -> None:
    async def write() -> AsyncIterator[str]:
        yield "one"
        raise asyncio.CancelledError

    items = awith_lulls(write())
    assert await anext(items) == "one"
    with pytest.raises(asyncio.CancelledError):
        await anext(items)


@pytest.mark.parametrize("stuck", [True, False])
async def test_a_reader_that_leaves_a_loop_leaves_no_task_and_closes_the_writer(stuck: bool) -> None:
    closed = asyncio.Event()

    async def write() -> AsyncIterator[str]:
        try:
            yield "one"
            if stuck:
                await asyncio.Event().wait()
            yield "two"
        finally:
            closed.set()

    others = asyncio.all_tasks()
    items = awith_lulls(write())
    assert await anext(items) == "one"
    if stuck:
        assert await anext(items) is LULL
    await items.aclose()
    assert closed.is_set()
    assert asyncio.all_tasks() == others


def test_a_sentence_goes_although_its_writer_pauses_behind_it() -> None:
    go = threading.Event()

    def write() -> Iterator[str]:
        yield from ("It costs", " 3.")
        yield from ("50", " in all", ".")
        go.wait(5)
        yield " And so on"

    sentences = sentences_of(write(), Draft())
    assert next(sentences) == "It costs 3.50 in all."
    go.set()
    assert list(sentences) == [" And so on"]


async def test_a_sentence_goes_on_an_event_loop_too() -> None:
    go = asyncio.Event()

    async def write() -> AsyncIterator[str]:
        yield "Hello there."
        await go.wait()
        yield " And so on"

    sentences = asentences_of(write(), Draft())
    assert await anext(sentences) == "Hello there."
    go.set()
    assert [sentence async for sentence in sentences] == [" And so on"]
