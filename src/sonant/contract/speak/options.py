"""What may be asked of `/v1/speak` and `/v2/speak`. Left out means not sent; the defaults belong to the server.

Which encodings, containers, rates and speeds go together: `formats.py` and `controls.py`.
"""

from typing import Annotated, Literal, Required, TypedDict

from msgspec import Meta

from sonant.contract.speak.formats import Container, SpeechEncoding, StreamEncoding

Positive = Annotated[int, Meta(gt=0)]
AuraSpeed = Annotated[float, Meta(ge=0.7, le=1.5)]
Tags = str | list[Annotated[str, Meta(max_length=128)]]


class AudioOptions(TypedDict, total=False):
    """Options that both forms of `POST .../speak` share."""

    encoding: SpeechEncoding
    """How the audio is coded, `mp3` unless given."""
    container: Container
    """What wraps the audio: `wav` or `none` for linear16, mulaw and alaw, `ogg` for opus."""
    sample_rate: Positive
    """Samples a second, in Hz; mp3, opus and aac have a fixed one."""
    bit_rate: Positive
    """Bits a second of mp3, opus and aac."""
    callback: str
    """URL to which the audio is sent; the call itself then answers with a request id."""
    callback_method: Literal["POST", "PUT", "post", "put"]
    """HTTP method of the callback; POST unless given."""
    tag: Tags
    """Labels of your own, for usage reports."""
    mip_opt_out: bool
    """Keep the text out of the service's model improvement programme."""


class SpeakOptions(AudioOptions, total=False):
    """Options of `POST /v1/speak`."""

    model: str
    """The voice, such as `aura-2-thalia-en`; `aura-asteria-en` unless given."""
    speed: AuraSpeed
    """How fast to speak, 1.0 unless given: 0.7 is slower, 1.5 faster."""


class SpeakFluxOptions(AudioOptions, total=False):
    """Options of `POST /v2/speak`."""

    model: Required[str]
    """The voice, `flux-{voice}-{language}`, such as `flux-kit-en`."""
    speed: float
    """How fast to speak, from 0.5 to 1.5 in steps of 0.05; 1.0 unless given."""
    expressivity: int | float
    """How lively to speak: -2, -1, 0, 1 or 2; 0 unless given."""
    priority: Literal["low"]
    """Have a callback's request wait for others."""


class SpeakLiveOptions(TypedDict, total=False):
    """Options of the WebSocket `/v1/speak`."""

    model: str
    """The voice, such as `aura-2-thalia-en`; `aura-asteria-en` unless given."""
    encoding: StreamEncoding
    """How the audio is coded, without a container; `linear16` unless given."""
    sample_rate: Positive
    """Samples a second, in Hz: 24000 for linear16, 8000 for mulaw and alaw unless given."""
    speed: AuraSpeed
    """How fast to speak, 1.0 unless given: 0.7 is slower, 1.5 faster."""
    mip_opt_out: bool
    """Keep the text out of the service's model improvement programme."""


class SpeakTurnOptions(TypedDict, total=False):
    """Options of the WebSocket `/v2/speak`, which speaks turn by turn."""

    model: Required[str]
    """The voice, `flux-{voice}-{language}`, such as `flux-kit-en`."""
    encoding: StreamEncoding
    """How the audio is coded, without a container; `linear16` unless given."""
    sample_rate: Positive
    """Samples a second, in Hz: 24000 for linear16, 8000 for mulaw and alaw unless given."""
    speed: float
    """How fast to speak, from 0.5 to 1.5 in steps of 0.05; 1.0 unless given."""
    expressivity: int | float
    """How lively to speak: -2, -1, 0, 1 or 2; 0 unless given. Fixed for the connection."""
    tag: Tags
    """Labels of your own, for usage reports."""
    mip_opt_out: bool
    """Keep the text out of the service's model improvement programme."""
