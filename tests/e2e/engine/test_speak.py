"""The engine speaks over HTTP with its real voices."""

import http.client
import json
import time
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

from e2e.engine.conftest import Engine, Reply, serve_files
from e2e.engine.sounds import Sound, wav
from e2e.engine.test_recordings import error_rate
from e2e.engine.voices import decode
from sonant.contract.speak import AURA, FLUX, Choice

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SENTENCE = "The lighthouse stood alone, and the keeper lit it every evening. Ships passed by."
LINEAR = {"encoding": "linear16"}


def speak(engine: Engine, text: str, v: int = 1, **options: Any) -> Reply:
    headers = {"content-type": "application/json", "authorization": "Token any"}
    return engine.ask("POST", f"/v{v}/speak?{urlencode(options)}", json.dumps({"text": text}), headers)


def sound_of(reply: Reply) -> tuple[Sound, int]:
    assert reply.status == 200, reply.body
    return decode(reply.body, reply.headers["content-type"])


def asked(choices: dict[str, Choice]) -> list[dict[str, Any]]:
    """Every encoding in every container at every rate, with the extremes of its bit rates."""
    found: list[dict[str, Any]] = []
    for encoding, choice in choices.items():
        bits = choice.bit_rates
        for container in choice.containers or (None,):
            for rate in choice.sample_rates or (None,):
                for bit_rate in (bits.allowed or (bits.lowest, bits.highest)) if bits else (None,):
                    given = {"container": container, "sample_rate": rate, "bit_rate": bit_rate}
                    found.append({"encoding": encoding, **{k: v for k, v in given.items() if v is not None}})
    return found


def label(options: dict[str, Any]) -> str:
    return "-".join(str(value) for value in options.values())


FORMS = [(1, "aura-2-thalia-en", options) for options in asked(dict(AURA))] + [
    (2, "flux-alexis-en", options) for options in asked(dict(FLUX)) if options not in asked(dict(AURA))
]
PADDING = {"mp3": 0.08, "aac": 0.14, "opus": 0.02}
"""Seconds that a codec fills up, at most."""


@pytest.fixture(scope="module")
def plain(engine: Engine) -> Sound:
    """The sentence as the voice says it, at the voice's own rate."""
    sound, rate = sound_of(speak(engine, SENTENCE, **LINEAR))
    assert rate == 24_000
    return sound


@pytest.mark.parametrize(
    ("v", "model", "options"), FORMS, ids=lambda part: label(part) if isinstance(part, dict) else ""
)
def test_every_format_is_heard_by_another_decoder(
    engine: Engine, plain: Sound, v: int, model: str, options: dict[str, Any]
) -> None:
    reply = speak(engine, SENTENCE, v, model=model, **options)
    sound, rate = sound_of(reply)
    assert rate == options.get("sample_rate", rate)
    seconds = len(plain) / 24_000
    assert seconds - 0.002 <= len(sound) / rate <= seconds + PADDING.get(options["encoding"], 0.002)
    assert 0.5 < np.sqrt(np.mean(np.square(sound))) / np.sqrt(np.mean(np.square(plain))) < 1.5


def test_a_text_streams_as_it_is_spoken(engine: Engine, plain: Sound) -> None:
    text = " ".join([SENTENCE] * 25)
    connection = http.client.HTTPConnection(engine.place, timeout=60)
    connection.request("POST", "/v1/speak?encoding=linear16", text, {"content-type": "text/plain"})
    began = time.monotonic()
    response = connection.getresponse()
    body = response.read(45)
    first = time.monotonic() - began
    body += response.read()
    whole = time.monotonic() - began
    connection.close()
    assert first < whole / 4
    assert abs(len(body) - 44 - 50 * len(plain)) < 50 * 0.1 * len(plain)


def test_nothing_clicks_where_lines_meet(engine: Engine, plain: Sound) -> None:
    sentences = ["The lighthouse stood alone.", "Ships passed by.", "Nobody was there"]
    apart = [sound_of(speak(engine, sentence, **LINEAR))[0] for sentence in sentences]
    together, _ = sound_of(speak(engine, " ".join(sentences), **LINEAR))
    assert np.array_equal(together, np.concatenate(apart))
    steps = np.abs(np.diff(together))
    largest = max(np.abs(np.diff(sound)).max() for sound in apart)
    joins = np.cumsum([len(sound) for sound in apart[:-1]])
    assert all(steps[join - 240 : join + 240].max() < largest / 10 for join in joins)
    assert np.abs(together).max() <= 1.0


def test_the_same_text_sounds_the_same(engine: Engine, plain: Sound) -> None:
    assert np.array_equal(sound_of(speak(engine, SENTENCE, **LINEAR))[0], plain)


