import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from sonant.engine.models.workers import Urgency, Workers


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    made = Workers(1)
    yield made
    await made.close()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_most_urgent_goes_first_and_equals_in_turn(workers: Workers) -> None:
    order: list[str] = []
    go = threading.Event()
    first = asyncio.create_task(workers.run(go.wait, Urgency.BATCH))
    await settle()
    tasks = [
        asyncio.create_task(workers.run(lambda name=name: order.append(name), urgency))  # type: ignore[misc]
        for name, urgency in [
            ("b1", Urgency.BATCH),
            ("i", Urgency.INTERIM),
            ("b2", Urgency.BATCH),
            ("f", Urgency.FINAL),
        ]
    ]
    await settle()
    go.set()
    await asyncio.gather(first, *tasks)
    assert order == ["f", "i", "b1", "b2"]


async def test_what_is_cancelled_before_its_turn_never_runs(workers: Workers) -> None:
    order: list[str] = []
    go = threading.Event()
    first = asyncio.create_task(workers.run(go.wait, Urgency.BATCH))
    await settle()
    gone = asyncio.create_task(workers.run(lambda: order.append("gone"), Urgency.FINAL))
    kept = asyncio.create_task(workers.run(lambda: order.append("kept"), Urgency.BATCH))
    await settle()
    gone.cancel()
    go.set()
    await asyncio.gather(first, kept)
    assert order == ["kept"]


async def test_a_turn_that_comes_with_the_cancellation_is_passed_on(workers: Workers) -> None:
    go = threading.Event()
    first = asyncio.create_task(workers.run(go.wait, Urgency.BATCH))
    await settle()
    gone = asyncio.create_task(workers.run(lambda: None, Urgency.BATCH))
    await settle()
    workers._pass_on()
    gone.cancel()
    await settle()
    go.set()
    await first
    assert await asyncio.wait_for(workers.run(lambda: "free", Urgency.BATCH), 5) == "free"


async def test_a_cancelled_call_keeps_its_worker_until_it_ends(workers: Workers) -> None:
    go = threading.Event()
    running = asyncio.create_task(workers.run(go.wait, Urgency.BATCH))
    await settle()
    running.cancel()
    await settle()
    following = asyncio.create_task(workers.run(lambda: "free", Urgency.BATCH))
    await settle()
    assert not following.done()
    go.set()
    assert await asyncio.wait_for(following, 5) == "free"


async def test_a_failure_reaches_the_caller_and_frees_the_worker(workers: Workers) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await workers.run(fail, Urgency.BATCH)
    assert await workers.run(lambda: 1, Urgency.BATCH) == 1


async def test_decoding_has_threads_of_its_own() -> None:
    workers = Workers(1)
    names = [await workers.read(lambda: threading.current_thread().name) for _ in range(3)]
    assert {name.rpartition("_")[0] for name in names} == {"sonant-decode"}
    await workers.close()


async def test_decoding_that_runs_is_waited_for_and_what_waits_is_given_up() -> None:
    workers = Workers(1)
    began, go, done = threading.Event(), threading.Event(), []

    def work() -> None:
        began.set()
        go.wait(5)
        done.append(1)

    running = asyncio.create_task(workers.read(work))
    await asyncio.to_thread(began.wait, 5)
    waiting = asyncio.create_task(workers.read(work))
    await asyncio.sleep(0)
    for task in (waiting, running):
        task.cancel()
    await asyncio.wait({waiting}, timeout=5)
    assert waiting.cancelled()
    assert not running.done()
    go.set()
    await asyncio.wait({running}, timeout=5)
    assert running.cancelled()
    assert done == [1]
    await workers.close()


async def test_what_is_newest_is_chosen_when_the_turn_comes(workers: Workers) -> None:
    go = threading.Event()
    first = asyncio.create_task(workers.run(go.wait, Urgency.FINAL))
    await settle()
    newest = "old"

    def choose() -> Callable[[], str]:
        chosen = newest
        return lambda: chosen

    waiting = asyncio.create_task(workers.run_newest(choose, Urgency.INTERIM))
    await settle()
    assert (workers.waiting(Urgency.INTERIM), workers.waiting(Urgency.FINAL)) == (1, 0)
    newest = "new"
    go.set()
    assert await waiting == "new"
    assert workers.waiting(Urgency.INTERIM) == 0
    await first


async def test_a_choice_that_fails_frees_the_turn(workers: Workers) -> None:
    def choose() -> Callable[[], str]:
        raise KeyError

    with pytest.raises(KeyError):
        await workers.run_newest(choose, Urgency.FINAL)
    assert await asyncio.wait_for(workers.run(lambda: "free", Urgency.BATCH), 5) == "free"


async def test_decoding_that_fails_when_nobody_waits_any_more_is_no_news() -> None:
    workers, told = Workers(1), []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    began, go = threading.Event(), threading.Event()

    def fail() -> None:
        began.set()
        go.wait(5)
        raise ZeroDivisionError

    running = asyncio.create_task(workers.read(fail))
    await asyncio.to_thread(began.wait, 5)
    running.cancel()
    await settle()
    go.set()
    await asyncio.wait({running}, timeout=5)
    assert running.cancelled()
    del running
    gc.collect()
    await settle()
    assert told == []
    await workers.close()
