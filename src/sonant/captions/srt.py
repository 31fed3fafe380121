"""SubRip captions."""

from collections.abc import Iterator

from sonant.captions.cues import Cue, Profile, Source, Speaker, captions, timestamp


def srt(source: Source, line_length: int | None = None, *, profile: Profile = "classic") -> str:
    """SubRip text: numbered cues of `line_length` words at most, 8 unless given.

    Where speakers are told apart, `[speaker 0]` stands above a cue whose speaker differs from the one before. With
    `profile="readable"` cues are made to be read instead, and the label begins the text, so that there are two lines.

    Raises:
        CaptionError: nothing was said, or a word lacks its text or times.
        ValueError: `line_length` is less than one, or given to `readable`; or there is no such profile.
        TypeError: the source is neither a transcript nor a converter.
    """
    above = profile == "classic"
    return "\n".join(_srt_lines(captions(source, line_length, profile, labels=True).cues, labels_above=above))


def _srt_lines(cues: list[Cue], *, labels_above: bool) -> Iterator[str]:
    current: Speaker = None
    for number, cue in enumerate(cues, start=1):
        yield str(number)
        yield f"{timestamp(cue.start, ',')} --> {timestamp(cue.end, ',')}"
        if labels_above and cue.speaker != current:
            current = cue.speaker
            yield f"[speaker {current}]"
        yield cue.text
        yield ""
