import io
import json
import logging

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sonant.engine.logs import FieldFormatter, JsonFormatter
from unit.engine.fakes import Engine, engine, heard, tone, wav

WORDS = heard(("canary-word", 0.4, 0.8))
SPEECH = wav(tone(2))
WAV = {"content-type": "audio/wav"}


async def read(door: Engine) -> dict[tuple[str, ...], float]:
    answer = await door.ask("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.body.decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


async def test_what_is_counted() -> None:
    async with engine(WORDS) as door:
        await door.ask("POST", "/v1/listen", SPEECH, headers=WAV)
        await door.ask("POST", "/v1/listen?punctuate=perhaps", SPEECH, headers=WAV)
        await door.ask("GET", "/v1/models")
        values = await read(door)
    assert values["engine_requests_total", "batch", "200"] == 1
    assert values["engine_requests_total", "batch", "400"] == 1
    assert values["engine_batch_response_time_seconds_count",] == 2
    assert values["sonant_audio_seconds_total",] == pytest.approx(2.0)
    assert (values["sonant_model_loaded",], values["sonant_callbacks_queued",]) == (1, 0)
    assert [values["engine_active_requests", kind] for kind in ("batch", "stream", "tts")] == [0, 0, 0]


async def test_engines_count_for_themselves() -> None:
    async with engine(WORDS) as one, engine(WORDS) as other:
        await one.ask("POST", "/v1/listen", SPEECH, headers=WAV)
        assert ("engine_requests_total", "batch", "200") not in await read(other)


async def test_metrics_take_a_key_where_there_are_keys() -> None:
    async with engine(WORDS, api_keys=("right",)) as door:
        assert (await door.ask("GET", "/metrics")).status == 401
        assert (await door.ask("GET", "/metrics", headers={"authorization": "Token right"})).status == 200


async def test_status_of_the_engine() -> None:
    async with engine(WORDS) as door:
        await door.ask("GET", "/v1/models")
        answer = await door.ask("GET", "/v1/status/engine")
    assert answer.body.startswith(b'{"engine_connection_status":"Connected"')


@pytest.mark.parametrize("formatter", [JsonFormatter(), FieldFormatter()])
async def test_each_line_names_its_request_and_nothing_of_its_content(formatter: logging.Formatter) -> None:
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(formatter)
    log = logging.getLogger("sonant")
    log.addHandler(handler)
    log.setLevel("DEBUG")
    try:
        async with engine(WORDS, api_keys=("canary-key",)) as door:
            headers = {**WAV, "authorization": "Token canary-key"}
            await door.ask("GET", "/v1/models", headers=headers)
            text.truncate(0)
            good = await door.ask("POST", "/v1/listen?search=canary-term", SPEECH, headers=headers)
            door.recognizer.failure = RuntimeError("broken")
            bad = await door.ask("POST", "/v1/listen?keyterm=canary-term", SPEECH, headers=headers)
            written = text.getvalue().strip("\0")
    finally:
        log.removeHandler(handler)
        log.setLevel("NOTSET")
    assert (good.status, bad.status) == (200, 500)
    assert "canary" not in written
    assert "broken" in written
    if isinstance(formatter, JsonFormatter):
        lines = [json.loads(line) for line in written.splitlines()]
        assert {line["request_id"] for line in lines} == {each.headers["dg-request-id"] for each in (good, bad)}
        assert {"time", "level", "logger", "message"} <= set(lines[0])
    else:
        for each in (good, bad):
            assert each.headers["dg-request-id"] in written
