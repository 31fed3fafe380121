"""The text of a WebSocket `/v1/speak`: what was said, flushed and cleared becomes what is to be done, in its order.

It knows no clock: whoever calls says what time it is, in seconds.
"""

from collections import deque
from dataclasses import dataclass

from sonant.contract.speak import BadControl, SpeakCleared, SpeakFlushed, SpeakWarning, check_controls
from sonant.engine.speak.composer import REMARKS, Chunk, Composer

MINUTE = 60.0
MOST_BUFFERED = 2000
"""Characters between two flushes."""
MOST_FLUSHES = 20
"""Flushes within a minute."""
NOTHING = SpeakWarning("NO_SYNTHESIZABLE_TEXT", "The text has nothing that the voice can speak.")
_TOO_OFTEN = SpeakWarning("EXCESSIVE_FLUSH", "Rate limit exceeded for flushes. Please try again later.")


class Ended(Exception):
    """The conversation cannot go on.

    Attributes:
        code: the service's, such as `DATA-0000`.
    """

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(description or code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Over:
    """All that was said is spoken, and no more will come."""


Step = Chunk | SpeakFlushed | SpeakWarning | Over
"""What is to be done next: a line to speak, a message to send, or the end."""


class LiveSpeech:
    """One conversation.

    Args:
        speed: at which it is spoken.
        per_minute: characters that may come within a minute; 0 for any number.
        language: two-letter code of what the voice speaks.

    Attributes:
        characters: that were said and not cleared.
    """

    def __init__(self, speed: float = 1.0, per_minute: int = 0, language: str = "en") -> None:
        self._speed, self._per_minute, self._language = speed, per_minute, language
        self._composer = Composer(self._language)
        self._steps: deque[Step] = deque()
        self._buffered = self._flushes_done = self._clears = 0
        self._speakable = False
        self._said: deque[tuple[float, int]] = deque()
        self._flushes: deque[float] = deque()
        self.characters = 0

    def speak(self, text: str, now: float) -> None:
        """Add text.

        Raises:
            Ended: it is empty, too much, or has a control that is wrong.
        """
        if not text:
            raise Ended("DATA-0000", "A `Speak` message needs text.")
        self._buffered += len(text)
        self.characters += len(text)
        if self._buffered > MOST_BUFFERED:
            raise Ended("BIG-0001", f"More than {MOST_BUFFERED} characters were sent without a `Flush`.")
        self._check_pace(len(text), now)
        self._add(text)

    def _check_pace(self, characters: int, now: float) -> None:
        self._said.append((now, characters))
        while self._said[0][0] <= now - MINUTE:
            self._said.popleft()
        if self._per_minute and sum(count for _, count in self._said) > self._per_minute:
            raise Ended("DATA-0001", f"More than {self._per_minute} characters were sent within a minute.")

    def flush(self, now: float) -> None:
        """Have all that was said spoken; too many flushes are passed over."""
        while self._flushes and self._flushes[0] <= now - MINUTE:
            self._flushes.popleft()
        if len(self._flushes) >= MOST_FLUSHES:
            self._steps.append(_TOO_OFTEN)
            return
        self._flushes.append(now)
        self._finish()
        self._steps.append(SpeakFlushed(self._flushes_done))
        self._flushes_done += 1

    def clear(self) -> SpeakCleared:
        """Forget what is not spoken yet; messages that were promised still come."""
        forgotten = sum(step.end - step.start for step in self._steps if isinstance(step, Chunk))
        self.characters -= min(self.characters, forgotten + self._composer.unsaid)
        self._composer = Composer(self._language)
        self._buffered, self._speakable = 0, False
        self._steps = deque(step for step in self._steps if isinstance(step, SpeakWarning | Over))
        self._clears += 1
        return SpeakCleared(self._clears - 1)

    def close(self) -> None:
        """No more will be said; what is left is spoken."""
        self._finish()
        self._steps.append(Over())

    def next(self) -> Step | None:
        """What is to be done next; None while there is nothing to do."""
        return self._steps.popleft() if self._steps else None

    def _finish(self) -> None:
        self._add(None)
        if self._buffered and not self._speakable:
            self._steps.append(NOTHING)
        self._composer = Composer(self._language)
        self._buffered, self._speakable = 0, False

    def _add(self, text: str | None) -> None:
        """Add text, or its end. What lies between two flushes is held to the limits of one request."""
        try:
            chunks = self._composer.finish() if text is None else self._composer.feed(text)
            check_controls(self._composer.pieces, self._speed)
        except BadControl as error:
            raise Ended("DATA-0002", str(error)) from None
        self._speakable = self._speakable or any(chunk.line for chunk in chunks)
        self._steps.extend(chunks)
        self._steps.extend(SpeakWarning(code, REMARKS[code]) for code in self._composer.take_remarks())
