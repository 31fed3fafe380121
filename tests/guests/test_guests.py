"""Official clients, unchanged but for the URL, transcribe on our engine; our SDK gets the same answer."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flavours import FLAVOURS, make_client
from sonant.contract.faults import CORRUPT_AUDIO
from sonant.embedded import Engine

pytestmark = [pytest.mark.guest, pytest.mark.engine, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "examples" / "audio" / "spacewalk.flac"
FEATURES = ("punctuate", "paragraphs", "utterances", "diarize")
OPTIONS: dict[str, Any] = {"model": "nova-3", **dict.fromkeys(FEATURES, True)}
WAYS = ["buffer", "stream", "url"]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine of its own, which may fetch from loopback."""
    engine = Engine()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SONANT_ALLOW_PRIVATE_URLS", "true")
        engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def remote() -> Iterator[str]:
    """The recording's address on a web server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    handler = functools.partial(Quiet, directory=str(RECORDING.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{RECORDING.name}"
        server.shutdown()


@pytest.fixture(scope="module")
def ours(engine: Engine) -> dict[str, Any]:
    """What our SDK gets for the file."""
    with make_client("sync", engine.read_key(), base_url=engine.url) as client:
        return json.loads(client.listen.prerecorded.transcribe_file(RECORDING, **OPTIONS).raw)


def settled(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs from call to call."""
    answer = json.loads(json.dumps(answer))
    for name in ("request_id", "created"):
        assert answer["metadata"].pop(name)
    for utterance in answer["results"]["utterances"]:
        assert utterance.pop("id")
    return answer


def node(package: str, version: str, script: str, *args: str) -> dict[str, Any]:
    """Run a script with a package of the npm registry, installed once into .cache."""
    npm, program = shutil.which("npm"), shutil.which("node")
    if not npm or not program:
        pytest.skip("Node.js and npm are not here")
    folder = ROOT / ".cache" / "guests" / script
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder)]
        subprocess.run([*install, f"{package}@{version}"], check=True, capture_output=True, timeout=300)
    command = [program, str(Path(__file__).with_name(f"{script}.mjs")), str(folder), *args]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.fixture(scope="module", params=["js4", "js5", "python"])
def guest(request: pytest.FixtureRequest, engine: Engine, remote: str) -> dict[str, Any]:
    """What an official client gets."""
    if request.param == "python":
        with warnings.catch_warnings(action="ignore"):  # the guest uses what its libraries deprecate
            return _python_guest(engine, remote)
    version = {"js4": "4.4.0", "js5": "5.13.0"}[request.param]
    args = (engine.url, engine.read_key(), str(RECORDING), remote, json.dumps(OPTIONS))
    return node("@deepgram/sdk", version, request.param, *args)


def _python_guest(engine: Engine, remote: str) -> dict[str, Any]:
    deepgram = pytest.importorskip("deepgram")
    from deepgram.core.api_error import ApiError
    from deepgram.environment import DeepgramClientEnvironment

    url = engine.url
    environment = DeepgramClientEnvironment(base=url, production=url, agent=url, agent_rest=url)
    client = deepgram.DeepgramClient(api_key=engine.read_key(), environment=environment)
    media = client.listen.v1.media
    with RECORDING.open("rb") as file:
        stream = media.transcribe_file(request=file, **OPTIONS)
    answers = {
        "buffer": media.transcribe_file(request=RECORDING.read_bytes(), **OPTIONS),
        "stream": stream,
        "url": media.transcribe_url(url=remote, **OPTIONS),
        "models": client.manage.v1.models.list(),
    }
    plain = {way: json.loads(answer.json(exclude_none=True)) for way, answer in answers.items()}
    with pytest.raises(ApiError) as caught:
        media.transcribe_file(request=b"noise", **OPTIONS)
    return {**plain, "refused": caught.value.body["err_msg"]}


@pytest.mark.parametrize("way", WAYS)
def test_a_guest_gets_our_answer_field_by_field(guest: dict[str, Any], ours: dict[str, Any], way: str) -> None:
    assert settled(guest[way]) == settled(ours)


def test_a_guest_sees_the_same_models(guest: dict[str, Any], engine: Engine) -> None:
    with make_client("sync", engine.read_key(), base_url=engine.url) as client:
        models = json.loads(client.models.get_all().raw)
    assert [model["uuid"] for model in guest["models"]["stt"]] == [model["uuid"] for model in models["stt"]]
    assert models["stt"]


def test_a_guest_is_refused_in_the_words_it_knows(guest: dict[str, Any]) -> None:
    assert guest["refused"] == CORRUPT_AUDIO.message


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("way", WAYS)
def test_both_our_flavours_get_it_in_every_way(
    flavour: str, way: str, engine: Engine, remote: str, ours: dict[str, Any]
) -> None:
    with make_client(flavour, engine.read_key(), base_url=engine.url) as client:
        prerecorded = client.listen.prerecorded
        if way == "url":
            reply = prerecorded.transcribe_url(remote, **OPTIONS)
        else:
            reply = prerecorded.transcribe_file(RECORDING if way == "stream" else RECORDING.read_bytes(), **OPTIONS)
    assert settled(json.loads(reply.raw)) == settled(ours)


def test_the_answer_is_right_and_says_what_it_left_out(ours: dict[str, Any]) -> None:
    text = ours["results"]["channels"][0]["alternatives"][0]["transcript"].lower()
    for words in ("worth celebrating", "spacewalk", "skilled and qualified", "opportunities that we have today"):
        assert words in text
    assert {warning["parameter"] for warning in ours["metadata"]["warnings"]} == {"model", "diarize"}


def test_no_environment_leaks_into_the_tests() -> None:
    assert "SONANT_ALLOW_PRIVATE_URLS" not in os.environ
