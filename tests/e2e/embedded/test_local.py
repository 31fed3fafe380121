"""`DeepgramClient.local()`: an engine that starts when needed, is shared, and never outlives its owner."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from flavours import FLAVOURS, Face, local_client
from sonant import DeepgramClient, EngineError, Unauthorized, embedded

pytestmark = [pytest.mark.engine, pytest.mark.slow]

RECORDING = Path(__file__).parents[3] / "examples" / "audio" / "spacewalk.flac"


def engine_of(client: Any) -> embedded.Engine:
    return (client.thing if isinstance(client, Face) else client)._engine


def process_of(client: Any) -> Any:
    return engine_of(client)._process


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_it_transcribes_and_ends_with_its_client(flavour: str) -> None:
    with local_client(flavour) as client:
        reply = client.listen.prerecorded.transcribe_file(RECORDING, punctuate=True)
        assert "celebrating the first spacewalk" in reply.transcript
        assert reply.words[0].start < reply.words[-1].end <= reply.metadata.duration
        process = process_of(client)
    assert process.poll() is not None


def test_clients_of_one_process_share_it() -> None:
    with DeepgramClient.local() as one:
        with DeepgramClient.local() as other:
            assert process_of(one) is process_of(other)
            process = process_of(one)
        assert one.models.get_all().stt
    assert process.poll() is not None


def test_it_is_started_again_if_it_died() -> None:
    with DeepgramClient.local() as client:
        process = process_of(client)
        process.kill()
        process.wait()
        assert client.models.get_all().stt
        assert process_of(client) is not process


def test_nobody_else_on_this_machine_knows_its_key() -> None:
    with DeepgramClient.local() as client:
        with DeepgramClient("guess", base_url=engine_of(client).url) as stranger, pytest.raises(Unauthorized):
            stranger.models.get_all()


OWNER = """
import time
from sonant import DeepgramClient
client = DeepgramClient.local()
print(client._engine._process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_never_outlives_its_owner(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as owner:
        assert owner.stdout is not None
        engine = int(owner.stdout.readline())
        owner.send_signal(how)
        owner.wait(10)
    for _ in range(200):
        if not is_alive(engine):
            break
        time.sleep(0.05)
    assert not is_alive(engine)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be buried does not."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_an_engine_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONANT_MODEL", "/no/such/model")
    with pytest.raises(EngineError) as caught:
        DeepgramClient.local()
    assert "/no/such/model" in str(caught.value)
    assert caught.value.message.endswith(".")
    assert "sonant doctor" in caught.value.hint


def test_a_script_that_forgets_to_close_leaves_nothing_behind() -> None:
    code = "from sonant import DeepgramClient; c = DeepgramClient.local(); print(c._engine._process.pid)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not is_alive(int(run.stdout))


def test_it_keeps_no_projects_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SONANT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SONANT_DATABASE", "postgresql://nobody@127.0.0.1:1/none")
    with DeepgramClient.local() as client:
        assert client.models.get_all().stt
    assert not (tmp_path / "data").exists()
