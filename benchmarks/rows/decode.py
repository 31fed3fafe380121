"""The transcript of one hour, from the body's bytes to what the caller gets."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measure

HELD = 12


def decoder(impl: str) -> Callable[[bytes], Any]:
    """What each client does with a body."""
    if impl == "official":
        return _official()
    if impl == "ours":
        return _ours()
    import msgspec

    from sonant import Transcript

    return msgspec.json.Decoder(Transcript).decode


def _official() -> Callable[[bytes], Any]:
    import json

    from deepgram.core.unchecked_base_model import construct_type
    from deepgram.listen.v1.media.types.media_transcribe_response import MediaTranscribeResponse

    return lambda body: construct_type(type_=MediaTranscribeResponse, object_=json.loads(body))


def _ours() -> Callable[[bytes], Any]:
    from sonant.client.call import HttpResponse
    from sonant.client.listen import Prerecorded

    call = Prerecorded.transcribe_url.build("http://localhost/talk.wav")
    return lambda body: call.reply(HttpResponse(200, {}, body))


def words_in(reply: Any) -> str:
    """A hash of all words, their times, and the utterances."""
    digest = hashlib.sha256()
    for word in reply.results.channels[0].alternatives[0].words:
        digest.update(f"{word.punctuated_word} {word.start} {word.end} {word.confidence}\n".encode())
    for utterance in reply.results.utterances:
        digest.update(f"{utterance.transcript} {utterance.words[-1].word}\n".encode())
    return digest.hexdigest()


def held_by(decode: Callable[[bytes], Any], body: bytes) -> int:
    """Bytes of memory that one reply keeps, its body included if it keeps that."""
    gc.collect()
    before = measure.memory("VmRSS")
    replies = [decode(bytes(bytearray(body))) for _ in range(HELD)]
    gc.collect()
    return (measure.memory("VmRSS") - before) // len(replies)


def main() -> None:
    """Weigh first, in a memory still tidy; then time."""
    given = measure.arguments()
    body = Path(given["payload"]).read_bytes()
    small = Path(given["small"]).read_bytes()
    decode = decoder(given["impl"])
    decode(small)
    held = held_by(decode, body)
    count = 5 if given["impl"] == "official" else 50
    with measure.Watch() as watch:
        for _ in range(count):
            reply = decode(body)
    facts = {"n": count, "wall": watch.wall, "cpu": watch.cpu, "hwm": measure.memory(), "added": held}
    measure.emit(**facts, check=words_in(reply))


main()
