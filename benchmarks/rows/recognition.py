"""The peer of the axis `recognition`: faster-whisper in a process that stays, its model loaded.

Reads a JSON object a line, `{"path": ..., "mode": "batched" | "defaults"}`, and answers with a JSON string, the text.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel


def modes(folder: str) -> dict[str, Callable[[str], Any]]:
    """What is measured, words on in both."""
    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1)
    pipeline = BatchedInferencePipeline(model)
    return {
        "batched": lambda path: pipeline.transcribe(
            path, language="en", batch_size=8, beam_size=1, word_timestamps=True
        ),
        "defaults": lambda path: model.transcribe(path, language="en", word_timestamps=True),
    }


def main() -> None:
    """Answer until the input ends."""
    transcribe = modes(sys.argv[1])
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        segments, _ = transcribe[asked["mode"]](asked["path"])
        words = [word.word for segment in segments for word in segment.words]
        print(json.dumps("".join(words)), flush=True)


main()
