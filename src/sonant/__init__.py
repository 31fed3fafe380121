"""Speech for Python: a client and a local engine that speak the Deepgram API.

    from sonant import DeepgramClient

    with DeepgramClient.local() as client:
        reply = client.listen.prerecorded.transcribe_file("talk.mp3", punctuate=True)
        print(reply.transcript)

Importing this imports nothing else; each name below is fetched when it is first used.
"""

from sonant.version import __version__ as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sonant.client import AsyncDeepgramClient as AsyncDeepgramClient
    from sonant.client import DeepgramClient as DeepgramClient
    from sonant.client import create_client as create_client
    from sonant.client.callback import CallbackUrl as CallbackUrl
    from sonant.client.errors import ApiError as ApiError
    from sonant.client.errors import BadOptionValue as BadOptionValue
    from sonant.client.errors import BadRequest as BadRequest
    from sonant.client.errors import BufferFull as BufferFull
    from sonant.client.errors import ConfigError as ConfigError
    from sonant.client.errors import ConnectFailed as ConnectFailed
    from sonant.client.errors import ConnectionLost as ConnectionLost
    from sonant.client.errors import DecodeError as DecodeError
    from sonant.client.errors import DeepgramVersionError as DeepgramVersionError
    from sonant.client.errors import DeviceError as DeviceError
    from sonant.client.errors import EngineError as EngineError
    from sonant.client.errors import Forbidden as Forbidden
    from sonant.client.errors import NotFound as NotFound
    from sonant.client.errors import PaymentRequired as PaymentRequired
    from sonant.client.errors import RateLimited as RateLimited
    from sonant.client.errors import ServerFault as ServerFault
    from sonant.client.errors import SonantError as SonantError
    from sonant.client.errors import SourceError as SourceError
    from sonant.client.errors import StreamError as StreamError
    from sonant.client.errors import StreamLost as StreamLost
    from sonant.client.errors import TimedOut as TimedOut
    from sonant.client.errors import TooLarge as TooLarge
    from sonant.client.errors import TransportError as TransportError
    from sonant.client.errors import Unauthorized as Unauthorized
    from sonant.client.errors import UnknownOption as UnknownOption
    from sonant.client.events import AudioLost as AudioLost
    from sonant.client.events import Closed as Closed
    from sonant.client.events import LiveTranscriptionEvents as LiveTranscriptionEvents
    from sonant.client.events import Opened as Opened
    from sonant.client.events import Reconnected as Reconnected
    from sonant.client.events import Reconnecting as Reconnecting
    from sonant.client.speechevents import Audio as Audio
    from sonant.client.speechevents import LiveTTSEvents as LiveTTSEvents
    from sonant.client.speechevents import TextLost as TextLost
    from sonant.client.speechevents import TextReplayed as TextReplayed
    from sonant.client.utterances import HeardUtterance as HeardUtterance
    from sonant.client.wording import pause as pause
    from sonant.client.wording import pronounce as pronounce
    from sonant.contract.codec import Unknown as Unknown
    from sonant.contract.listen import Accepted as Accepted
    from sonant.contract.listen import LiveMetadata as LiveMetadata
    from sonant.contract.listen import LiveResults as LiveResults
    from sonant.contract.listen import SpeechStarted as SpeechStarted
    from sonant.contract.listen import TranscribeOptions as TranscribeOptions
    from sonant.contract.listen import Transcript as Transcript
    from sonant.contract.listen import TurnInfo as TurnInfo
    from sonant.contract.listen import UrlSource as UrlSource
    from sonant.contract.listen import UtteranceEnd as UtteranceEnd
    from sonant.contract.listen import Word as Word
    from sonant.contract.models import Model as Model
    from sonant.contract.models import ModelList as ModelList
    from sonant.contract.speak import Pause as Pause
    from sonant.contract.speak import Pronunciation as Pronunciation
    from sonant.contract.speak import SpeakCleared as SpeakCleared
    from sonant.contract.speak import SpeakConnected as SpeakConnected
    from sonant.contract.speak import SpeakFlushed as SpeakFlushed
    from sonant.contract.speak import SpeakMetadata as SpeakMetadata
    from sonant.contract.speak import SpeakOptions as SpeakOptions
    from sonant.contract.speak import SpeakWarning as SpeakWarning
    from sonant.contract.speak import SpeechBegan as SpeechBegan
    from sonant.contract.speak import SpeechInterrupted as SpeechInterrupted
    from sonant.contract.speak import SpeechMetadata as SpeechMetadata

_HOMES = {
    "sonant.client": ("AsyncDeepgramClient", "DeepgramClient", "create_client"),
    "sonant.client.errors": (
        "ApiError",
        "BadOptionValue",
        "BadRequest",
        "BufferFull",
        "ConfigError",
        "ConnectFailed",
        "ConnectionLost",
        "DecodeError",
        "DeepgramVersionError",
        "DeviceError",
        "EngineError",
        "Forbidden",
        "NotFound",
        "PaymentRequired",
        "RateLimited",
        "ServerFault",
        "SonantError",
        "SourceError",
        "StreamError",
        "StreamLost",
        "TimedOut",
        "TooLarge",
        "TransportError",
        "Unauthorized",
        "UnknownOption",
    ),
    "sonant.client.events": ("AudioLost", "Closed", "LiveTranscriptionEvents", "Opened", "Reconnected", "Reconnecting"),
    "sonant.client.callback": ("CallbackUrl",),
    "sonant.client.utterances": ("HeardUtterance",),
    "sonant.contract.codec": ("Unknown",),
    "sonant.contract.listen": (
        "Accepted",
        "LiveMetadata",
        "LiveResults",
        "SpeechStarted",
        "TranscribeOptions",
        "Transcript",
        "TurnInfo",
        "UrlSource",
        "UtteranceEnd",
        "Word",
    ),
    "sonant.client.speechevents": ("Audio", "LiveTTSEvents", "TextLost", "TextReplayed"),
    "sonant.client.wording": ("pause", "pronounce"),
    "sonant.contract.speak": (
        "Pause",
        "Pronunciation",
        "SpeakCleared",
        "SpeakConnected",
        "SpeakFlushed",
        "SpeakMetadata",
        "SpeakOptions",
        "SpeakWarning",
        "SpeechBegan",
        "SpeechInterrupted",
        "SpeechMetadata",
    ),
    "sonant.contract.models": ("Model", "ModelList"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name == "__all__":  # asked for by `from sonant import *`; type checkers have the imports above
        return ["__version__", *_HOME]
    if name not in _HOME:
        raise AttributeError(f"module 'sonant' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
