"""What speech can be written as: encodings, and the containers, sample rates and bit rates that go with each."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

SpeechEncoding = Literal["linear16", "flac", "mulaw", "alaw", "mp3", "opus", "aac"]
StreamEncoding = Literal["linear16", "mulaw", "alaw"]
Container = Literal["wav", "ogg", "none"]


class BitRates(Struct, frozen=True):
    """The bit rates of an encoding: one of `allowed`, or anything from `lowest` to `highest`, in bits a second."""

    default: int
    allowed: tuple[int, ...] = ()
    lowest: int = 0
    highest: int = 0

    def __contains__(self, bit_rate: int) -> bool:
        return bit_rate in self.allowed if self.allowed else self.lowest <= bit_rate <= self.highest

    def __str__(self) -> str:
        return _either(self.allowed) if self.allowed else f"between {self.lowest} and {self.highest}"


class Choice(Struct, frozen=True):
    """What goes with an encoding."""

    sample_rate: int
    """Hz, unless the caller chooses one of `sample_rates`."""
    sample_rates: tuple[int, ...] = ()
    """What may be asked for; none where the rate is fixed."""
    containers: tuple[Container, ...] = ()
    """What may be asked for, the default first; none where there is no choice."""
    bit_rates: BitRates | None = None


class Format(Struct, frozen=True):
    """How speech is written, all of it decided."""

    encoding: SpeechEncoding
    sample_rate: int
    container: Container | None = None
    """None where the encoding leaves no choice."""
    bit_rate: int | None = None

    @property
    def content_type(self) -> str:
        """Of an HTTP body in this format."""
        if self.container == "none":
            name = "l16" if self.encoding == "linear16" else self.encoding
            return f"audio/{name};rate={self.sample_rate}"
        return "audio/wav" if self.container == "wav" else _CONTENT_TYPES[self.encoding]


class BadFormat(ValueError):
    """Parts of a format that do not go together; the message is the service's."""


_CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg;codecs=opus",
    "flac": "audio/flac",
    "aac": "audio/aac",
}
_WRAPPED: tuple[Container, ...] = ("wav", "none")
_FLAC = Choice(48000, sample_rates=(8000, 16000, 22050, 32000, 48000))
_OPUS = Choice(48000, containers=("ogg",), bit_rates=BitRates(12000, lowest=4000, highest=650000))
_AAC = Choice(22050, bit_rates=BitRates(48000, lowest=4000, highest=192000))
_LAW = (8000, 16000)

AURA: Mapping[SpeechEncoding, Choice] = {
    "linear16": Choice(24000, (8000, 16000, 24000, 32000, 48000), _WRAPPED),
    "mulaw": Choice(8000, _LAW, _WRAPPED),
    "alaw": Choice(8000, _LAW, _WRAPPED),
    "mp3": Choice(22050, bit_rates=BitRates(48000, (32000, 48000))),
    "opus": _OPUS,
    "flac": _FLAC,
    "aac": _AAC,
}
"""What `POST /v1/speak` can write."""

FLUX: Mapping[SpeechEncoding, Choice] = {
    **AURA,
    "linear16": Choice(24000, (8000, 16000, 24000, 32000, 44100, 48000), _WRAPPED),
    "mp3": Choice(22050, bit_rates=BitRates(48000, (8000, 16000, 24000, 32000, 40000, 48000))),
}
"""What `POST /v2/speak` can write."""


def choose_format(
    choices: Mapping[SpeechEncoding, Choice],
    encoding: SpeechEncoding,
    container: Container | None = None,
    sample_rate: int | None = None,
    bit_rate: int | None = None,
) -> Format:
    """The format asked for, with what was left out filled in.

    Raises:
        BadFormat: the parts do not go together.
    """
    choice = choices[encoding]
    return Format(
        encoding,
        _choose_rate(choice, encoding, sample_rate),
        _choose_container(choice, encoding, container),
        _choose_bits(choice, encoding, bit_rate),
    )


def _choose_container(choice: Choice, encoding: str, container: Container | None) -> Container | None:
    if container is None:
        return choice.containers[0] if choice.containers else None
    if not choice.containers:
        raise BadFormat(f"`container` is not applicable when `encoding={encoding}`")
    if container not in choice.containers:
        raise BadFormat(f"`container={container}` is invalid when `encoding={encoding}`")
    return container


def _choose_rate(choice: Choice, encoding: str, sample_rate: int | None) -> int:
    if sample_rate is None:
        return choice.sample_rate
    if not choice.sample_rates:
        raise BadFormat(f"`sample_rate` is not applicable when `encoding={encoding}`")
    if sample_rate not in choice.sample_rates:
        raise BadFormat(f"`sample_rate` must be {_either(choice.sample_rates)} when `encoding={encoding}`")
    return sample_rate


def _choose_bits(choice: Choice, encoding: str, bit_rate: int | None) -> int | None:
    if choice.bit_rates is None:
        if bit_rate is not None:
            raise BadFormat(f"`bit_rate` is not applicable when `encoding={encoding}`")
        return None
    if bit_rate is None:
        return choice.bit_rates.default
    if bit_rate not in choice.bit_rates:
        raise BadFormat(f"`bit_rate` must be {choice.bit_rates} when `encoding={encoding}`")
    return bit_rate


def _either(values: tuple[int, ...]) -> str:
    *others, last = map(str, values)
    return f"{', '.join(others)} or {last}" if others else last
