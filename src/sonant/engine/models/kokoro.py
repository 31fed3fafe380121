"""The Kokoro voices: one network, and for each voice a table of styles by the length of what is said."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from sonant.engine.models.hibari import Phonemes, open_hibari, soften
from sonant.engine.models.ports import Frames, Line, Manner
from sonant.engine.models.spanish import SpanishPhonemes

_runtime: Any = onnxruntime  # it has no types
_WIDTH = 256
"""Numbers of a style."""


class KokoroModel:
    """The network, which all voices share."""

    def __init__(self, path: Path) -> None:
        options = _runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the workers are the parallelism
        options.log_severity_level = 3
        self._session = _runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._tokens: str = self._session.get_inputs()[0].name  # exports differ in it
        self._dictionaries: dict[bool, Any] = {}

    def reader(self, language: str) -> Phonemes | SpanishPhonemes:
        """What reads a language, of a BCP-47 code."""
        british = language == "en-GB"
        if british not in self._dictionaries:
            self._dictionaries[british] = open_hibari(british=british)
        dictionary = self._dictionaries[british]
        return SpanishPhonemes(dictionary.ids) if language.startswith("es") else Phonemes(dictionary)

    def run(self, ids: list[int], style: npt.NDArray[np.float32], speed: float) -> Frames:
        """The sound of phonemes in a style."""
        asked = {
            self._tokens: np.asarray([ids], np.int64),
            "style": style[None],
            "speed": np.asarray([speed], np.float32),
        }
        sound: Frames = self._session.run(None, asked)[0].reshape(-1)
        return sound


class KokoroVoice:
    """A voice of the network."""

    sample_rate = 24_000

    def __init__(self, model: KokoroModel, styles: Path, language: str) -> None:
        self._model, self._phonemes = model, model.reader(language)
        self._styles = np.fromfile(styles, "<f4").astype(np.float32).reshape(-1, _WIDTH)

    def synthesize(self, line: Line, manner: Manner) -> Frames:
        """Speech; the same for the same line. Its liveliness is the voice's own."""
        sentences = [self._say(ids, manner.speed) for ids in self._phonemes.ids_of(line)]
        return np.concatenate(sentences) if sentences else np.zeros(0, np.float32)

    def _say(self, ids: list[int], speed: float) -> Frames:
        style = self._styles[min(len(ids) - 2, len(self._styles) - 1)]
        return soften(self._model.run(ids, style, speed))
