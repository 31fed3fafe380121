"""Whisper on CTranslate2: short windows, greedy decoding, words out of the attention.

Whisper was trained on windows of 30 seconds; its encoder costs a seventh at 10. So a piece of speech is heard in a
window little longer than itself. The price is a tail the decoder sometimes invents where it no longer sees a long
silence; the alignment puts such words past the end of the audio, and there they are dropped.
"""

import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from sonant.engine.models.loading import LoadError
from sonant.engine.models.mel import mel_spectrogram
from sonant.engine.models.ports import SAMPLE_RATE, Capabilities, Frames, HeardWord, Listening
from sonant.engine.models.readings import INSTANT, avoid, cut_echo, cut_loop, repeats_itself, trim

log = logging.getLogger(__name__)

FULL_WINDOW = 30
"""Seconds that the model was trained on."""
LONGEST = 28.0
"""Seconds of speech in one call; the rest of a full window is for silence."""
_SHORTEST_WINDOW = 8
_SILENCE_AFTER = 1.5
_MORE = 2
"""Seconds of further silence with which a piece is heard again where the decoder went astray."""
_TOKENS_PER_SECOND = 7
_TOKENS_SPARE = 6
_MOST_TOKENS = 448
"""That the decoder holds. Of a limit that is given to it, half at most is for what it says, known or new."""
_CROWDED = 2.4
"""Text that compresses better than this repeats itself."""
_NO_SPEECH, _UNLIKELY = 0.6, -1.0
_LONGEST_PROMPT = 200
"""Tokens; the decoder holds 448, and half of them are for what is heard."""
_CHOICE = 5
"""Readings among which one without the words to avoid is looked for."""
_UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue", "km", "bo"})
"""Languages that write no spaces between words."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the decoder made of a window."""

    encoded: Any
    known: list[int]
    """Tokens that were given as the beginning."""
    tokens: list[int]
    """Those that follow."""
    score: float
    """Mean log probability of a token."""
    no_speech: float


@dataclass(frozen=True, slots=True)
class _Timed:
    """A token, aligned."""

    id: int
    piece: str
    """As in the vocabulary: a leading `Ġ` stands for a space."""
    start: float
    end: float
    probability: float


