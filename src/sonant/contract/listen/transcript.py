"""What `POST /v1/listen` answers. Times are seconds from the start of the recording; scores lie in 0..1."""

from collections.abc import Iterator
from typing import Any, cast

import msgspec
from msgspec import field
from msgspec.structs import force_setattr

from sonant.contract.wire import Leaf, Part, Reply


class Word(Leaf, frozen=True):
    """One word of a transcript."""

    word: str
    """Lower case, without punctuation."""
    start: float
    end: float
    confidence: float
    speaker: int | None = None
    """With diarization: numbered from 0 by first appearance."""
    speaker_confidence: float | None = None
    punctuated_word: str | None = None
    """As a reader wants it, with `punctuate` or `smart_format`."""
    language: str | None = None
    """With `language=multi`."""
    sentiment: str | None = None
    sentiment_score: float | None = None

    @property
    def text(self) -> str:
        """The word as a reader wants it."""
        return str(self.punctuated_word or self.word)


class Sentence(Leaf, frozen=True):
    """A sentence of a paragraph."""

    text: str
    start: float
    end: float


class Paragraph(Part, frozen=True):
    """A paragraph: sentences that belong together, of one speaker."""

    sentences: list[Sentence]
    speaker: int | None = None
    num_words: int = field(default_factory=lambda: 0)
    start: float = field(default_factory=lambda: 0.0)
    end: float = field(default_factory=lambda: 0.0)


class Paragraphs(Part, frozen=True):
    """The paragraphs of an alternative, and the same as one text."""

    transcript: str
    paragraphs: list[Paragraph]


class Entity(Leaf, frozen=True):
    """A name, date, sum or the like in the transcript."""

    label: str
    value: str
    confidence: float
    start_word: float
    """First word, inclusive."""
    end_word: float
    """Last word, exclusive."""
    raw_value: str | None = None
    """As spoken, where a formatter rewrote it."""


class Hit(Leaf, frozen=True):
    """A place that sounds like a search term."""

    confidence: float
    start: float
    end: float
    snippet: str


class Search(Part, frozen=True):
    """The places found for one search term."""

    query: str
    hits: list[Hit]


class SegmentSummary(Leaf, frozen=True):
    """A summary of a span of words, in the service's older form."""

    summary: str
    start_word: float
    end_word: float


class TopicScore(Leaf, frozen=True):
    """A topic, and how sure the model is of it."""

    topic: str
    confidence_score: float = field(default_factory=lambda: 0.0)


class TopicSegment(Part, frozen=True):
    """A span of text with its topics."""

    text: str
    start_word: float
    end_word: float
    topics: list[TopicScore]


class IntentScore(Leaf, frozen=True):
    """An intent, and how sure the model is of it."""

    intent: str
    confidence_score: float = field(default_factory=lambda: 0.0)


class IntentSegment(Part, frozen=True):
    """A span of text with its intents."""

    text: str
    start_word: float
    end_word: float
    intents: list[IntentScore]


class Topics(Part, frozen=True):
    """Topics by segment. The published description nests them in `results`; both forms are read."""

    segments: list[TopicSegment] = field(default_factory=lambda: [])
    results: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        _lift(self, "topics", list[TopicSegment])


class Intents(Part, frozen=True):
    """Intents by segment. The published description nests them in `results`; both forms are read."""

    segments: list[IntentSegment] = field(default_factory=lambda: [])
    results: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        _lift(self, "intents", list[IntentSegment])


def _lift(part: Topics | Intents, name: str, kind: Any) -> None:
    """Bring nested segments up to where the service really sends them."""
    nested: Any = (part.results or {}).get(name)
    if not part.segments and isinstance(nested, dict):
        try:
            force_setattr(part, "segments", msgspec.convert(cast("dict[str, Any]", nested).get("segments"), kind))
        except msgspec.ValidationError:
            return  # `results` still holds them as they came


class Sentiment(Leaf, frozen=True):
    """A mood, and its score: -1 negative .. 1 positive."""

    sentiment: str
    sentiment_score: float


class SentimentSegment(Leaf, frozen=True):
    """A span of text with its mood."""

    text: str
    start_word: float
    end_word: float
    sentiment: str
    sentiment_score: float


class Sentiments(Part, frozen=True):
    """Moods by segment, and over all."""

    segments: list[SentimentSegment]
    average: Sentiment | None = None


class Alternative(Part, frozen=True):
    """One reading of a channel."""

    transcript: str
    confidence: float
    """The median of its words' confidences."""
    words: list[Word]
    paragraphs: Paragraphs | None = None
    entities: list[Entity] | None = None
    languages: list[str] | None = None
    """With `language=multi`: by number of words, most first."""
    languages_hinted: list[str] | None = None
    summaries: list[SegmentSummary] | None = None
    topics: list[TopicSegment] | None = None
    translations: list[Any] | None = None


