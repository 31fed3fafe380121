"""Figures of a live session."""

from __future__ import annotations


class Stats:
    """Figures of a session so far.

    Attributes:
        first_interim: seconds from the first audio sent to the first text; None until then.
        end_of_speech_to_final: seconds from sending the last audio of a final to its arrival; the last 200 of them.
        reconnects: connections after the first.
        replayed_seconds: audio that was sent again.
        lost_seconds: audio that was given up.
        keepalives: KeepAlive messages sent.
        discarded_interims: interims that nobody fetched in time.
        first_audio: of a voice: seconds from the first text sent to the first audio; None until then.
        first_sound: the same to the first audio that is no silence.
    """

    _MOST = 200

    __slots__ = (
        "discarded_interims",
        "end_of_speech_to_final",
        "first_audio",
        "first_interim",
        "first_sound",
        "keepalives",
        "lost_seconds",
        "reconnects",
        "replayed_seconds",
    )

    def __init__(self) -> None:
        self.first_interim: float | None = None
        self.first_audio: float | None = None
        self.first_sound: float | None = None
        self.end_of_speech_to_final: list[float] = []
        self.reconnects = self.keepalives = self.discarded_interims = 0
        self.replayed_seconds = self.lost_seconds = 0.0

    def __repr__(self) -> str:
        return f"Stats({', '.join(f'{name}={_brief(getattr(self, name))}' for name in self.__slots__)})"

    def note_final(self, seconds: float) -> None:
        """A final came so long after its last audio was sent."""
        latest = self.end_of_speech_to_final
        latest.append(seconds)
        if len(latest) > self._MOST:
            del latest[0]

    def note_audio(self, seconds: float, *, is_voiced: bool) -> None:
        """Audio, silence or not, came so long after the first text was sent."""
        if self.first_audio is None:
            self.first_audio = seconds
        if self.first_sound is None and is_voiced:
            self.first_sound = seconds


def _brief(figure: object) -> str:
    if isinstance(figure, list):
        return f"[{len(figure)}]"  # pyright: ignore[reportUnknownArgumentType]
    return f"{figure:.3f}" if isinstance(figure, float) else str(figure)
