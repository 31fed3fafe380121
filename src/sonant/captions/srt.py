"""SubRip captions."""

from collections.abc import Iterator

from sonant.captions.cues import Cue, Source, Speaker, captions, timestamp


def srt(source: Source, line_length: int | None = None) -> str:
    """SubRip text: numbered cues of `line_length` words at most, 8 unless given.

    Where speakers are told apart, `[speaker 0]` stands above a cue whose speaker differs from the one before.

    Raises:
        CaptionError: nothing was said, or a word lacks its text or times.
        ValueError: `line_length` is less than one.
        TypeError: the source is neither a transcript nor a converter.
    """
    return "\n".join(_srt_lines(captions(source, line_length).cues))


def _srt_lines(cues: list[Cue]) -> Iterator[str]:
    current: Speaker = None
    for number, cue in enumerate(cues, start=1):
        yield str(number)
        yield f"{timestamp(cue.start, ',')} --> {timestamp(cue.end, ',')}"
        if cue.speaker != current:
            current = cue.speaker
            yield f"[speaker {current}]"
        yield cue.text
        yield ""