class Whisper:
    """Fulfils Recognizer with any Whisper model in CTranslate2's format."""

    def __init__(self, folder: Path, *, workers: int) -> None:
        """Load the weights, as 8-bit integers.

        Raises:
            LoadError: the folder holds something else.
        """
        native: Any = import_module("ctranslate2")
        try:
            self._model: Any = native.models.Whisper(
                str(folder), device="cpu", compute_type="int8", inter_threads=workers, intra_threads=1
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises bare Exception
            raise LoadError(f"{folder} cannot be loaded as a Whisper model: {error}") from error
        self._wrap: Any = native.StorageView.from_array
        self._bands: int = self._model.n_mels
        self._end = self._id("<|endoftext|>")
        self.capabilities = Capabilities(self._languages(), LONGEST)

    def _id(self, token: str) -> int:
        number = self._tokenizer.token_to_id(token)
        if number is None:
            raise LoadError(f"the model's tokenizer lacks {token}")
        return number

    def _languages(self) -> frozenset[str]:
        if not self._model.is_multilingual:
            return frozenset({"en"})
        special = (token.content[2:-2] for token in self._tokenizer.get_added_tokens_decoder().values())
        return frozenset(name for name in special if name.isalpha() and len(name) <= 3)

    def recognize(self, audio: Frames, listening: Listening) -> list[list[HeardWord]]:
        """Readings of a piece of speech, the best first."""
        seconds = len(audio) / SAMPLE_RATE
        window = window_for(seconds)
        readings = self._read(audio, listening, window)
        if window < FULL_WINDOW and self._is_crowded(readings[0]):
            second = self._read(audio, listening, min(FULL_WINDOW, window + _MORE))
            readings = max(readings, second, key=lambda r: (not self._is_crowded(r[0]), r[0].score))
        if _is_silence(readings[0]):
            return [[]]
        heard = [self._hear(reading, listening, seconds) for reading in readings if reading.tokens]
        return avoid(heard, listening.avoided)[: listening.alternatives]

    def detect(self, audio: Frames) -> dict[str, float]:
        """How likely each language is."""
        encoded = self._encode(audio[: int(LONGEST * SAMPLE_RATE)], window_for(len(audio) / SAMPLE_RATE))
        return {token[2:-2]: probability for token, probability in self._model.detect_language(encoded)[0]}

    def _hear(self, reading: _Reading, listening: Listening, seconds: float) -> list[HeardWord]:
        tokens = cut_echo(cut_loop(reading.tokens), reading.known, min(seconds, listening.spoken))
        reading = replace(reading, tokens=tokens)
        timed = self._align(reading, self._start(listening.language))
        spaced, edge = listening.language not in _UNSPACED, len(reading.known)
        known = self._words(timed[:edge], spaced=spaced)
        return trim(self._words(timed[edge:], spaced=spaced), seconds, known)

    def _start(self, language: str) -> list[int]:
        start = [self._id("<|startoftranscript|>")]
        if self._model.is_multilingual:
            start += [self._id(f"<|{language}|>"), self._id("<|transcribe|>")]
        return start

    def _before(self, prompt: str) -> list[int]:
        """What is to stand before the start: as many of the prompt's first words as the decoder takes."""
        if not prompt:
            return []
        return [self._id("<|startofprev|>"), *self._write(prompt)[:_LONGEST_PROMPT]]

    def _read(self, audio: Frames, listening: Listening, window: int) -> list[_Reading]:
        known = self._write(listening.known)
        start = [
            *self._before(listening.prompt),
            *self._start(listening.language),
            self._id("<|notimestamps|>"),
            *known,
        ]
        new = int(_TOKENS_PER_SECOND * (len(audio) / SAMPLE_RATE - listening.known_until)) + _TOKENS_SPARE
        encoded = self._encode(audio, window)
        beams = max(listening.alternatives, _CHOICE if listening.avoided else 1)
        result = self._model.generate(
            encoded,
            [start],
            beam_size=beams,
            num_hypotheses=beams,
            max_length=min(_MOST_TOKENS, len(known) + new + max(len(start) - len(known), len(known) + new)),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        return [
            _Reading(
                encoded,
                known,
                [token for token in ids[len(known) :] if token < self._end],
                score,
                result.no_speech_prob,
            )
            for ids, score in zip(result.sequences_ids, result.scores, strict=True)
        ]

    def _write(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer.encode(f" {text}", add_special_tokens=False).ids if text else []
        return tokens

    def _encode(self, audio: Frames, window: int) -> Any:
        padded = np.zeros(window * SAMPLE_RATE, np.float32)
        padded[: len(audio)] = audio
        mel = mel_spectrogram(padded, self._bands)
        return self._model.encode(self._wrap(np.ascontiguousarray(mel[None])))

    def _is_crowded(self, reading: _Reading) -> bool:
        text = self._tokenizer.decode(reading.tokens).encode()
        return repeats_itself(reading.tokens) or len(text) > _CROWDED * len(zlib.compress(text))

    def _align(self, reading: _Reading, start: list[int]) -> list[_Timed]:
        # The window counts whole, so that what was invented falls beyond the audio instead of crowding its end.
        frames = 2 * reading.encoded.shape[1]
        tokens = [*reading.known, *reading.tokens]
        aligned = self._model.align(reading.encoded, start, [tokens], frames)[0]
        first: dict[int, int] = {}
        for token, frame in aligned.alignments:
            first.setdefault(token, frame)
        starts = [first.get(i, 0) * INSTANT for i in range(len(tokens) + 1)]
        starts[-1] = max(starts[-1], starts[-2])
        return [
            _Timed(token, self._tokenizer.id_to_token(token) or "", starts[i], starts[i + 1], probability)
            for i, (token, probability) in enumerate(zip(tokens, aligned.text_token_probs, strict=True))
        ]

    def _words(self, tokens: Sequence[_Timed], *, spaced: bool) -> list[HeardWord]:
        begins = self._begins_spaced if spaced else self._begins_unspaced
        groups: list[list[_Timed]] = []
        for token in tokens:
            if not groups or begins(token, groups[-1]):
                groups.append([])
            groups[-1].append(token)
        words = [self._word(group) for group in groups]
        return [word for word in words if any(map(str.isalnum, word.text))]

    def _begins_spaced(self, token: _Timed, _: Sequence[_Timed]) -> bool:
        return token.piece.startswith("Ġ") and self._has_letters(token)

    def _begins_unspaced(self, token: _Timed, before: Sequence[_Timed]) -> bool:
        """Each token is a word, unless it completes a character or is punctuation."""
        whole = not self._tokenizer.decode([each.id for each in before]).endswith("\ufffd")
        return whole and self._has_letters(token)

    def _has_letters(self, token: _Timed) -> bool:
        """Whether a token begins a word, rather than being punctuation that stands by itself."""
        text = self._tokenizer.decode([token.id]).strip()
        return any(c.isalnum() or c in "$£€¥#@&\"'([" for c in text)

    def _word(self, group: Sequence[_Timed]) -> HeardWord:
        text = self._tokenizer.decode([token.id for token in group]).strip()
        # Punctuation is said in no time: the time and the confidence are those of the word itself.
        spoken = [t for t in group if any(map(str.isalnum, self._tokenizer.decode([t.id])))] or group
        confidence = sum(token.probability for token in spoken) / len(spoken)
        return HeardWord(text, group[0].start, spoken[-1].end, confidence)


def _is_silence(reading: _Reading) -> bool:
    return not reading.tokens or (reading.no_speech > _NO_SPEECH and reading.score < _UNLIKELY)


def window_for(seconds: float) -> int:
    """Whole seconds of the window in which a piece of speech is heard."""
    return min(FULL_WINDOW, ceil(max(_SHORTEST_WINDOW, seconds + _SILENCE_AFTER)))
