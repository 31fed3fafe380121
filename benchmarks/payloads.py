"""What the benchmarks send and receive, the same on every machine: made from a seed, checked by hash."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

HASHES = {
    "models.json": "db6ae4a838bfb5342851a1666c586f7b5e794652bcebbe6d83a267213f76df6e",
    "small.json": "e5728c0d72f7e515d5870c8666834ee74eb28bb973ece60ddef1bf212633e859",
    "hour.json": "8f2f5548c1971b6397211b7fe007a12e1711d65ee1ee63a353a471ca6d01dc6c",
    "audio.bin": "a201110a73db1dee06a0750353d2d76d5744817ccc09f4ed6f20eef0befa4af4",
}
"""SHA-256 of each payload: a benchmark with another payload is another benchmark."""

AUDIO_SIZE, BLOCK = 500_000_000, 1_000_000
WORDS = 9_000
_SYLLABLES = ("ka", "lo", "mi", "ter", "an", "so", "re", "den", "vi", "pu", "sta", "or")


def models() -> dict[str, Any]:
    """A short answer of `GET /v1/models`."""
    stt = [_model(f"general-{i}", {"batch": True, "streaming": True, "formatted_output": False}) for i in range(2)]
    tts = [_model(f"voice-{i}", {"metadata": {"accent": "American", "tags": ["calm"]}}) for i in range(2)]
    return {"stt": stt, "tts": tts}


def _model(name: str, more: dict[str, Any]) -> dict[str, Any]:
    facts = {"canonical_name": f"nova-{name}", "architecture": "nova", "languages": ["en", "en-US"], "version": "1"}
    return {"name": name, "uuid": hashlib.md5(name.encode()).hexdigest(), **facts, **more}


def transcript(words: int) -> dict[str, Any]:
    """A transcript with paragraphs and utterances: 9 000 words are an hour."""
    chance = random.Random(words)
    spoken = list(_words(words, chance))
    text = " ".join(word["punctuated_word"] for word in spoken)
    best = {"transcript": text, "confidence": 0.98, "words": spoken, "paragraphs": _paragraphs(spoken)}
    return {
        "metadata": _metadata(spoken[-1]["end"]),
        "results": {"channels": [{"alternatives": [best]}], "utterances": _utterances(spoken)},
    }


def _metadata(duration: float) -> dict[str, Any]:
    model = "11111111-2222-4333-8444-555555555555"
    return {
        "transaction_key": "deprecated",
        "request_id": "99999999-2222-4333-8444-555555555555",
        "sha256": "0" * 64,
        "created": "2026-01-01T00:00:00.000Z",
        "duration": duration,
        "channels": 1,
        "models": [model],
        "model_info": {model: {"name": "general-nova-3", "version": "2026-01-01.0", "arch": "nova-3"}},
    }


def _words(count: int, chance: random.Random) -> Any:
    for i in range(count):
        word = "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4)))
        start = round(i * 0.4 + chance.random() / 10, 3)
        yield {
            "word": word,
            "start": start,
            "end": round(start + 0.25, 3),
            "confidence": round(0.9 + chance.random() / 10, 7),
            "speaker": i // 60 % 2,
            "speaker_confidence": round(chance.random(), 7),
            "punctuated_word": f"{word.capitalize()}," if i % 15 == 0 else word,
        }


def _groups(spoken: list[Any], size: int) -> list[list[Any]]:
    return [spoken[i : i + size] for i in range(0, len(spoken), size)]


def _span(group: list[Any]) -> dict[str, Any]:
    return {"start": group[0]["start"], "end": group[-1]["end"]}


def _text(group: list[Any]) -> str:
    return " ".join(word["punctuated_word"] for word in group)


def _paragraphs(spoken: list[Any]) -> dict[str, Any]:
    paragraphs = [
        {
            "sentences": [{"text": _text(part), **_span(part)} for part in _groups(group, 15)],
            "speaker": group[0]["speaker"],
            "num_words": len(group),
            **_span(group),
        }
        for group in _groups(spoken, 60)
    ]
    return {"transcript": "\n\n".join(_text(group) for group in _groups(spoken, 60)), "paragraphs": paragraphs}


def _utterances(spoken: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            **_span(group),
            "confidence": 0.97,
            "channel": 0,
            "transcript": _text(group),
            "words": group,
            "speaker": group[0]["speaker"],
            "id": hashlib.md5(str(group[0]["start"]).encode()).hexdigest(),
        }
        for group in _groups(spoken, 15)
    ]


def _audio(path: Path) -> None:
    block = random.Random(500).randbytes(BLOCK)
    with path.open("wb") as file:
        for _ in range(AUDIO_SIZE // BLOCK):
            file.write(block)


def prepare(folder: Path) -> None:
    """Make the payloads that are not there yet.

    Raises:
        ValueError: one came out otherwise than it should.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in (
        ("models.json", models),
        ("small.json", lambda: transcript(60)),
        ("hour.json", lambda: transcript(WORDS)),
    ):
        (folder / name).write_text(json.dumps(made(), separators=(",", ":")))
    audio = folder / "audio.bin"
    if not audio.exists() or audio.stat().st_size != AUDIO_SIZE:
        _audio(audio)
    for name, expected in HASHES.items():
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected:
            raise ValueError(f"{name} has SHA-256 {found}, not {expected}")
