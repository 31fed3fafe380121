"""Official clients, unchanged but for the URL, transcribe on our engine; our SDK gets the same answer."""

import functools
import http.server
import inspect
import json
import os
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from flavours import FLAVOURS, make_client
from guests.npm import run_script
from sonant.contract.faults import CORRUPT_AUDIO
from sonant.embedded import Engine

pytestmark = [pytest.mark.guest, pytest.mark.engine, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "examples" / "audio" / "spacewalk.flac"
FEATURES = ("punctuate", "paragraphs", "utterances", "diarize")
OPTIONS: dict[str, Any] = {"model": "nova-3", **dict.fromkeys(FEATURES, True)}
WAYS = ["buffer", "stream", "url"]
ERRANDS = ROOT / "tests" / "data" / "errands.flac"
JOBS: dict[str, dict[str, Any]] = {
    "every option": {
        "model": "nova-3", "version": "latest", "language": "en", "mip_opt_out": True, "utt_split": 0.5,
        "keyterm": ["Nakamura", "Kubernetes"], "search": ["salt", "cluster"], "replace": ["friday:Monday"],
        "extra": ["order:7"], "tag": ["guest", "test"],
        **dict.fromkeys(
            ("punctuate", "smart_format", "numerals", "dictation", "paragraphs", "utterances", "multichannel",
             "filler_words", "profanity_filter", "measurements"), True,
        ),
    },
    "keywords": {"model": "nova-2", "keywords": ["Kubernetes:3"], "utterances": True},
    "alternatives": {"model": "nova-2", "alternatives": 2, "utterances": True},
    "language": {"model": "nova-2", "detect_language": ["en", "de"], "utterances": True},
    "callback": {"model": "nova-3", "punctuate": True, "utterances": True, "callback_method": "PUT"},
}  # fmt: skip
"""What the guests ask of the errands, beside the usual."""


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


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes what is sent to callbacks, by path."""

    results: ClassVar[dict[str, tuple[str, Any]]] = {}
    arrived = threading.Condition()

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.arrived:
            self.results[self.path] = (self.command, json.loads(body))
            self.arrived.notify_all()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...

    @classmethod
    def wait(cls, path: str) -> tuple[str, Any]:
        """The method and the body that came to a path."""
        with cls.arrived:
            assert cls.arrived.wait_for(lambda: path in cls.results, 60)
            return cls.results[path]


@pytest.fixture(scope="module")
def receiver() -> Iterator[str]:
    """Where callbacks go."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def errands(engine: Engine) -> dict[str, Any]:
    """What our SDK gets for each job."""
    with make_client("sync", engine.read_key(), base_url=engine.url) as client:
        return {name: json.loads(_ask(client, options).raw) for name, options in JOBS.items()}


def _ask(client: Any, options: dict[str, Any]) -> Any:
    """The answer itself also where the guests are sent it."""
    asked = {name: value for name, value in options.items() if name != "callback_method"}
    return client.listen.prerecorded.transcribe_file(ERRANDS, **asked)


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


@pytest.fixture(scope="module", params=["js4", "js5", "python"])
def guest(request: pytest.FixtureRequest, engine: Engine, remote: str, receiver: str) -> dict[str, Any]:
    """What an official client gets."""
    jobs = {**JOBS, "callback": {**JOBS["callback"], "callback": receiver + request.param}}
    if request.param == "python":
        with warnings.catch_warnings(action="ignore"):  # the guest uses what its libraries deprecate
            return {"name": request.param, **_python_guest(engine, remote, jobs)}
    args = (engine.url, engine.read_key(), str(RECORDING), remote, json.dumps(OPTIONS))
    answers = run_script(request.param, *args, str(ERRANDS), json.dumps(jobs))
    return {"name": request.param, **answers}


def _python_guest(engine: Engine, remote: str, jobs: dict[str, Any]) -> dict[str, Any]:
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
        **{name: _transcribe(media, options) for name, options in jobs.items()},
    }
    plain = {way: json.loads(answer.json(exclude_none=True)) for way, answer in answers.items()}
    with pytest.raises(ApiError) as caught:
        media.transcribe_file(request=b"noise", **OPTIONS)
    return {**plain, "refused": caught.value.body["err_msg"]}


def _transcribe(media: Any, options: dict[str, Any]) -> Any:
    """Ask by name for what this client knows, and by its own way out for the rest."""
    known = inspect.signature(media.transcribe_file).parameters
    named = {name: value for name, value in options.items() if name in known}
    rest = {name: value for name, value in options.items() if name not in known}
    more = {"request_options": {"additional_query_parameters": rest}} if rest else {}
    return media.transcribe_file(request=ERRANDS.read_bytes(), **named, **more)


@pytest.mark.parametrize("job", [name for name in JOBS if name != "callback"])
def test_every_option_gives_a_guest_our_answer(guest: dict[str, Any], errands: dict[str, Any], job: str) -> None:
    if (guest["name"], job) == ("js5", "alternatives"):
        pytest.skip("this client does not know the option, and does not send it")
    assert settled(guest[job]) == settled(errands[job])


def test_a_guest_is_called_back_with_our_answer(guest: dict[str, Any], errands: dict[str, Any]) -> None:
    method, result = Receiver.wait(f"/{guest['name']}")
    assert method == "PUT"
    assert result["metadata"]["request_id"] == guest["callback"]["request_id"]
    assert settled(result) == settled(errands["callback"])


def test_the_options_did_what_they_say(errands: dict[str, Any]) -> None:
    channel = errands["every option"]["results"]["channels"][0]
    text = channel["alternatives"][0]["transcript"]
    for words in (
        "Um,",
        "on Monday.",
        "$25",
        "210 mg",
        "4:30 PM",
        "Kubernetes cluster",
        "<\\n> Thank you for your letter.",
    ):
        assert words in text
    assert [len(entry["hits"]) > 0 for entry in channel["search"]] == [True, True]
    assert len(errands["alternatives"]["results"]["channels"][0]["alternatives"]) == 2
    assert errands["every option"]["metadata"]["extra"] == {"order": "7"}
    assert "kubernetes cluster" in errands["keywords"]["results"]["channels"][0]["alternatives"][0]["transcript"]
    assert errands["language"]["results"]["channels"][0]["detected_language"] == "en"


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
