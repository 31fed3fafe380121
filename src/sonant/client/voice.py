"""What voices on threads and on an event loop share: whose turn it is to speak, and what goes with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sonant.client.flavour import F
from sonant.client.pacing import Turnstile
from sonant.client.saying import Saying, closed_early
from sonant.client.session import Session
from sonant.client.stream import Stream
from sonant.client.textentries import Nudge
from sonant.client.textfeed import TextFeed
from sonant.contract.speak import Clear, Flush
from sonant.contract.wire import Message


class Voice(Stream[F]):
    """What speaks the text that it is given."""

    def __init__(
        self, session: Session, dial: Callable[[], Any], enlist: Callable[[Any], None], feed: TextFeed
    ) -> None:
        super().__init__(session, dial, enlist)
        self._feed = feed
        self._turnstile = Turnstile("A text is being said already")

    @property
    def unspoken(self) -> str:
        """The text that is not known to be spoken: it would be sent again after a loss of connection.

        What `say` took from whoever writes, and did not send yet, belongs to it. After the end it is what was lost.
        Text is known to be spoken once its `Flush` is answered: with `say` sentence by sentence, or in `speak.turns`
        all of a turn. What was given up does not belong to it: on an event loop, a text whose task was cancelled is
        given up as soon as nobody holds what `say` gave, with the loop's next turn, or as another text is said.
        """
        return self._feed.unspoken

    def _check_spoken(self) -> None:
        """See that all text was spoken, now that the stream has ended.

        Raises:
            StreamLost: somebody closed it before.
        """
        if self._feed.unspoken.strip():
            raise closed_early(self._feed)

    def _check_free(self) -> None:
        self._started()
        self._check_open()
        self._turnstile.check()

    def _takes(self, saying: Saying) -> bool:
        """Whether more of a text is to be sent."""
        is_unwanted = saying.draft.is_left or saying.is_given_up
        return not (is_unwanted or self._session.is_closed or self._session.is_closing)

    def _take_leave(self, saying: Saying) -> Message | None:
        """No more of a text is wanted; what to send to give up what is not spoken, if anything is."""
        if saying.draft.is_left:
            return None
        saying.draft.is_left = True
        if self._session.is_closed:
            return None
        if self._feed.draft is saying.draft:
            self._feed.draft = None
        is_over = saying.is_settled or saying.is_given_up or not saying.draft.has_begun
        return None if is_over else self._give_up()

    def _give_up(self) -> Message:
        """What gives up a text that nobody wants to hear any more."""
        return Clear()

    def _wants_flush(self, saying: Saying) -> bool:
        """Whether a text of which nothing more comes has no `Flush` behind it."""
        draft = saying.draft
        return draft.has_begun and not (saying.is_flushed or draft.is_left or saying.is_given_up)

    def _is_last(self, sentence: str, saying: Saying) -> bool:
        """Whether a sentence that is about to go is known to be the last one."""
        if not saying.draft.is_last(sentence):
            return False
        saying.expect_last(has_text=True)
        return True

    def _behind(self, *, is_last: bool) -> Flush | None:
        """What goes with a sentence."""
        if is_last:
            return Flush()
        return Nudge() if self._nudges else None

    @property
    def _nudges(self) -> bool:
        """Whether each sentence is flushed."""
        return True
