"""WebVTT captions, which web players show."""

from collections.abc import Iterator

from sonant.captions.cues import Captions, Profile, Source, captions, timestamp


def webvtt(source: Source, line_length: int | None = None, *, profile: Profile = "classic") -> str:
    """WebVTT text: a note about the request, then cues of `line_length` words at most (8 unless given).

    Where speakers are told apart, each cue begins with a voice tag, `<v Speaker 0>`. With `profile="readable"` cues are
    made to be read instead, and the note does not name who provided the transcript.

    Raises:
        CaptionError: nothing was said, or a word lacks its text or times.
        ValueError: `line_length` is less than one, or given to `readable`; or there is no such profile.
        TypeError: the source is neither a transcript nor a converter.
    """
    return "\n".join(_webvtt_lines(captions(source, line_length, profile)))


def _webvtt_lines(read: Captions) -> Iterator[str]:
    yield from ("WEBVTT", "")
    if read.headers:
        yield from (*read.headers, "")
    for cue in read.cues:
        voice = "" if cue.speaker is None else f"<v Speaker {_escaped(str(cue.speaker))}>"
        yield f"{timestamp(cue.start, '.')} --> {timestamp(cue.end, '.')}"
        yield f"{voice}{_escaped(cue.text)}"
        yield ""


def _escaped(text: str) -> str:
    """Text that no player takes for a tag or an arrow. A bare `&` is shown as it is, so it stays."""
    return text.replace("<", "&lt;").replace(">", "&gt;")