class Channel(Part, frozen=True):
    """What was said on one channel; the first alternative is the best."""

    alternatives: list[Alternative]
    search: list[Search] | None = None
    detected_language: str | None = None
    language_confidence: float | None = None


class Utterance(Part, frozen=True):
    """Words between two pauses, of one speaker on one channel."""

    start: float
    end: float
    confidence: float
    """The mean of its words' confidences."""
    channel: int
    transcript: str
    words: list[Word]
    speaker: int | None = None
    id: str = field(default_factory=lambda: "")
    languages: list[str] | None = None


class Summary(Leaf, frozen=True):
    """A summary of the recording; `result` says `success` or `failure`."""

    result: str | None = None
    short: str | None = None


class TokenUse(Leaf, frozen=True):
    """Which language model worked, and how much."""

    model_uuid: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


class DiarizeInfo(Leaf, frozen=True):
    """Which diarizer worked."""

    model_uuid: str | None = None
    arch: str | None = None


class ModelInfo(Leaf, frozen=True):
    """Which model worked."""

    name: str
    version: str
    arch: str


class ParameterWarning(Leaf, frozen=True):
    """A parameter that could not be followed, and why."""

    parameter: str
    type: str
    message: str


class Metadata(Part, frozen=True):
    """Facts about a request and its recording."""

    request_id: str
    sha256: str
    """SHA-256 of the media as submitted, in hex."""
    created: str
    """RFC 3339, UTC."""
    duration: float
    channels: int
    models: list[str]
    model_info: dict[str, ModelInfo]
    transaction_key: str = field(default_factory=lambda: "deprecated")
    summary_info: TokenUse | None = None
    sentiment_info: TokenUse | None = None
    topics_info: TokenUse | None = None
    intents_info: TokenUse | None = None
    diarize_info: DiarizeInfo | None = None
    warnings: list[ParameterWarning] | None = None
    extra: dict[str, Any] | None = None
    tags: list[str] | None = None


class Results(Part, frozen=True):
    """What was said, by channel, and what was made of it."""

    channels: list[Channel]
    utterances: list[Utterance] | None = None
    summary: Summary | None = None
    topics: Topics | None = None
    intents: Intents | None = None
    sentiments: Sentiments | None = None


class Turn(Leaf, frozen=True):
    """One speaker's floor: consecutive words of one speaker on one channel."""

    speaker: int | None
    channel: int
    start: float
    end: float
    text: str


class Transcript(Reply, frozen=True):
    """The answer to a recording."""

    metadata: Metadata
    results: Results

    @property
    def transcript(self) -> str:
        """All that was said: the best alternative of each channel, a line for each channel that spoke."""
        return "\n".join(best.transcript for _, best in self._best() if best.transcript)

    @property
    def words(self) -> list[Word]:
        """The words of the best alternative of each channel, channels one after another."""
        return [word for _, best in self._best() for word in best.words]

    @property
    def confidence(self) -> float:
        """Of the first channel's best alternative; 0.0 where nothing was said."""
        return next((best.confidence for _, best in self._best()), 0.0)

    @property
    def request_id(self) -> str | None:
        """The id to give to whoever runs the service."""
        return super().request_id or self.metadata.request_id

    def turns(self) -> list[Turn]:
        """Who said what, in order of time: a turn ends where the speaker or the channel changes.

        Words without a speaker make one turn for each channel; ask for `diarize` or `multichannel` to part them.
        """
        spoken = [(word.start, channel, word) for channel, best in self._best() for word in best.words]
        spoken.sort(key=lambda item: _seconds(item[0]))
        return list(_turns(spoken))

    def _best(self) -> Iterator[tuple[int, Alternative]]:
        for index, channel in enumerate(self.results.channels):
            if channel.alternatives:
                yield index, channel.alternatives[0]


def _seconds(time: object) -> float:
    """A time to sort by, whatever a tolerant decoding left in its place."""
    return time if isinstance(time, (int, float)) else 0.0


def _turns(spoken: list[tuple[float, int, Word]]) -> Iterator[Turn]:
    from itertools import groupby

    for (channel, speaker), group in groupby(spoken, key=lambda item: (item[1], item[2].speaker)):
        words = [word for _, _, word in group]
        text = " ".join(word.text for word in words)
        yield Turn(speaker, channel, words[0].start, words[-1].end, text)


class Accepted(Reply, frozen=True):
    """The answer to a request with a callback: the work goes on, the result is sent to the callback."""

    request_id: str  # pyright: ignore[reportIncompatibleMethodOverride]  # here the id is the body itself
