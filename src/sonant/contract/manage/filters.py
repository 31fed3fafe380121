"""What usage may be narrowed down to. Left out means not sent; the defaults belong to the server."""

from typing import Literal

from sonant.contract.manage.projects import Limit, Page
from sonant.contract.manage.times import DayOptions, MomentOptions

Deployment = Literal["hosted", "beta", "self-hosted"]
Endpoint = Literal["listen", "read", "speak", "agent"]
RequestMethod = Literal["sync", "async", "streaming"]
RequestStatus = Literal["succeeded", "failed"]
UsageGrouping = Literal["accessor", "endpoint", "feature_set", "models", "method", "tags", "deployment"]


class RequestListOptions(MomentOptions, total=False):
    """Options of the log of requests."""

    limit: Limit
    """How many to a page, 10 unless given."""
    page: Page
    """Which page."""
    accessor: str
    """Only requests of this key."""
    request_id: str
    """Only this request."""
    deployment: Deployment
    """Only requests to this kind of service."""
    endpoint: Endpoint
    """Only requests of this kind."""
    method: RequestMethod
    """Only requests that were answered at once, called back, or streamed."""
    status: RequestStatus
    """Only requests that succeeded (status below 300), or only those that failed (400 and above)."""


class UsageOptions(DayOptions, total=False):
    """Options of usage: of several flags that are true one must fit, and none that is false may."""

    accessor: str
    """Only requests of this key."""
    tag: str
    """Only requests with this tag."""
    model: str
    """Only requests to this model, by uuid."""
    method: RequestMethod
    """Only requests that were answered at once, called back, or streamed."""
    endpoint: Endpoint
    """Only requests of this kind."""
    deployment: Deployment
    """Only requests to this kind of service."""
    alternatives: bool
    """Requests with several readings."""
    callback: bool
    """Requests with a callback."""
    callback_method: bool
    """Requests with a callback method."""
    channels: bool
    """Requests with a count of channels."""
    custom_intent: bool
    """Requests with custom intents."""
    custom_intent_mode: bool
    """Requests with a mode of custom intents."""
    custom_topic: bool
    """Requests with custom topics."""
    custom_topic_mode: bool
    """Requests with a mode of custom topics."""
    detect_entities: bool
    """Requests with entities."""
    detect_language: bool
    """Requests with language detection."""
    diarize: bool
    """Requests with speakers told apart."""
    dictation: bool
    """Requests with dictation."""
    encoding: bool
    """Requests with an encoding."""
    extra: bool
    """Requests with notes of the caller's."""
    filler_words: bool
    """Requests with filler words."""
    intents: bool
    """Requests with intents."""
    keyterm: bool
    """Requests with keyterms."""
    keywords: bool
    """Requests with keywords."""
    language: bool
    """Requests with a language."""
    measurements: bool
    """Requests with measurements."""
    multichannel: bool
    """Requests with channels each by itself."""
    numerals: bool
    """Requests with numerals."""
    paragraphs: bool
    """Requests with paragraphs."""
    profanity_filter: bool
    """Requests with profanity masked."""
    punctuate: bool
    """Requests with punctuation."""
    redact: bool
    """Requests with redaction."""
    replace: bool
    """Requests with replacements."""
    sample_rate: bool
    """Requests with a sample rate."""
    search: bool
    """Requests with search terms."""
    sentiment: bool
    """Requests with sentiment."""
    smart_format: bool
    """Requests with smart formatting."""
    summarize: bool
    """Requests with a summary."""
    topics: bool
    """Requests with topics."""
    utt_split: bool
    """Requests with a split of utterances."""
    utterances: bool
    """Requests with utterances."""
    version: bool
    """Requests with a version."""
    interim_results: bool
    """Requests with interim results."""
    ner: bool
    """Requests with entities, by an older name."""
    detect_topics: bool
    """Requests with topics, by an older name."""


class UsageBreakdownOptions(UsageOptions, total=False):
    """Options of the breakdown of usage."""

    grouping: UsageGrouping
    """What to tell apart."""
