"""Log-mel spectrograms as Whisper was trained on them."""

from functools import cache

import numpy as np
import numpy.typing as npt

from sonant.engine.models.ports import SAMPLE_RATE, Frames

FRAMES_PER_SECOND = 100
_FFT = 400
_HOP = SAMPLE_RATE // FRAMES_PER_SECOND


def mel_spectrogram(audio: Frames, bands: int) -> Frames:
    """Spectrogram of whole hundredths of a second: float32, (bands, len(audio) / 160)."""
    padded = np.pad(audio, _FFT // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[: len(audio) : _HOP]
    spectrum = np.fft.rfft(windows * _hann())
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    mel = mel_filters(bands) @ power.T.astype(np.float32)
    log: Frames = np.log10(np.maximum(mel, np.float32(1e-10)))
    spectrogram: Frames = ((np.maximum(log, log.max() - 8.0) + 4.0) / 4.0).astype(np.float32)
    return spectrogram


@cache
def _hann() -> Frames:
    window: Frames = np.hanning(_FFT + 1)[:-1].astype(np.float32)
    return window


@cache
def mel_filters(bands: int) -> Frames:
    """Triangles on Slaney's mel scale, each of area one: float32, (bands, 201)."""
    bins = np.linspace(0, SAMPLE_RATE / 2, _FFT // 2 + 1)
    edges = _to_hertz(np.linspace(0, _to_mel(SAMPLE_RATE / 2), bands + 2))
    slopes = edges[:, None] - bins
    widths = np.diff(edges)[:, None]
    triangles = np.maximum(0, np.minimum(-slopes[:-2] / widths[:-1], slopes[2:] / widths[1:]))
    filters: Frames = (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)
    return filters


# Slaney's scale: a mel is 66.7 Hz up to 1000 Hz, then each is a constant ratio.
_LINEAR = 200.0 / 3
_KNEE_HERTZ = 1000.0
_KNEE_MEL = _KNEE_HERTZ / _LINEAR
_RATIO = np.log(6.4) / 27.0


def _to_mel(hertz: float) -> float:
    if hertz < _KNEE_HERTZ:
        return hertz / _LINEAR
    return float(_KNEE_MEL + np.log(hertz / _KNEE_HERTZ) / _RATIO)


def _to_hertz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(mel < _KNEE_MEL, mel * _LINEAR, _KNEE_HERTZ * np.exp(_RATIO * (mel - _KNEE_MEL)))
