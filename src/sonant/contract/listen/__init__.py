"""Speech to text: options, bodies and operations of `/v1/listen`."""

from sonant.contract.listen.options import CommonOptions, TranscribeOptions
from sonant.contract.listen.transcript import (
    Accepted,
    Alternative,
    Channel,
    DiarizeInfo,
    Entity,
    Hit,
    Intents,
    IntentScore,
    IntentSegment,
    Metadata,
    ModelInfo,
    Paragraph,
    Paragraphs,
    ParameterWarning,
    Results,
    Search,
    Sentence,
    Sentiment,
    Sentiments,
    SentimentSegment,
    Summary,
    TokenUse,
    Topics,
    TopicScore,
    TopicSegment,
    Transcript,
    Turn,
    Utterance,
    Word,
)
from sonant.contract.wire import Operation, Part


class UrlSource(Part, frozen=True):
    """A recording that the server fetches itself."""

    url: str


TRANSCRIBE: Operation[TranscribeOptions, Transcript] = Operation(
    name="transcribe",
    method="POST",
    path="/v1/listen",
    query=TranscribeOptions,
    returns=Transcript,
    json=UrlSource,
    media=True,
)
"""A recording becomes a transcript."""

TRANSCRIBE_CALLBACK: Operation[TranscribeOptions, Accepted] = Operation(
    name="transcribe_callback",
    method="POST",
    path="/v1/listen",
    query=TranscribeOptions,
    returns=Accepted,
    json=UrlSource,
    media=True,
)
"""The same with `callback`: accepted at once, the transcript is sent to a URL later."""

__all__ = [
    "TRANSCRIBE",
    "TRANSCRIBE_CALLBACK",
    "Accepted",
    "Alternative",
    "Channel",
    "CommonOptions",
    "DiarizeInfo",
    "Entity",
    "Hit",
    "IntentScore",
    "IntentSegment",
    "Intents",
    "Metadata",
    "ModelInfo",
    "Paragraph",
    "Paragraphs",
    "ParameterWarning",
    "Results",
    "Search",
    "Sentence",
    "Sentiment",
    "SentimentSegment",
    "Sentiments",
    "Summary",
    "TokenUse",
    "TopicScore",
    "TopicSegment",
    "Topics",
    "TranscribeOptions",
    "Transcript",
    "Turn",
    "UrlSource",
    "Utterance",
    "Word",
]
