"""One live stream through faults: prints each final word as it comes, and each error as `! name`."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import clients
import measure

CHUNK = 4000
OPTIONS: dict[str, Any] = {"model": "nova-3", "encoding": "linear16", "interim_results": True}


def tell(word: str) -> None:
    """Print at once: this process may be ended."""
    print(word, flush=True)


def tell_error(error: BaseException) -> None:
    """Print what was raised."""
    tell(f"! {type(error).__name__}")


def run_official(url: str, audio: bytes, pause: float) -> None:
    """The official client, opened again after each error by the code around it, as its examples advise."""
    client, position = clients.official(url), 0
    while position < len(audio):
        try:
            with client.listen.v1.connect(**OPTIONS, sample_rate=8000) as socket:
                listener = _listen(socket)
                while position < len(audio):
                    socket.send_media(audio[position : position + CHUNK])
                    position += CHUNK
                    time.sleep(pause)
                socket.send_close_stream()
                listener.join()
        except Exception as error:
            tell_error(error)


def _listen(socket: Any) -> threading.Thread:
    from deepgram.core.events import EventType

    def hear(message: Any) -> None:
        if getattr(message, "is_final", False):
            for word in message.channel.alternatives[0].words:
                tell(word.word)

    socket.on(EventType.MESSAGE, hear)
    socket.on(EventType.ERROR, tell_error)
    listener = threading.Thread(target=socket.start_listening, daemon=True)
    listener.start()
    return listener


def run_ours(url: str, audio: bytes, pause: float) -> None:
    """This project's client; its patience is shortened, and it sends again as fast as this audio is sent."""
    short = {"stall_timeout": 1.0, "send_timeout": 1.0, "replay_speed": None}
    with clients.ours(url) as client, client.listen.live(**OPTIONS, sample_rate=8000, **short) as live:
        speaker = threading.Thread(target=_speak, args=(live, audio, pause))
        speaker.start()
        try:
            for final in live.finals():
                for word in final.best.words:
                    tell(word.word)
        except Exception as error:
            tell_error(error)
        speaker.join()


def _speak(live: Any, audio: bytes, pause: float) -> None:
    for at in range(0, len(audio), CHUNK):
        live.send(audio[at : at + CHUNK])
        time.sleep(pause)
    live.request_close()


def main() -> None:
    """Read the audio and run."""
    given = measure.arguments()
    limits = json.loads(given["limits"])
    audio = Path(given["payload"]).read_bytes()
    run = run_official if given["impl"] == "official" else run_ours
    run(given["url"], audio, limits["pause"])


main()
