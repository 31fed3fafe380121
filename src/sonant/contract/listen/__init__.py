"""Speech to text: options, bodies, messages, operations and sockets of `/v1/listen` and `/v2/listen`."""

from sonant.contract.listen.live import (
    CloseStream,
    Configure,
    ConfigureFailure,
    ConfigureSuccess,
    Features,
    Finalize,
    KeepAlive,
    LiveControl,
    LiveError,
    LiveInfo,
    LiveMessage,
    LiveMetadata,
    LiveResults,
    SpeechStarted,
    UtteranceEnd,
)
from sonant.contract.listen.options import CommonOptions, LiveOptions, TranscribeOptions, TurnOptions
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
from sonant.contract.listen.turns import (
    Connected,
    ForceEndTurn,
    Thresholds,
    TurnConfigure,
    TurnConfigured,
    TurnConfigureFailure,
    TurnControl,
    TurnError,
    TurnInfo,
    TurnMessage,
    TurnWarning,
    TurnWord,
)
from sonant.contract.wire import Event, Operation, Part, Socket


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

LISTEN_LIVE: Socket[LiveOptions] = Socket(
    name="listen_live", path="/v1/listen", query=LiveOptions, says=LiveControl, hears=LiveMessage
)
"""Speech becomes words while it is spoken."""

LISTEN_TURNS: Socket[TurnOptions] = Socket(
    name="listen_turns",
    path="/v2/listen",
    query=TurnOptions,
    says=TurnControl,
    hears=TurnMessage,
    strict_query=True,
)
"""A conversation becomes turns while it is spoken."""

__all__ = [
    "LISTEN_LIVE",
    "LISTEN_TURNS",
    "TRANSCRIBE",
    "TRANSCRIBE_CALLBACK",
    "Accepted",
    "Alternative",
    "Channel",
    "CloseStream",
    "CommonOptions",
    "Configure",
    "ConfigureFailure",
    "ConfigureSuccess",
    "Connected",
    "DiarizeInfo",
    "Entity",
    "Event",
    "Features",
    "Finalize",
    "ForceEndTurn",
    "Hit",
    "IntentScore",
    "IntentSegment",
    "Intents",
    "KeepAlive",
    "LiveControl",
    "LiveError",
    "LiveInfo",
    "LiveMessage",
    "LiveMetadata",
    "LiveOptions",
    "LiveResults",
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
    "SpeechStarted",
    "Summary",
    "Thresholds",
    "TokenUse",
    "TopicScore",
    "TopicSegment",
    "Topics",
    "TranscribeOptions",
    "Transcript",
    "Turn",
    "TurnConfigure",
    "TurnConfigureFailure",
    "TurnConfigured",
    "TurnControl",
    "TurnError",
    "TurnInfo",
    "TurnMessage",
    "TurnOptions",
    "TurnWarning",
    "TurnWord",
    "UrlSource",
    "Utterance",
    "UtteranceEnd",
    "Word",
]
