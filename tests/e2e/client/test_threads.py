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
SCRIPT = """
import asyncio, sys, threading
from sonant import AsyncDeepgramClient, DeepgramClient

url, calls = sys.argv[1], 0
{call}

def work():
    global calls
    call()
    calls += 1

for _ in range(30):
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
assert calls == 60
"""


@pytest.mark.parametrize("name", CALLS)
def test_threads_that_end_take_nothing_with_them(name: str) -> None:
    with http_server(ANSWER if name != "uploads" else b'{"metadata":{},"results":{"channels":[]}}') as (url, _):
        script = SCRIPT.format(call=CALLS[name])
        run = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
