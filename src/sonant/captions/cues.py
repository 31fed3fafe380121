"""Words become cues: a few words each, and the time at which they are shown. Every caption format does so."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec
from msgspec import Struct

from sonant.contract.codec import decode_reply, encode
from sonant.contract.listen import Metadata, Transcript
from sonant.contract.wire import Part

Speaker = int | str | None

LINE_LENGTH = 8
"""Words in a cue, at most, unless the caller says otherwise."""


class CaptionError(ValueError):
    """There is nothing to caption, or it is no transcript."""


@runtime_checkable
class Converter(Protocol):
    """Anything that gives words by line.

    If it has `get_headers() -> list[str]` too, WebVTT notes what that says.
    """

    def get_lines(self, line_length: int) -> Iterable[Iterable[Any]]:
        """Lines of words; a word has `word`, `start`, `end` and may have `punctuated_word`, `speaker`."""
        ...


Source = Transcript | Mapping[str, Any] | bytes | str | Converter
"""A transcript, its JSON decoded or not, or a converter of one's own."""


class Spoken(Part, frozen=True):
    """What a caption needs of a word."""

    word: str
    start: float
    end: float
    punctuated_word: str | None = None
    speaker: int | str | None = None

    @property
    def text(self) -> str:
        """The word as shown: on one line, since a line break would end the cue."""
        return " ".join((self.punctuated_word or self.word).split())


Line = Sequence[Spoken]


class Cue(Struct, frozen=True):
    """Words shown together. Times are seconds; every `speaker` is None where speakers are not told apart."""

    start: float
    end: float
    text: str
    speaker: Speaker


class Captions(Struct, frozen=True):
    """The cues of a transcript, and the lines of its note."""

    cues: list[Cue]
    headers: list[str]


def captions(source: Source, line_length: int | None = None) -> Captions:
    """The cues of a source, of `line_length` words at most.

    Raises:
        CaptionError: nothing was said, or a word lacks its text or times.
        ValueError: `line_length` is less than one.
        TypeError: the source is neither a transcript nor a converter.
    """
    length = LINE_LENGTH if line_length is None else line_length
    if length < 1:
        raise ValueError(f"line_length counts the words of a cue and must be 1 or more, not {length}")
    if isinstance(source, Converter):
        return Captions(_cues(source.get_lines(length)), _headers_of(source))
    transcript = _transcript(source)
    return Captions(_cues(_lines(transcript, length)), _note(transcript.metadata))


def timestamp(seconds: float, point: str) -> str:
    """`HH:MM:SS` and milliseconds after `point`, rounded; hours go on past 24."""
    milliseconds = max(0, round(round(seconds, 3) * 1000))
    rest, milli = divmod(milliseconds, 1000)
    rest, second = divmod(rest, 60)
    hour, minute = divmod(rest, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{milli:03}"


def _transcript(source: Any) -> Transcript:
    if isinstance(source, Transcript):
        return source
    if not isinstance(source, (Mapping, bytes, str)):
        kind = type(source).__name__
        raise TypeError(f"captions want a transcript, its JSON, or an object with get_lines(), not {kind}")
    raw = encode(source) if isinstance(source, Mapping) else source
    try:
        return decode_reply(raw.encode() if isinstance(raw, str) else raw, Transcript)
    except msgspec.DecodeError as error:
        raise CaptionError(f"This is not the JSON of a transcript: {error}.") from None


def _lines(transcript: Transcript, length: int) -> Iterator[Sequence[Any]]:
    """Utterances where there are any, else the words of the first channel; cut to length."""
    if not _says_something(transcript):
        raise CaptionError("No valid transcriptions found in response: nothing was said.")
    results = transcript.results
    if results.utterances:
        groups: Iterable[Sequence[Any]] = (utterance.words for utterance in results.utterances)
    else:
        groups = _by_speaker(results.channels[0].alternatives[0].words if results.channels else [])
    for words in groups:
        yield from (words[at : at + length] for at in range(0, len(words), length))


def _says_something(transcript: Transcript) -> bool:
    results = transcript.results
    best = (channel.alternatives[0].transcript for channel in results.channels if channel.alternatives)
    return any(best) or any(utterance.transcript for utterance in results.utterances or [])


def _by_speaker(words: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut at every change of speaker, if the first word has one; a word without counts as speaker 0 then."""
    from itertools import groupby

    if not words or words[0].speaker is None:
        yield words
        return
    for _, group in groupby(words, key=lambda word: word.speaker or 0):
        yield list(group)


def _cues(lines: Iterable[Iterable[Any]]) -> list[Cue]:
    spoken = [line for line in map(_spoken, lines) if line]
    if not spoken:
        raise CaptionError("No transcript data found: there is text, but no words with times.")
    labelled = spoken[0][0].speaker is not None
    return [_cue(line, labelled=labelled) for line in spoken]


def _spoken(line: Iterable[Any]) -> Line:
    try:
        return msgspec.convert(list(line), list[Spoken], from_attributes=True)
    except msgspec.ValidationError as error:
        raise CaptionError(f"A word cannot be captioned: {error}.") from None


def _cue(line: Line, *, labelled: bool) -> Cue:
    speaker = (line[0].speaker or 0) if labelled else None
    return Cue(line[0].start, line[-1].end, " ".join(word.text for word in line), speaker)


def _headers_of(converter: Any) -> list[str]:
    get_headers: Callable[[], Iterable[str]] | None = getattr(converter, "get_headers", None)
    return list(get_headers()) if get_headers else []


def _note(metadata: Metadata) -> list[str]:
    facts = {
        "Request Id": metadata.request_id,
        "Created": metadata.created,
        "Duration": metadata.duration,
        "Channels": metadata.channels,
    }
    noted = [f"{name}: {fact}" for name, fact in facts.items() if fact]
    return ["NOTE", "Transcription provided by Deepgram", *noted]
