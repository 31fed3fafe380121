"""Real bodies of the real service decode without loss."""

import json

import pytest

from contract.reference import shared
from sonant.contract import codec
from sonant.contract.listen import Transcript


@pytest.mark.parametrize("name", ["dg_transcription", "dg_utterances", "dg_whisper_transcription"])
def test_a_recorded_answer_decodes_without_loss(name: str) -> None:
    raw = shared(f"samples/{name}.json").read_bytes()
    reply = codec.decode_reply(raw, Transcript)
    assert reply.oddities == ()
    assert json.loads(codec.encode(reply)) == json.loads(raw)
    assert reply.transcript.lower().startswith("yeah")
    assert reply.words[0].start < reply.words[-1].end <= reply.metadata.duration
