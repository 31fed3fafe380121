"""Calls from threads that come and go, in a process of its own: what they leave behind must not end it."""

import subprocess
import sys

import pytest

from loopback import http_server

ANSWER = b'{"projects":[]}'
CALLS = {
    "one client": "client = DeepgramClient('k', base_url=url)\ndef call(): client.manage.get_projects()",
    "a client each": "def call():\n    with DeepgramClient('k', base_url=url) as client: client.manage.get_projects()",
    "uploads": "client = DeepgramClient('k', base_url=url)\n"
    "def call(): client.listen.prerecorded.transcribe_file(iter([b'RIFF']))",
    "loops": "async def projects():\n"
    "    async with AsyncDeepgramClient('k', base_url=url) as client: await client.manage.get_projects()\n"
    "def call(): asyncio.run(projects())",
}
ROUNDS = """
for _ in range(30):
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
SCRIPT = """
import asyncio, sys, threading
from sonant import AsyncDeepgramClient, DeepgramClient

url, calls = sys.argv[1], 0
{call}

def work():
    global calls
    call()
    calls += 1

{rounds}assert calls == 60
"""


ENGINE = """
import asyncio, importlib, threading
from urllib.parse import urlsplit

async def open_and_close(outbound):
    client = await outbound.open_client(urlsplit("http://127.0.0.1:1"), allow_private=True, seconds=1)
    await client.close()

def work():
    asyncio.run(open_and_close(importlib.import_module("sonant.engine.outbound")))

"""


FIRST = """
import threading, time
from sonant.lasting import load_pyreqwest

def work(turn):
    time.sleep(turn / 2000)
    load_pyreqwest()
    from pyreqwest.client import ClientBuilder
    ClientBuilder().build()

threads = [threading.Thread(target=work, args=(turn,)) for turn in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize("name", CALLS)
def test_threads_that_end_take_nothing_with_them(name: str) -> None:
    with http_server(ANSWER if name != "uploads" else b'{"metadata":{},"results":{"channels":[]}}') as (url, _):
        script = SCRIPT.format(call=CALLS[name], rounds=ROUNDS)
        assert run(script, url) == (0, "")


def test_an_engine_may_be_loaded_in_a_thread_that_ends() -> None:
    assert run(ENGINE + ROUNDS) == (0, "")


def test_first_uses_that_meet_wait_for_one_another() -> None:
    """Before they did, each of these processes failed one time in five."""
    assert {run(FIRST) for _ in range(15)} == {(0, "")}


def run(script: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr
