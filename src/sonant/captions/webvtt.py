"""WebVTT captions, which web players show."""

from collections.abc import Iterator

from sonant.captions.cues import Captions, Source, captions, timestamp


def webvtt(source: Source, line_length: int | None = None) -> str:
    """WebVTT text: a note about the request, then cues of `line_length` words at most (8 unless given).

    Where speakers are told apart, each cue begins with a voice tag, `<v Speaker 0>`.

    Raises:
        CaptionError: nothing was said, or a word lacks its text or times.
        ValueError: `line_length` is less than one.
        TypeError: the source is neither a transcript nor a converter.
    """
    return "\n".join(_webvtt_lines(captions(source, line_length)))


def _webvtt_lines(read: Captions) -> Iterator[str]:
    yield from ("WEBVTT", "")
    if read.headers:
        yield from (*read.headers, "")
    for cue in read.cues:
        voice = "" if cue.speaker is None else f"<v Speaker {cue.speaker}>"
        yield f"{timestamp(cue.start, '.')} --> {timestamp(cue.end, '.')}"
        yield f"{voice}{cue.text}"
        yield ""
