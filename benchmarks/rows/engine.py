"""A recording through the embedded engine: seconds of work for each second of audio."""

from __future__ import annotations

import measure

from sonant import DeepgramClient


def main() -> None:
    """Warm up, so that the model is loaded; then time."""
    given = measure.arguments()
    with DeepgramClient.local() as client:
        client.listen.prerecorded.transcribe_file(given["payload"])
        with measure.Watch() as watch:
            reply = client.listen.prerecorded.transcribe_file(given["payload"])
    facts = {"n": reply.metadata.duration, "wall": watch.wall, "cpu": watch.cpu, "hwm": measure.memory()}
    measure.emit(**facts, check=f"{len(reply.words)} words")


main()
