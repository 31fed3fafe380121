"""A text while it is written: what of it is complete, and what was not handed over yet. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sonant.client.sentences import Sentences, split_text
from sonant.contract.speak import find_open_control

_LONGEST = 500
"""Characters that go at once: longer sentences are cut."""


class Draft:
    """What somebody writes, in pieces of any size.

    Attributes:
        held: what was taken from the writer and not handed over.
        has_begun: whether anything was handed over.
        is_left: whether no more of it is wanted.
    """

    def __init__(self) -> None:
        self._sentences = Sentences()
        self._ready: list[str] = []
        """Complete, and not handed over."""
        self.held = ""
        self.has_begun = self.is_left = self._is_finished = False

    def add(self, text: str) -> list[str]:
        """Take a piece; the parts that are complete with it."""
        return self._complete(self._sentences.feed(text))

    def pause(self) -> list[str]:
        """Nothing comes for a moment; what seems to be complete."""
        return self._complete([self._sentences.finish()] if self._sentences.is_whole else [])

    def finish(self) -> list[str]:
        """Nothing comes any more; what was left."""
        self._is_finished = True
        return self._complete([self._sentences.finish()])

    def break_off(self) -> list[str]:
        """Whoever writes fails; what was left, without a control that is not complete."""
        self._is_finished = True
        rest = self._sentences.finish()
        return self._complete([rest[: find_open_control(rest)]])

    def _complete(self, sentences: Iterable[str]) -> list[str]:
        parts = [part for sentence in sentences for part in _short(sentence)]
        self._ready += parts
        self._note_held()
        return parts

    def is_last(self, part: str) -> bool:
        """Whether nothing follows a part that was not handed over yet."""
        return self._is_finished and len(self._ready) == 1 and self._ready[0] is part

    def release(self, part: str) -> None:
        """A part was handed over; nothing if it is none of this text."""
        if self._ready and self._ready[0] is part:
            del self._ready[0]
            self.has_begun = True
            self._note_held()

    def _note_held(self) -> None:
        self.held = "".join(self._ready) + self._sentences.rest  # at once: other threads read it


def _short(sentence: str) -> Iterator[str]:
    """A sentence in parts that can go, each with something to say in it."""
    if len(sentence) <= _LONGEST:
        if sentence.strip():
            yield sentence
        return
    for part in split_text(sentence, _LONGEST):
        yield f"{part} "
