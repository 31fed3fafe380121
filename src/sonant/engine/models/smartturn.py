"""Whether a turn sounds over: the network Smart Turn, run by onnxruntime.

Its weights come inside the package pipecat-ai, which is read as data and needs none of its own requirements.

    last 8 s, of mean 0 and variance 1 -> Whisper's spectrogram (80 x 800) -> network -> 0..1
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from sonant.engine.models.loading import LoadError
from sonant.engine.models.mel import mel_spectrogram
from sonant.engine.models.ports import SAMPLE_RATE, Frames

FILE = "smart-turn-v3.2-cpu.onnx"
_BANDS = 80
_LEAST_VARIANCE = 1e-7


class SmartTurn:
    """Fulfils TurnEnd. One session serves all conversations."""

    longest = 8.0

    def __init__(self, path: Path) -> None:
        """Load the weights.

        Raises:
            LoadError: onnxruntime or the file is absent, or the file is something else.
        """
        self.path = path
        if not path.is_file():
            raise LoadError(f"there is no file {path}: name that of a Smart Turn model (ONNX)")
        try:
            native: Any = import_module("onnxruntime")
        except ImportError as error:
            raise LoadError("Smart Turn needs onnxruntime: pip install 'sonant[turns]'") from error
        options = native.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session: Any = native.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            self._input: str = self._session.get_inputs()[0].name
            self.judge(np.zeros(0, np.float32))
        except Exception as error:  # onnxruntime raises classes of its own for each kind of damage
            reason = str(error).partition("\n")[0]
            raise LoadError(f"{path} is no Smart Turn model ({reason}): name the file of one (ONNX)") from error

    def judge(self, audio: Frames) -> float:
        """How likely a turn is over where the audio ends: 0..1."""
        features = mel_spectrogram(_level(audio, round(self.longest * SAMPLE_RATE)), _BANDS)
        return float(self._session.run(None, {self._input: features[None]})[0].reshape(-1)[0])


def _level(audio: Frames, samples: int) -> Frames:
    """The last samples, with silence before them if they are too few, of mean 0 and variance 1."""
    last = audio[-samples:]
    padded = np.pad(last, (samples - len(last), 0))
    leveled: Frames = ((padded - padded.mean()) / np.sqrt(padded.var() + _LEAST_VARIANCE)).astype(np.float32)
    return leveled
