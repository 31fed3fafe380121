"""The hibari voices: a small network tells the harmonics, the noise and the pitch of each 12.5 ms.

An inverse Fourier transform makes sound of them; before it does, they can be bent into another voice.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from zlib import crc32

import hibari
import numpy as np
import numpy.typing as npt

from sonant.engine.models.ipa import read_ipa
from sonant.engine.models.ports import Frames, Line, Manner

_library: Any = hibari  # it has no types
_dsp: Any = import_module("hibari.dsp")
Spectrum = npt.NDArray[np.float32]
"""float32, (frequencies, frames)."""


@dataclass(frozen=True, slots=True)
class Timbre:
    """How a voice differs from the one that the network learned."""

    pitch: float = 1.0
    """Factor of the fundamental frequency."""
    formants: float = 1.0
    """Factor of the resonances: below 1 as in a longer throat."""
    gain: float = 1.0
    """Factor that makes all voices equally loud."""


class Phonemes:
    """Words to the phonemes that hibari and Kokoro read, in American or British English."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def ids_of(self, line: Line) -> list[list[int]]:
        """The phonemes of a line as numbers, a list for each sentence that the dictionary sees in it."""
        text = "".join(part if isinstance(part, str) else f"[{part.word}](/{read_ipa(part.ipa)}/)" for part in line)
        found = (self._model.ids(phonemes) for phonemes in self._model.phonemize(text))
        return [ids for ids in found if len(ids) > 2]  # more than the silence at both ends


def open_hibari(path: Path | None = None, *, british: bool = False) -> Any:
    """The network and its dictionary, warmed up; the network in the package unless another file is given."""
    voice = "emma" if british else "heart"
    own = Path(_library.__file__).with_name("assets") / "hibari.onnx"
    model = _library.Hibari(voice=voice, model=str(path or own))
    model("Ready.")  # the dictionary loads when it is first needed
    return model


class HibariVoice:
    """A voice of a hibari network."""

    sample_rate: int = _library.SAMPLE_RATE

    def __init__(self, model: Any, timbre: Timbre) -> None:
        self._model, self._timbre = model, timbre
        self._phonemes = Phonemes(model)

    def synthesize(self, line: Line, manner: Manner) -> Frames:
        """Speech; the same for the same line."""
        sentences = [self._say(ids, manner) for ids in self._phonemes.ids_of(line)]
        return np.concatenate(sentences) if sentences else np.zeros(0, np.float32)

    def _say(self, ids: list[int], manner: Manner) -> Frames:
        asked = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([manner.speed], np.float32)}
        outputs = (output[0] for output in self._model.sess.run(None, asked))
        noise = np.random.default_rng(crc32(np.asarray(ids, np.int32).tobytes()))
        *spectra, pitch = _bend(*outputs, timbre=self._timbre)
        sound: Frames = _dsp.synth(*spectra, enliven(pitch, manner.liveliness), noise)
        return soften(sound * np.float32(self._timbre.gain))


def _bend(
    harmonics: Spectrum,
    rotation: Spectrum,
    noise: Spectrum,
    rest: Spectrum,
    phase: Spectrum,
    pitch: Frames,
    *,
    timbre: Timbre,
) -> tuple[Spectrum, Spectrum, Spectrum, Spectrum, Spectrum, Frames]:
    """What the network told, with another pitch and other resonances."""
    if timbre.formants != 1.0:
        harmonics, rotation, noise, rest = (_stretch(s, timbre.formants) for s in (harmonics, rotation, noise, rest))
        phase = phase[_nearest(len(phase), timbre.formants)]  # angles have no middle
    return harmonics, rotation, noise, rest, phase, pitch * np.float32(timbre.pitch)


def _stretch(spectrum: Spectrum, factor: float) -> Spectrum:
    """Move everything to `factor` times its frequency; above the highest one it goes on as it ends."""
    bins = len(spectrum)
    places = np.minimum(np.arange(bins) / factor, bins - 1)
    below = np.minimum(places.astype(int), bins - 2)
    share = (places - below).astype(np.float32)[:, None]
    stretched = spectrum[below] * (1 - share) + spectrum[below + 1] * share
    return np.asarray(stretched, np.float32)


def _nearest(bins: int, factor: float) -> npt.NDArray[np.intp]:
    return np.minimum(np.rint(np.arange(bins) / factor).astype(np.intp), bins - 1)


_VOICED = 20.0
"""Hz; below it there is no voice."""


def enliven(pitch: Frames, liveliness: float) -> Frames:
    """A pitch that moves so many times as far from its middle."""
    voiced = pitch > _VOICED
    if liveliness == 1.0 or not voiced.any():
        return pitch
    middle = np.exp(np.log(pitch[voiced]).mean())
    return np.where(voiced, middle * (np.maximum(pitch, 1.0) / middle) ** np.float32(liveliness), pitch).astype(
        np.float32
    )


_KNEE = np.float32(0.8)


def soften(sound: Frames) -> Frames:
    """Sound whose peaks bend towards 1 instead of being cut."""
    size = np.abs(sound)
    loud = size > _KNEE
    if loud.any():
        room = 1 - _KNEE
        sound = sound.copy()
        sound[loud] = np.sign(sound[loud]) * (_KNEE + room * np.tanh((size[loud] - _KNEE) / room))
    return sound
