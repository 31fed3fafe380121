r"""What can be said about a text beside its words: pauses, pronunciations, speed. Pure.

    text = ["Take", pronounce("azathioprine", "ˌæzəˈθaɪəpriːn"), "once a day."]
    client.speak.request_flux(text, model="flux-kit-en")

Anything that takes a text takes such a list too; `compose` gives it as it travels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sonant.client.errors import BadOptionValue, SourceError
from sonant.contract import speak as wire
from sonant.contract.query import brief
from sonant.contract.speak import BadControl, BadFormat, Pause, Piece, Pronunciation

Text = str | Sequence[Piece]
"""A text, or its parts in order; a blank is put between parts where there is none."""
TextSource = Text | Mapping[str, str] | wire.TextSource
"""A text, or `{"text": ...}`, or `{"url": ...}` of one that the service fetches itself."""


_GIVE_TEXT = "Give a text, or a list of its parts: texts, pauses and pronunciations."
_GIVE_SOURCE = 'Give a text, a list of its parts, {"text": ...} or {"url": ...}.'


def pause(seconds: float) -> Pause:
    """Silence in a text, for `speak.request_flux`: 0.5 to 3 seconds, in steps of 0.1; words lie between two pauses.

    Raises:
        BadOptionValue: it is no number, too short, too long, or between two steps.
    """
    try:
        made = Pause(round(seconds * 1000))
    except (TypeError, ValueError, OverflowError):
        raise BadOptionValue(f"A pause takes a number of seconds, not {seconds!r}.") from None
    _check([made])
    return made


def pronounce(word: str, ipa: str) -> Pronunciation:
    """A word, and how it sounds, in letters of the International Phonetic Alphabet.

    Raises:
        BadOptionValue: one of them is no text or empty, or there is more of the second than the service takes.
    """
    given: tuple[Any, Any] = (word, ipa)
    if not all(isinstance(part, str) for part in given):
        raise BadOptionValue(f"A pronunciation takes two texts, not {brief(word)} and {brief(ipa)}.")
    made = Pronunciation(word, ipa)
    if not word.strip() or not ipa.strip():
        raise BadOptionValue("A pronunciation needs a word and how it sounds.")
    if made.is_too_long:
        raise BadOptionValue(
            f"The pronunciation of {word!r} has {len(ipa)} characters, more than the service takes for this word.",
            hint="At most 128, and at most ten for each letter of the word (at least 15).",
        )
    return made


def compose(text: Text, *, hint: str = _GIVE_TEXT) -> str:
    """A text as it travels.

    Args:
        text: a text, or its parts.
        hint: what to give where it is neither.

    Raises:
        SourceError: it is no text.
    """
    if isinstance(text, str):
        return text
    given: Any = text
    name = brief(given)
    if not hasattr(given, "__iter__") or isinstance(given, (bytes, bytearray, Mapping)):
        raise SourceError(f"Unknown source type: {name} is no text.", hint=hint)
    parts = [check_part(part) for part in given]
    composed = ""
    for part in map(str, parts):
        needs_blank = composed and part and not composed[-1].isspace() and part[0] not in " \t\n.,;:!?)"
        composed += f" {part}" if needs_blank else part
    return composed


def check_part(part: Any) -> Piece:
    """A part of a text, if it is one.

    Raises:
        SourceError: it is none.
    """
    if not isinstance(part, (str, Pause, Pronunciation)):
        raise SourceError(
            f"Unknown source type: {brief(part)} is no part of a text.",
            hint="The parts of a text are texts, pauses and pronunciations.",
        )
    return part


def read_source(source: Any) -> wire.TextSource:
    """The body of a request.

    Raises:
        SourceError: it is neither a text nor a URL, or both.
    """
    if isinstance(source, wire.TextSource):
        given: Mapping[str, Any] = {"text": source.text, "url": source.url}
    elif isinstance(source, Mapping):
        given = cast("Mapping[str, Any]", source)
    else:
        given = {"text": source}
    text, url = given.get("text"), given.get("url")
    if (text is None) == (url is None):
        raise SourceError("Unknown source type.", hint='Give a text, or {"text": ...}, or {"url": ...}; not both.')
    if url is not None:
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise SourceError(f"{url!r} is not an http(s) URL.", hint='Give a text as it is, or {"text": ...}.')
        return wire.TextSource(url=url)
    composed = compose(cast("Text", text), hint=_GIVE_SOURCE)
    if not composed.strip():
        raise SourceError("The text is empty: there is nothing to speak.")
    return wire.TextSource(text=check_characters(composed))


def check_characters(text: str) -> str:
    """A text, if it can travel.

    Raises:
        SourceError: it holds what is no character.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SourceError("The text holds half of a surrogate pair, which is no character.") from None
    return text


def check_text(text: str, options: Mapping[str, Any]) -> None:
    """See that what a text says about itself can be followed by `POST /v2/speak`.

    Raises:
        BadOptionValue: it cannot.
    """
    try:
        wire.check_controls(wire.parse_controls(text), float(options.get("speed") or 1.0))
    except BadControl as error:
        raise bad_control(error) from None


def check_liveliness(options: Mapping[str, Any]) -> None:
    """See that `/v2/speak` knows a speed and an expressivity.

    Raises:
        BadOptionValue: it does not.
    """
    try:
        if options.get("speed") is not None:
            wire.check_speed(float(options["speed"]))
        if options.get("expressivity") is not None:
            wire.check_expressivity(float(options["expressivity"]))
    except BadControl as error:
        raise bad_control(error) from None
    except (TypeError, ValueError):
        raise BadOptionValue("speed and expressivity are numbers.") from None


def check_format(options: Mapping[str, Any], choices: Mapping[Any, wire.Choice]) -> None:
    """See that encoding, container, sample rate and bit rate go together.

    Raises:
        BadOptionValue: they do not.
    """
    encoding: Any = options.get("encoding") or "mp3"
    if encoding not in choices:
        return  # the query's own check names what may be
    parts: list[Any] = [options.get(name) for name in ("container", "sample_rate", "bit_rate")]
    try:
        wire.choose_format(choices, encoding, *parts)
    except BadFormat as error:
        raise BadOptionValue(f"Unsupported audio format: {error}.") from None


def _check(pieces: Sequence[Piece]) -> None:
    try:
        wire.parse_controls("".join(map(str, pieces)))
    except BadControl as error:
        raise bad_control(error) from None


def bad_control(error: BadControl) -> BadOptionValue:
    """What is wrong with a control, as a user is told of it."""
    return BadOptionValue(f"{error}.".replace("..", "."), hint=error.fault.hint, code=error.fault.code)
