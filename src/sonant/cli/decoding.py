"""Recordings that cannot be streamed as they are become linear16 on this machine (extra `engine`)."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sonant.client.errors import SourceError


def decode(path: Path, error: SourceError, *, multichannel: bool) -> tuple[Iterator[bytes], dict[str, Any]]:
    """The samples of a recording, and the options that describe them.

    Args:
        path: where it lies.
        error: why it cannot be streamed as it is.
        multichannel: whether its channels are kept apart; else they are mixed.

    Raises:
        SourceError: the given one, if it cannot be decoded either.
    """
    try:
        from sonant.engine.audio.decode import open_sound
        from sonant.engine.models.ports import SAMPLE_RATE
        from sonant.engine.refusals import Refusal
    except ImportError:
        hint = f'Use `sonant transcribe`, or install what decodes it: pip install "sonant[engine]". {error.hint}'
        raise SourceError(error.message, hint=hint) from None
    with ExitStack() as opened:
        try:
            sound = opened.enter_context(open_sound(opened.enter_context(path.open("rb"))))
        except (Refusal, OSError):
            raise error from None
        channels = sound.channels if multichannel else 1
        options = {"encoding": "linear16", "sample_rate": SAMPLE_RATE}
        samples = _read(sound, opened.pop_all(), mixed=not multichannel)
    return samples, {**options, "channels": channels} if channels > 1 else options


def _read(sound: Any, opened: ExitStack, *, mixed: bool) -> Iterator[bytes]:
    """Linear16, interleaved."""
    with opened:
        for frames in sound.pieces():
            heard = frames.mean(axis=0) if mixed else frames.T
            yield (heard.clip(-1, 1) * 32767).astype("<i2").tobytes()
