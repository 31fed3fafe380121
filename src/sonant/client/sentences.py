"""Where a text can be cut: at its sentences while it is still being written, and into parts of a length. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sonant.contract.speak import MOST_PAUSES, BadControl, find_pauses, parse_controls, plain_text

_ENDS = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”’）]*|\n\s*\n")  # noqa: RUF001
"""The end of a sentence; a full stop counts once something follows that is no letter or digit."""
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“])(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|No|Nr|Inc|Ltd|Co|Fig|Vol|approx|e\.g|i\.e|z\.B|d\.h|usw|bzw|"
    r"[A-Za-z])\.$"
)
_CLAUSE = re.compile(r"[,;:—–][\"'”’»)\]]*\s|[，；：、]")  # noqa: RUF001
_BLANK = re.compile(r"\s")
_CONTROL = re.compile(r"\\\{.*?\\\}", re.DOTALL)


class Sentences:
    """Sentences out of a text that comes in pieces of any size; nothing of it is lost or changed."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> Iterator[str]:
        """The sentences that are complete now, with the blanks that follow them."""
        self._rest += text
        while end := _end_of_sentence(self._rest):
            sentence, self._rest = self._rest[:end], self._rest[end:]
            yield sentence

    @property
    def rest(self) -> str:
        """What is not known to be complete."""
        return self._rest

    @property
    def is_whole(self) -> bool:
        """Whether what is left looks like a whole sentence, of which only the next word would say more."""
        rest = self._rest.rstrip()
        ends = list(_ENDS.finditer(f"{rest} "))
        if not ends or ends[-1].end() != len(rest) or rest[: ends[-1].start()][-1:].isdigit():
            return False
        return _is_end(f"{rest} ", ends[-1])

    def finish(self) -> str:
        """What is left at the end of the text; may be empty."""
        rest, self._rest = self._rest, ""
        return rest


def _end_of_sentence(text: str) -> int:
    """Where the first sentence ends, with its blanks; 0 while that is not known."""
    for found in _ENDS.finditer(text):
        end = found.end()
        if _is_end(text, found):
            while end < len(text) and text[end].isspace():
                end += 1
            return end
    return 0


def _is_end(text: str, found: re.Match[str]) -> bool:
    before = text[: found.end()]
    if found[0] == "." and _ABBREVIATION.search(before):
        return False
    return bool(before.strip()) and not _is_within_control(before)


def _is_within_control(before: str) -> bool:
    return before.rfind("\\{") > before.rfind("\\}")


def split_text(text: str, limit: int) -> list[str]:
    r"""A text in parts of at most `limit` characters, cut at sentences, else at clauses, else between words.

    No part has more pauses than the service takes. What is written as `\\{...\\}` stays whole. Blanks around the cuts
    are dropped.
    """
    parts, pauses = [""], 0
    for piece in _small_pieces(text, limit):
        more = len(find_pauses(piece))
        if len(parts[-1]) + len(piece.rstrip()) > limit or pauses + more > MOST_PAUSES:
            parts.append("")
            pauses = 0
        parts[-1] += piece
        pauses += more
    return [part.strip() for part in parts if part.strip()]


def _small_pieces(text: str, limit: int) -> Iterator[str]:
    """Sentences; those that are too long, or have too many pauses, in pieces."""
    sentences = Sentences()
    for sentence in [*sentences.feed(text), sentences.finish()]:
        for piece in _between_pauses(sentence):
            yield from _cut_long(piece, limit)


def _cut_long(piece: str, limit: int) -> Iterator[str]:
    rest = piece
    while len(rest.rstrip()) > limit:
        at = _cut(rest, limit)
        yield rest[:at]
        rest = rest[at:]
    yield rest


def _between_pauses(sentence: str) -> Iterator[str]:
    """A sentence, cut behind each pause that is the last one a part may have."""
    start = 0
    for _, end in find_pauses(sentence)[MOST_PAUSES - 1 : -1 : MOST_PAUSES]:
        yield sentence[start:end]
        start = end
    yield sentence[start:]


def longest_control(text: str) -> str:
    r"""Of what is written as `\\{...\\}` in a text the longest, which needs a part as long; empty if there is none."""
    return max(_CONTROL.findall(text), key=len, default="")


def join_wordless(parts: Sequence[str], limit: int) -> tuple[list[str], list[str]]:
    """Parts of which each has words, the wordless ones joined to those beside them; and those that found no room.

    A text without any word stays as it is: the service says what it has against it.
    """
    kept, skipped = list(parts), list[str]()
    if not any(map(has_words, parts)):
        return kept, skipped
    for at in reversed(range(len(parts))):
        if has_words(kept[at]):
            continue
        alone = kept.pop(at)
        if at and _fits(joined := f"{kept[at - 1]} {alone}", limit):
            kept[at - 1] = joined
        elif at < len(kept) and _fits(joined := f"{alone} {kept[at]}", limit):
            kept[at] = joined
        else:
            skipped.append(alone)
    return kept, skipped


def _fits(part: str, limit: int) -> bool:
    return len(part) <= limit and len(find_pauses(part)) <= MOST_PAUSES


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit in a text, beside what only says how to speak it."""
    try:
        return any(map(str.isalnum, plain_text(parse_controls(text))))
    except BadControl:
        return True


def _cut(text: str, limit: int) -> int:
    """Where to cut a sentence that is too long: as late as can be, at the best place there is."""
    ends = [0]
    for kind in (_CLAUSE, _BLANK):
        ends = [m.end() for m in kind.finditer(text, 0, limit + 1) if not _is_within_control(text[: m.start()])]
        if ends and ends[-1] > limit // 4:
            return ends[-1]
    inside = text[:limit]
    start = inside.rfind("\\{")
    return start if _is_within_control(inside) and start > 0 else limit


def count_characters(text: str) -> int:
    """The characters of a text as the service counts them: without what only says how to speak it."""
    if "{" not in text:
        return len(text)
    try:
        return sum(len(piece) for piece in parse_controls(text) if isinstance(piece, str))
    except BadControl:
        return len(text)
