import asyncio
import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sonant.contract.faults import BAD_CALLBACK, STORAGE_FULL, TOO_MANY_REQUESTS, UNAVAILABLE
from sonant.engine.callbacks.deliver import check_receiver
from sonant.engine.callbacks.run import Callbacks
from sonant.engine.callbacks.store import FILE, RECORDINGS, Promise, Result, Store, StoreError
from sonant.engine.metrics import Metrics
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings


def promise(name: str = "first") -> Promise:
    return Promise(name, "2026-01-01T00:00:00Z", "model=nova-3", "key-id", "http://receiver.example/done", "POST")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


class Receiver:
    """Takes or refuses, as written down; None never answers."""

    def __init__(self, *outcomes: str | None) -> None:
        self.outcomes = list(outcomes)
        self.attempts: list[int] = []
        self.asked = asyncio.Event()

    async def __call__(self, _: Promise, __: Result, attempt: int, ___: Settings) -> str:
        self.attempts.append(attempt)
        self.asked.set()
        outcome = self.outcomes.pop(0)
        return await asyncio.Event().wait() and "" if outcome is None else outcome


def make(store: Store, receiver: Receiver, **settings: Any) -> Callbacks:
    chosen = Settings(**{"callback_delay": 0, "callback_retries": 2, **settings})
    return Callbacks(chosen, store, Metrics(), receiver)


async def work(promise: Promise) -> Result:
    return Result(b"result of " + promise.request_id.encode())


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.001)


async def test_tries_until_the_receiver_takes_it(store: Store) -> None:
    receiver = Receiver("status 500", "ConnectError", "")
    callbacks = make(store, receiver)
    callbacks.resume(work)
    await callbacks.accept(promise(), io.BytesIO(b"sound"))
    await until(lambda: not callbacks.depth)
    assert receiver.attempts == [1, 2, 3]
    assert store.promises() == []
    assert list((store.folder / RECORDINGS).iterdir()) == []


async def test_gives_up_after_the_last_retry(store: Store) -> None:
    receiver = Receiver("a", "b", "c", "never asked")
    callbacks = make(store, receiver)
    callbacks.resume(work)
    await callbacks.accept(promise(), None)
    await until(lambda: not callbacks.depth)
    assert (receiver.outcomes, store.promises()) == (["never asked"], [])


