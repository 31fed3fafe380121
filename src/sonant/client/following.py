"""How the messages of the two listening sockets move a session on: their times, and what is final. Pure."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from sonant.client.session import Follower, Session
from sonant.contract.listen import (
    LISTEN_LIVE,
    LISTEN_TURNS,
    Alternative,
    LiveMetadata,
    LiveResults,
    SpeechStarted,
    TurnInfo,
    UtteranceEnd,
    Word,
)

_UPDATE = 0.25
"""Seconds between two updates of a turn; the last one may come short of the end by as much."""
_SAME = 0.02
"""Seconds by which two connections may differ about where a word ends."""


class LiveFollower(Follower):
    """Of `/v1/listen`: the watermark is the end of the last final, of the channel that is furthest behind."""

    hears = LISTEN_LIVE.hears
    keeps_alive = True

    def __init__(self) -> None:
        self._ends: dict[int, float] = {}

    def begin(self) -> None:
        """A new connection counts its time from nothing; what is final stays so."""

    def follow(self, session: Session, message: Any) -> Any:
        """The message on the stream's timeline."""
        match message:
            case LiveResults():
                return self._follow_results(session, message)
            case SpeechStarted():
                return _shift(session, message, "timestamp")
            case UtteranceEnd():
                return _shift(session, message, "last_word_end", end=True)
            case LiveMetadata():
                session.finish_sent()
                return None if session.is_rotating else message
            case _:
                return message

    def _follow_results(self, session: Session, results: LiveResults) -> LiveResults | None:
        channel = results.channel_index[0] if results.channel_index else 0
        sent_at = session.outbox.sent_at(results.end) if results.is_final else None
        moved = results if session.outbox.clock.is_plain else _move(session, results)
        before = self._ends.get(channel, 0.0)
        told = moved if moved.start >= before - _SAME else _without_known(moved, before)
        if told is None:
            return None
        if told.transcript:
            session.note_text()
        if told.is_final:
            self._ends[channel] = max(before, told.end)
            session.note_final(sent_at)
            session.settle(min(self._ends.get(each, 0.0) for each in range(_count(results))))
            vars(told).update(sent_at=sent_at)
        return told


def _count(results: LiveResults) -> int:
    return max(1, results.channel_index[1] if len(results.channel_index) > 1 else 1)


def _shift(session: Session, message: Any, name: str, *, end: bool = False) -> Any:
    clock = session.outbox.clock
    return message if clock.is_plain else replace(message, **{name: clock.at(getattr(message, name), end=end)})


def _move(session: Session, results: LiveResults) -> LiveResults:
    """Results of a later connection on the stream's timeline."""
    clock = session.outbox.clock
    start = clock.at(results.start)
    channel = results.channel
    moved = [
        replace(alternative, words=[_move_word(session, word) for word in alternative.words])
        for alternative in channel.alternatives
    ]
    return replace(
        results,
        start=start,
        duration=clock.at(results.end, end=True) - start,
        channel=replace(channel, alternatives=moved, search=_move_search(session, channel.search)),
    )


def _move_word(session: Session, word: Word) -> Word:
    clock = session.outbox.clock
    return replace(word, start=clock.at(word.start), end=clock.at(word.end, end=True))


def _move_search(session: Session, searches: Any) -> Any:
    clock = session.outbox.clock
    return searches and [
        replace(
            search,
            hits=[replace(hit, start=clock.at(hit.start), end=clock.at(hit.end, end=True)) for hit in search.hits],
        )
        for search in searches
    ]


def _without_known(results: LiveResults, before: float) -> LiveResults | None:
    """Results without the words that were final before; None if they tell nothing else."""
    if results.end <= before + _SAME:
        return None
    alternatives = [_later(alternative, before) for alternative in results.channel.alternatives]
    return replace(
        results,
        start=before,
        duration=results.end - before,
        channel=replace(results.channel, alternatives=alternatives),
    )


def _later(alternative: Alternative, before: float) -> Alternative:
    words = [word for word in alternative.words if word.end > before + _SAME]
    if len(words) == len(alternative.words):
        return alternative
    return replace(alternative, words=words, transcript=" ".join(word.text for word in words))


class TurnFollower(Follower):
    """Of `/v2/listen`: the watermark is the end of the last turn, or where still nothing was said."""

    hears = LISTEN_TURNS.hears

    def __init__(self) -> None:
        self._ended = self._before = 0
        self._started = -1
        self._heard_to = 0.0

    def begin(self) -> None:
        """A new connection counts its turns from nothing."""
        self._before = self._ended
        self._heard_to = 0.0

    def has_heard_all(self, session: Session) -> bool:
        """Whether the last update reached the end: the last turn need not end."""
        track = session.tape.track
        return track is not None and self._heard_to >= track.seconds(session.tape.accepted) - _UPDATE

    def follow(self, session: Session, message: Any) -> Any:
        """The message on the stream's timeline."""
        return self._follow_turn(session, message) if isinstance(message, TurnInfo) else message

    def _follow_turn(self, session: Session, turn: TurnInfo) -> TurnInfo:
        sent_at = session.outbox.sent_at(turn.audio_window_end)
        told = turn if session.outbox.clock.is_plain else _move_turn(session, turn)
        if self._before:
            told = replace(told, turn_index=told.turn_index + self._before)
        if told.event == "StartOfTurn":
            told = replace(told, event="Update") if told.turn_index <= self._started else told
            self._started = max(self._started, told.turn_index)
        if told.transcript:
            session.note_text()
        self._heard_to = told.audio_window_end
        if told.event == "EndOfTurn":
            self._ended = told.turn_index + 1
            session.note_final(sent_at)
            session.settle(told.audio_window_end)
            vars(told).update(sent_at=sent_at)
        return told


def _move_turn(session: Session, turn: TurnInfo) -> TurnInfo:
    clock = session.outbox.clock
    words = [
        word
        if word.start is None or word.end is None
        else replace(word, start=clock.at(word.start), end=clock.at(word.end, end=True))
        for word in turn.words
    ]
    return replace(
        turn,
        audio_window_start=clock.at(turn.audio_window_start),
        audio_window_end=clock.at(turn.audio_window_end, end=True),
        words=words,
    )
