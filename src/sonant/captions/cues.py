"""Words become cues: a few words each, and the time at which they are shown. Every caption format does so."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec
from msgspec import Struct

from sonant.captions.readable import Block, Timed, cut_long, divide, show
from sonant.contract.codec import decode_reply, encode
from sonant.contract.listen import Metadata, Transcript
from sonant.contract.wire import Part

Speaker = int | str | None

LINE_LENGTH = 8
"""Words in a cue, at most, unless the caller says otherwise."""

UNCUT = 1_000_000
"""Words in a line, where only utterances and speakers part them."""

PROVIDER = "Transcription provided by Deepgram"
"""What the official library notes, whoever made the transcript."""

Profile = Literal["classic", "readable"]
"""`classic`: the bytes that the official library prints. `readable`: short lines, shown long enough."""


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
    rushed: bool = False
    """Whether it is shown for less time than it takes to read; only with the profile `readable`."""


class Captions(Struct, frozen=True):
    """The cues of a transcript, and the lines of its note."""

    cues: list[Cue]
    headers: list[str]


def captions(
    source: Source, line_length: int | None = None, profile: Profile = "classic", *, labels: bool = False
) -> Captions:
    """The cues of a source: of `line_length` words at most, or `readable`, then with room for `labels` in the text.

    Raises:
        CaptionError: nothing was said, or a word lacks its text or times.
        ValueError: `line_length` is less than one, or given to `readable`; or there is no such profile.
        TypeError: the source is neither a transcript nor a converter.
    """
    if profile == "readable":
        if line_length is not None:
            raise ValueError("line_length counts words; the profile readable counts characters")
        lines, headers = _read(source, UNCUT)
        return Captions(_readable(lines, labels=labels), [line for line in headers if line != PROVIDER])
    if profile != "classic":
        raise ValueError(f"no profile {profile!r}; there are classic and readable")
    length = LINE_LENGTH if line_length is None else line_length
    if length < 1:
        raise ValueError(f"line_length counts the words of a cue and must be 1 or more, not {length}")
    lines, headers = _read(source, length)
    labelled = _are_labelled(lines)
    return Captions([_cue(line, labelled=labelled) for line in lines], headers)


def timestamp(seconds: float, point: str) -> str:
    """`HH:MM:SS` and milliseconds after `point`, rounded; hours go on past 24."""
    rest, milli = divmod(_ms(seconds), 1000)
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
    if not words or words[0].speaker is None:
        yield words
        return
    for _, group in groupby(words, key=lambda word: word.speaker or 0):
        yield list(group)


def _read(source: Source, length: int) -> tuple[list[Line], list[str]]:
    """The lines of a source that have words, and the lines of its note."""
    if isinstance(source, Converter):
        lines, headers = source.get_lines(length), _headers_of(source)
    else:
        transcript = _transcript(source)
        lines, headers = _lines(transcript, length), _note(transcript.metadata)
    spoken = [line for line in map(_spoken, lines) if line]
    if not spoken:
        raise CaptionError("No transcript data found: there is text, but no words with times.")
    return spoken, headers


def _are_labelled(lines: list[Line]) -> bool:
    return lines[0][0].speaker is not None


def _spoken(line: Iterable[Any]) -> Line:
    try:
        return msgspec.convert(list(line), list[Spoken], from_attributes=True)
    except msgspec.ValidationError as error:
        raise CaptionError(f"A word cannot be captioned: {error}.") from None


def _cue(line: Line, *, labelled: bool) -> Cue:
    speaker = (line[0].speaker or 0) if labelled else None
    return Cue(line[0].start, line[-1].end, " ".join(word.text for word in line), speaker)


def _readable(lines: list[Line], *, labels: bool) -> list[Cue]:
    labelled, before = _are_labelled(lines), None
    found: list[tuple[Block, Speaker]] = []
    for line in _in_order(lines):
        for speaker, words in groupby(line, key=lambda word: (word.speaker or 0) if labelled else None):
            pieces = [piece for word in words for piece in cut_long(word.text, _ms(word.start), _ms(word.end))]
            if labels and speaker != before and pieces:
                pieces[:0] = cut_long(f"[speaker {speaker}]", pieces[0].start, pieces[0].start)
            before = speaker if pieces else before
            found += [(block, speaker) for block in divide(pieces)]
    if not found:
        raise CaptionError("No transcript data found: its words are empty.")
    shown = show([block for block, _ in found])
    return [_shown(timed, speaker) for timed, (_, speaker) in zip(shown, found, strict=True)]


def _in_order(lines: list[Line]) -> list[Line]:
    """Lines by the time they begin: those of two channels may come one channel after another."""
    return sorted(lines, key=lambda line: line[0].start)


def _shown(timed: Timed, speaker: Speaker) -> Cue:
    return Cue(timed.start / 1000, timed.end / 1000, "\n".join(timed.lines), speaker, timed.rushed)


def _ms(seconds: float) -> int:
    return max(0, round(round(seconds, 3) * 1000))


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
    return ["NOTE", PROVIDER, *noted]
