"""What may be asked of `/v1/listen` and `/v2/listen`. Left out means not sent; the defaults belong to the server."""

from typing import Annotated, Literal, Required, TypedDict

from msgspec import Meta

from sonant.contract.audio import Encoding

Seconds = Annotated[float, Meta(ge=0, le=86400)]
Positive = Annotated[int, Meta(gt=0)]
Terms = str | Annotated[list[str], Meta(max_length=100)]
Tag = Annotated[str, Meta(max_length=128)]
CustomMode = Literal["extended", "strict"]


class CommonOptions(TypedDict, total=False):
    """Options that recordings and live streams share."""

    model: str
    """Name or id of the model: `nova-3`, `nova-2-phonecall`, `whisper-large`, `base`, or a custom id."""
    version: str
    """Version of the model; `latest` unless given."""
    tier: str
    """The service's legacy choice of quality, from before models had names."""
    language: str
    """BCP-47 code of the language spoken, `en` unless given; `multi` where the speech changes languages."""
    language_hint: Terms
    """BCP-47 codes that lean a `multi` model towards some languages."""
    punctuate: bool
    """Write punctuation and capitals."""
    smart_format: bool
    """Write numbers, dates, sums, addresses the way a reader expects; implies punctuation and paragraphs."""
    numerals: bool
    """Write numbers as digits: `nine hundred` becomes `900`."""
    dictation: bool
    """Turn spoken commands such as `comma` and `new line` into what they name; needs `punctuate`."""
    profanity_filter: bool
    """Mask profane words with asterisks."""
    filler_words: bool
    """Keep `uh` and `um`."""
    multichannel: bool
    """Transcribe each channel by itself; else the channels are mixed first."""
    diarize: bool
    """Number the speakers, by first appearance. Newer: `diarize_model`."""
    diarize_model: Literal["latest", "v1", "v2"]
    """Number the speakers with this diarizer; excludes `diarize` and `diarize_version`."""
    diarize_version: str
    """The older way to choose a diarizer."""
    detect_entities: bool
    """Find names, dates, sums and the like in the transcript."""
    redact: bool | str | list[str]
    """What to hide: true or `numbers`, `aggressive_numbers`, `pci`, `pii`, `phi`, `ssn`, or entity labels."""
    search: str | Annotated[list[str], Meta(max_length=50)]
    """Terms to look for in the sound, with the places found in `search`."""
    replace: str | Annotated[list[str], Meta(max_length=200)]
    """Replacements, each `find:replacement`; `find` alone deletes."""
    keywords: Terms
    """Words to expect, each `word` or `word:intensifier`; models before nova-3."""
    keyterm: Terms
    """Phrases to expect, taken literally; nova-3."""
    alternatives: Annotated[int, Meta(ge=1)]
    """How many readings of each channel to give."""
    encoding: Encoding
    """How headerless audio is coded; leave out for containers."""
    sample_rate: Positive
    """Samples a second of headerless audio, in Hz."""
    channels: Annotated[int, Meta(ge=1, le=20)]
    """Interleaved channels of headerless audio."""
    callback: str
    """URL to which the result is sent; the call itself then answers with a request id. The messages of a live stream
    can go to a `ws` or `wss` URL too, over one WebSocket: when that is lost the service closes the stream with 1011,
    and the client opens another one, unless it has `reconnect=False`."""
    extra: str | list[str] | dict[str, str]
    """Notes of your own, each `key:value`, given back in `metadata.extra`."""
    tag: Tag | list[Tag]
    """Labels of your own, for usage reports; given back in `metadata.tags`."""
    mip_opt_out: bool
    """Keep the audio out of the service's model improvement programme."""


class TranscribeOptions(CommonOptions, total=False):
    """Options of `POST /v1/listen`."""

    callback_method: Literal["POST", "PUT", "post", "put"]
    """HTTP method of the callback; POST unless given."""
    detect_language: bool | str | list[str]
    """Find the language spoken; codes restrict the candidates."""
    paragraphs: bool
    """Group the words into paragraphs and sentences."""
    utterances: bool
    """Group the words into utterances, parted by pauses and changes of speaker."""
    utt_split: Seconds
    """Seconds of silence that part two utterances; 0.8 unless given."""
    measurements: bool
    """Abbreviate units: `ten milligrams` becomes `10 mg`."""
    summarize: bool | Literal["v1", "v2"]
    """Sum the recording up; true means v2, and v1 is refused by the service today."""
    topics: bool
    """Name the topics of each segment."""
    detect_topics: bool
    """The older name of `topics`."""
    custom_topic: Terms
    """Topics of your own to look for."""
    custom_topic_mode: CustomMode
    """`strict` keeps to your topics, `extended` adds the model's."""
    intents: bool
    """Name what the speakers want."""
    custom_intent: Terms
    """Intents of your own to look for."""
    custom_intent_mode: CustomMode
    """`strict` keeps to your intents, `extended` adds the model's."""
    sentiment: bool
    """Tell positive, neutral and negative speech apart."""


class LiveOptions(CommonOptions, total=False):
    """Options of the WebSocket `/v1/listen`."""

    callback_method: Literal["POST", "GET", "PUT", "DELETE", "post", "get", "put", "delete"]
    """HTTP method of the callback, unless that is a WebSocket; POST unless given."""
    interim_results: bool
    """Send what is understood so far, while it may still change."""
    endpointing: bool | Annotated[int, Meta(ge=0)]
    """Milliseconds of silence that end the speech (`speech_final`), 10 unless given; false never ends it."""
    utterance_end_ms: Positive
    """Milliseconds between two words that end an utterance (`UtteranceEnd`), best 1000 or more; needs
    `interim_results`."""
    vad_events: bool
    """Tell when speech begins (`SpeechStarted`)."""
    no_delay: bool
    """Do not hold a final back for the formatting of what may come."""


class TurnOptions(TypedDict, total=False):
    """Options of the WebSocket `/v2/listen`, which tells turns apart."""

    model: Required[str]
    """`flux-general-en`, or `flux-general-multi` for several languages."""
    encoding: Literal["linear16", "linear32", "mulaw", "alaw", "opus", "ogg-opus"]
    """How headerless audio is coded; leave out for containers."""
    sample_rate: Positive
    """Samples a second of headerless audio, in Hz: 8000, 16000, 24000, 44100 or 48000."""
    eot_threshold: Annotated[float, Meta(ge=0.5, le=1.0)]
    """How sure to be that a turn has ended, 0.7 unless given; 1.0 leaves it to the timeout."""
    eager_eot_threshold: Annotated[float, Meta(ge=0.3, le=0.9)]
    """How sure to be for an early word of it (`EagerEndOfTurn`); off unless given."""
    eot_timeout_ms: Annotated[int, Meta(ge=500, le=60000)]
    """Milliseconds of silence that end a turn in any case, 5000 unless given."""
    keyterm: Terms
    """Phrases to expect, taken literally."""
    language_hint: str | list[Annotated[str, Meta(min_length=1)]]
    """BCP-47 codes that lean `flux-general-multi` towards some languages."""
    numerals: bool
    """Write numbers as digits: `nine hundred` becomes `900`."""
    profanity_filter: bool
    """Mask profane words with asterisks."""
    redact: Literal["numbers", "aggressive_numbers"] | list[Literal["numbers", "aggressive_numbers"]]
    """What to hide; each such word becomes asterisks."""
    tag: Tag | list[Tag]
    """Labels of your own, for usage reports."""
    mip_opt_out: bool
    """Keep the audio out of the service's model improvement programme."""
