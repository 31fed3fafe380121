"""A text that came as a whole, ready to be spoken: checked, counted, cut into lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from sonant.contract.faults import NO_TEXT, NOTHING_TO_SAY, TEXT_TOO_LONG
from sonant.contract.speak import BadControl, check_controls, parse_controls, plain_text
from sonant.engine.refusals import Refusal
from sonant.engine.speak.composer import LONG_IPA, MANY_IPA, ODD_IPA, SKIPPED, Chunk, Composer

_NUMBERS = {ODD_IPA: "PRON-001", LONG_IPA: "PRON-002", MANY_IPA: "PRON-003"}
"""How the headers of an answer number what is odd about pronunciations."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be spoken."""

    chunks: Sequence[Chunk]
    characters: int
    """Of the text without its controls."""
    headers: dict[str, str]
    """What an answer says about the text."""


def make_order(text: str, speed: float, most: int, language: str = "en") -> Order:
    """Read a text.

    Args:
        text: as it came.
        speed: at which it will be spoken.
        most: characters that it may have.
        language: two-letter code of what the voice speaks.

    Raises:
        Refusal: it is empty, too long, or has nothing to be said; or a control in it is wrong.
    """
    if not text.strip():
        raise Refusal(NO_TEXT)
    composer = Composer(language)
    try:
        pieces = parse_controls(text)
        characters = len(plain_text(pieces))
        if characters > most:
            raise Refusal(TEXT_TOO_LONG, str(most))
        check_controls(pieces, speed)
        chunks = [*composer.feed(text), *composer.finish()]
    except BadControl as error:
        raise Refusal(error.fault, error.detail) from None
    remarks = composer.take_remarks()
    if not any(chunk.line for chunk in chunks):
        raise Refusal(NOTHING_TO_SAY, "its script is another" if SKIPPED in remarks else "it has no words")
    return Order(chunks, characters, {"dg-char-count": str(characters), **_headers(composer, remarks)})


def _headers(composer: Composer, remarks: Sequence[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    if composer.controlled:
        headers["dg-pronunciations-applied"] = str(composer.pronunciations)
        headers["dg-breaks-applied"] = str(composer.pauses)
        headers["dg-pronunciation-warnings"] = str(composer.warnings)
    if warnings := [_NUMBERS.get(code, code) for code in remarks]:
        headers["dg-warnings"] = ",".join(warnings)
    return headers