def pitch_of(sound: Sound, rate: int) -> float:
    """The commonest fundamental frequency, in Hz, by autocorrelation of loud pieces."""
    found = []
    for at in range(0, len(sound) - 2048, 1024):
        piece = sound[at : at + 2048] - sound[at : at + 2048].mean()
        if np.abs(piece).max() > 0.1:
            spectrum = np.abs(np.fft.rfft(piece * np.hanning(2048), 4096)) ** 2
            likeness = np.fft.irfft(spectrum)[rate // 400 : rate // 70]
            found.append(rate / (rate // 400 + int(np.argmax(likeness))))
    return float(np.median(found))


def test_speed_changes_the_tempo_and_not_the_pitch(engine: Engine, plain: Sound) -> None:
    fast, rate = sound_of(speak(engine, SENTENCE, speed=1.5, **LINEAR))
    slow, _ = sound_of(speak(engine, SENTENCE, speed=0.7, **LINEAR))
    assert len(fast) < len(plain) * 0.8
    assert len(slow) > len(plain) * 1.2
    for sound in (fast, slow):
        assert abs(pitch_of(sound, rate) / pitch_of(plain, rate) - 1) < 0.08


def test_voices_differ(engine: Engine, plain: Sound) -> None:
    deep, rate = sound_of(speak(engine, SENTENCE, model="aura-2-zeus-en", **LINEAR))
    bright, _ = sound_of(speak(engine, SENTENCE, model="aura-2-luna-en", **LINEAR))
    assert pitch_of(deep, rate) < 0.75 * pitch_of(plain, rate) < 0.9 * pitch_of(bright, rate)
    loudness = [np.sqrt(np.mean(np.square(sound))) for sound in (deep, bright, plain)]
    assert max(loudness) / min(loudness) < 1.5


def test_what_is_said_is_understood(engine: Engine) -> None:
    said = [
        "Good morning, how can I help you today?",
        "The meeting was moved to Thursday because the room is not free.",
        "Please turn left at the old church and keep walking until you see the river.",
        "She bought three apples, a loaf of bread and some cheese at the market.",
    ]
    for model in ("aura-asteria-en", "aura-2-zeus-en"):
        for sentence in said:
            sound, rate = sound_of(speak(engine, sentence, model=model, **LINEAR))
            heard = engine.listen(wav(sound, rate)).best["transcript"]
            assert error_rate(heard, sentence) <= 0.1, (model, sentence, heard)


def test_a_pronunciation_is_followed(engine: Engine) -> None:
    usual, _ = sound_of(speak(engine, "I like tea", **LINEAR))
    other, rate = sound_of(speak(engine, r'I like \{"word":"tea","pronounce":"ˈkɔfi"\}', **LINEAR))
    assert len(usual) != len(other)
    assert "coffee" in engine.listen(wav(other, rate)).best["transcript"].lower()


ODD = [
    "",
    " ",
    "\n\t",
    "\U0001f389",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f680\U0001f680",
    "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440",
    "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    "\u0928\u092e\u0938\u094d\u0924\u0947",
    "\u0395\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac",
    "!!! ... ???",
    "----",
    "***",
    "@#$%^&*()",
    "\x00",
    "\x00\x01\x02hello\x1b[31m",
    "\u202eright to left\u202c",
    "\ufeffBOM",
    "zero\u200bwidth\u200djoiner",
    "\ufffd\ufffe",
    "\U000f0000 private",
    "e\u0301e\u0301 combining",
    "\ufb01 ligature \uff21\uff11 \u2460",
    "\U0001d4d7\U0001d4ee\U0001d4f5\U0001d4f5\U0001d4f8",
    "<speak>Hi<break time='1s'/></speak>",
    "<prosody rate='fast'>x</prosody",
    "<script>alert(1)</script>",
    "a < b > c",
    "&lt;&amp;&#x1F600;",
    "{pause}",
    "\\{",
    "\\{pause",
    "\\{pause:500ms\\}",
    "\\{pause:500ms\\} \\{pause:500ms\\}",
    '{"text": "json"}',
    "[link](/h\u02c8/)",
    "[x](/\u2603/)",
    "a" * 2400,
    "a." * 1200,
    "1" * 500,
    "1e309 -0.0 NaN 1,000,000,000,000,000,000,000,000,000,000,000,000,000",
    "0x7f v1.2.3 3rd 21st 1/0",
    "http://",
    "https://a.b/c?d=e#f",
    "x@y",
    "@@@@",
    "C:\\Windows\\System32",
    "SELECT * FROM x; DROP TABLE y;",
    "$$$ \u20ac\u20ac\u20ac \xa3",
    "\xbfQu\xe9? \xa1S\xed! \xf1and\xfa Stra\xdfe",
    "I " * 1000,
    "Mr. Dr. St. U.S.A. e.g. i.e.",
    "\r\n\r\nline\r\rline",
    "\u2026",
    "\u3002",
    "x" * 2401,
    "no stop " * 12_500,
    "lone \\ud800",
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts_are_spoken_or_refused(engine: Engine, text: str) -> None:
    began = time.monotonic()
    reply = speak(engine, text, encoding="mulaw", container="none")
    assert time.monotonic() - began < 15
    if reply.status == 200:
        sound, rate = sound_of(reply)
        assert len(sound) / rate > 0.1
        assert np.isfinite(sound).all()
        assert 0.01 < np.abs(sound).max() <= 1.0
    else:
        assert reply.status in {400, 413}, reply.body
        assert reply.json["err_msg"]
        assert reply.json["err_code"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"text": "\\ud800"}', "application/json"),
        (b"\xed\xa0\x80", "text/plain"),
        (b'{"text": "\xff"}', "application/json"),
    ],
)
def test_halves_of_characters_are_refused(engine: Engine, body: bytes, kind: str) -> None:
    reply = engine.ask("POST", "/v1/speak", body, {"content-type": kind})
    assert (reply.status, reply.json["err_code"]) == (400, "PAYLOAD_ERROR")


@pytest.mark.parametrize(
    ("kind", "body", "characters"),
    [
        ("text/plain; charset=utf-8", b"Hello.", "6"),
        ("text/plain", b'{"text": "Hi"}', "14"),
        ("Application/JSON", b'{"text": "Hello."}', "6"),
        ("", b"Hello.", "6"),
        ("", b'{"text": "Hello."}', "6"),
        ("text/html", b"<p>Hello.</p>", None),
        ("audio/wav", b"Hello.", None),
        ("application/json", b"Hello.", None),
        ("application/json", b'{"words": "Hello."}', None),
        ("text/plain", b"\xff\xfe", None),
    ],
)
def test_a_text_behind_a_url_is_of_a_kind_that_can_be_spoken(
    engine: Engine, kind: str, body: bytes, characters: str | None
) -> None:
    headers = {"content-type": kind} if kind else {}
    with serve_files(lambda *_: (200, headers, body)) as site:
        asked = json.dumps({"url": f"{site}/text"})
        reply = engine.ask("POST", "/v1/speak", asked, {"content-type": "application/json"})
    if characters is not None:
        assert (reply.status, reply.headers["dg-char-count"]) == (200, characters)
        return
    assert (reply.status, reply.json["err_code"]) == (400, "REMOTE_CONTENT_ERROR")
    assert "`application/json` with a `text` field or `text/plain`" in reply.json["err_msg"]


def test_a_callback_gets_what_the_answer_would_have_been(engine: Engine) -> None:
    got: list[tuple[str, dict[str, str], bytes]] = []

    def take(method: str, _: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        got.append((method, headers, body))
        return 200, {}, b""

    with serve_files(take) as url:
        options = {"encoding": "opus", "callback": f"{url}/done", "callback_method": "PUT"}
        accepted = speak(engine, SENTENCE, **options)
        until = time.monotonic() + 20
        while not got and time.monotonic() < until:
            time.sleep(0.02)
    assert accepted.json == {"request_id": accepted.headers["dg-request-id"]}
    ((method, headers, body),) = got
    assert (method, headers["content-type"]) == ("PUT", "audio/ogg;codecs=opus")
    assert headers["dg-request-id"] == accepted.headers["dg-request-id"]
    assert body == speak(engine, SENTENCE, encoding="opus").body


def test_the_list_of_models_has_the_voices(engine: Engine) -> None:
    listed = engine.ask("GET", "/v1/models").json["tts"]
    assert {"heart", "heart-deep", "heart-low", "heart-bright"} <= {voice["name"] for voice in listed}
    one = engine.ask("GET", f"/v1/models/{listed[0]['uuid']}").json
    assert one["metadata"]["accent"] == "American"
    assert speak(engine, "Hi.").headers["dg-model-uuid"] == one["uuid"]


def test_a_voice_of_kokoros(engine: Engine) -> None:
    """Where `sonant[voices]` is installed and its styles were pulled: a British voice, by its own name."""
    if "bm_george" not in {voice["name"] for voice in engine.ask("GET", "/v1/models").json["tts"]}:
        pytest.skip("Kokoro is not installed, or its styles were not pulled")
    reply = speak(engine, SENTENCE, model="bm_george", **LINEAR)
    assert reply.headers["dg-model-name"] == "kokoro-bm_george"
    sound, rate = sound_of(reply)
    assert error_rate(SENTENCE, engine.listen(wav(sound, rate)).best["transcript"]) <= 0.1
