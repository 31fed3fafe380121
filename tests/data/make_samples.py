"""Remake the synthetic recordings beside this file: python tests/data/make_samples.py

Wants `pip install hibari-tts av numpy` and the command espeak-ng. The tests read the recordings only;
remaking them is rarely needed.
"""

import io
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
from hibari import SAMPLE_RATE as VOICE_RATE
from hibari import Hibari

HERE = Path(__file__).parent
RATE = 16_000
PAUSE = 1.2
"""Seconds between the lines of one text: longer than the 0.8 s that part two utterances."""
SAMPLES = {
    "lighthouse": ["lighthouse.txt"],
    "garden": ["garden.txt"],
    "errands": ["errands.txt"],
    "two_channels": ["left.txt", "right.txt"],
}
"""Recordings, and the text spoken on each of their channels."""


def speak(voice: Hibari, text: str) -> Any:
    """A text as float32 (frames,) at the voice's rate, a pause after each line."""
    silence = np.zeros(int(PAUSE * VOICE_RATE), np.float32)
    lines = [voice(line, seed=1) for line in text.splitlines()]
    return np.concatenate([part for line in lines for part in (line, silence)][:-1])


def speak_german(text: str) -> Any:
    """A text as espeak-ng says it, float32 (frames,) at the rate of the other voice."""
    spoken = subprocess.run(["espeak-ng", "-v", "de", "-s", "140", "--stdout", text], capture_output=True, check=True)
    with av.open(io.BytesIO(spoken.stdout)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=VOICE_RATE)
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def stack(channels: list[Any]) -> Any:
    """Channels of unequal length as int16 (1, frames * channels), interleaved."""
    frames = max(len(channel) for channel in channels)
    padded = [np.pad(channel, (0, frames - len(channel))) for channel in channels]
    return (np.stack(padded, axis=1) * 32_000).astype(np.int16).reshape(1, -1)


def write_flac(path: Path, channels: list[Any]) -> None:
    """Write float32 channels at the voice's rate as FLAC at RATE."""
    layout = "stereo" if len(channels) == 2 else "mono"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=RATE, layout=layout)
        frame = av.AudioFrame.from_ndarray(stack(channels), format="s16", layout=layout)
        frame.sample_rate = VOICE_RATE
        resampler = av.AudioResampler(format="s16", layout=layout, rate=RATE)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def main() -> None:
    """Speak every text and write it down as audio."""
    voice = Hibari()
    for name, texts in SAMPLES.items():
        write_flac(HERE / f"{name}.flac", [speak(voice, (HERE / text).read_text()) for text in texts])
    write_flac(HERE / "german.flac", [speak_german((HERE / "german.txt").read_text())])


if __name__ == "__main__":
    main()