async def test_what_is_not_delivered_is_kept_and_the_repetition_says_so(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        callbacks = make(store, receiver := Receiver(None))
        callbacks.resume(work)
        await callbacks.accept(promise(), io.BytesIO(b"sound"))
        await receiver.asked.wait()
        await callbacks.drain(0.01)

    async def never(_: Promise) -> Result:
        raise AssertionError("the result is known already")

    with closing(Store(tmp_path)) as store:
        callbacks = make(store, receiver := Receiver(""))
        callbacks.resume(never)
        await until(lambda: not callbacks.depth)
        assert receiver.attempts == [2]


async def test_the_wait_between_tries_outlives_the_engine(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        callbacks = make(store, Receiver("no"), callback_delay=60)
        callbacks.resume(work)
        await callbacks.accept(promise(), None)
        await until(lambda: store.progress("first").failures)
        await callbacks.drain(5)
    with closing(Store(tmp_path)) as store:
        callbacks = make(store, receiver := Receiver(""), callback_delay=60)
        callbacks.resume(work)
        await asyncio.sleep(0.05)
        assert (receiver.attempts, store.progress("first").tries) == ([], 1)
        await callbacks.drain(5)


async def test_a_receiver_that_never_answers_holds_up_nobody_else(store: Store) -> None:
    callbacks = make(store, receiver := Receiver(None, ""), concurrency=1)
    callbacks.resume(work)
    await callbacks.accept(promise(), None)
    await receiver.asked.wait()
    await callbacks.accept(promise("second"), None)
    await until(lambda: callbacks.depth == 1)
    assert [each.request_id for each in store.promises()] == ["first"]
    await callbacks.drain(0.01)


async def test_without_models_nothing_is_given_up(store: Store) -> None:
    async def fail(_: Promise) -> Result:
        raise Refusal(UNAVAILABLE)

    callbacks = make(store, receiver := Receiver())
    callbacks.resume(fail)
    await callbacks.accept(promise(), io.BytesIO(b"sound"))
    await asyncio.sleep(0.02)
    await callbacks.drain(5)
    assert (len(store.promises()), receiver.attempts) == (1, [])
    assert store.recording_of("first").read_bytes() == b"sound"


async def test_the_queue_has_its_limit(store: Store) -> None:
    callbacks = make(store, receiver := Receiver(None), callback_limit=1)
    callbacks.resume(work)
    await callbacks.accept(promise(), None)
    with pytest.raises(Refusal) as caught:
        await callbacks.accept(promise("second"), None)
    assert caught.value.fault is TOO_MANY_REQUESTS
    await receiver.asked.wait()
    await callbacks.drain(0.01)


def test_a_full_disk_leaves_nothing_behind(store: Store) -> None:
    class Full(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise OSError(28, "no space left")

    with pytest.raises(Refusal) as caught:
        store.add(promise(), Full())
    assert caught.value.fault is STORAGE_FULL
    pages = store._run("PRAGMA page_count")[0][0]
    store._run(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Refusal) as caught:  # noqa: PT012 - one of them finds the disk full
        for number in range(1000):
            store.add(promise(str(number)), io.BytesIO(b"sound"))
    assert caught.value.fault is STORAGE_FULL
    kept = {each.request_id for each in store.promises()}
    assert kept == {path.name for path in (store.folder / RECORDINGS).iterdir()}


def test_orphans_are_cleaned_away(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.add(promise(), io.BytesIO(b"sound"))
        store.recording_of("orphan").write_bytes(b"nobody's")
    with closing(Store(tmp_path)) as store:
        assert [path.name for path in (tmp_path / RECORDINGS).iterdir()] == ["first"]
        assert store.promises() == [promise()]


def test_a_folder_has_one_engine(store: Store) -> None:
    with pytest.raises(StoreError, match="in use by another engine") as caught:
        Store(store.folder)
    assert FILE in str(caught.value)


@pytest.mark.parametrize("content", [b"not a database at all" * 99, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_queue_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StoreError, match="is damaged; move it away") as caught:
        Store(tmp_path)
    assert str(tmp_path / FILE) in str(caught.value)
    assert (tmp_path / FILE).read_bytes() == content


def test_a_queue_of_another_version_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as rows:
        rows.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="another version"):
        Store(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="SONANT_STATE"):
        Store(tmp_path / "file" / "state")


def test_only_its_owner_may_read_it(store: Store) -> None:
    assert (store.folder / FILE).stat().st_mode & 0o77 == 0
    assert store.folder.stat().st_mode & 0o77 == 0


@pytest.mark.parametrize("url", ["receiver.example/done", "", "ws://x/", "http:///x", "http://127.0.0.1/"])
async def test_a_callback_needs_an_absolute_public_url(url: str) -> None:
    with pytest.raises(Refusal) as caught:
        await check_receiver(url, Settings())
    assert caught.value.fault is BAD_CALLBACK


async def test_a_recording_that_brings_the_engine_down_is_given_up(store: Store) -> None:
    sent: list[bytes] = []

    async def take(_: Promise, result: Result, *__: Any) -> str:
        sent.append(result.body)
        return ""

    store.add(promise(), io.BytesIO(b"poison"))
    for _ in range(3):
        store.note_start("first")  # and the engine died
    callbacks = Callbacks(Settings(), store, Metrics(), take)
    callbacks.resume(work)
    await until(lambda: not callbacks.depth)
    assert b"INTERNAL_SERVER_ERROR" in sent[0]
    assert list((store.folder / RECORDINGS).iterdir()) == []


async def test_work_that_was_stopped_in_order_is_not_held_against_it(store: Store) -> None:
    begun = asyncio.Event()

    async def hang(_: Promise) -> Result:
        begun.set()
        await asyncio.Event().wait()
        return Result(b"")

    for _ in range(5):
        begun.clear()
        callbacks = make(store, Receiver())
        callbacks.resume(hang)
        if not store.promises():
            await callbacks.accept(promise(), None)
        await begun.wait()
        await callbacks.drain(0.01)
    assert store.note_start("first") == 1


async def test_audio_is_delivered_as_what_it_is(store: Store) -> None:
    sent: list[Result] = []

    async def take(_: Promise, result: Result, *__: Any) -> str:
        sent.append(result)
        return ""

    async def speak(_: Promise) -> Result:
        return Result(b"\xff\xfbsound", "audio/mpeg")

    callbacks = Callbacks(Settings(), store, Metrics(), take)
    callbacks.resume(speak)
    await callbacks.accept(replace(promise(), path="/v1/speak"), io.BytesIO(b"text"))
    await until(lambda: not callbacks.depth)
    assert sent == [Result(b"\xff\xfbsound", "audio/mpeg")]


def test_a_queue_of_the_first_version_goes_on(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.add(promise(), None)
    with closing(sqlite3.connect(tmp_path / FILE)) as rows:
        for column in ("path", "content_type"):
            rows.execute(f"ALTER TABLE promises DROP COLUMN {column}")
        rows.execute("UPDATE promises SET result = CAST('{}' AS BLOB)")
        rows.execute("PRAGMA user_version = 1")
        rows.commit()
    with closing(Store(tmp_path)) as store:
        assert store.promises() == [promise()]
        assert store.progress("first").result == Result(b"{}", "application/json")
