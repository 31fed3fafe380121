"""How the messages of the two listening sockets move a session on: their times, and what is final. Pure."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from sonant.client.audiofeed import AudioFeed
from sonant.contract.listen import (
    LISTEN_LIVE,
    LISTEN_TURNS,
    Alternative,
    LiveMetadata,
    LiveResults,
    SpeechStarted,
    TurnInfo,
    TurnWarning,
    UtteranceEnd,
    Word,
)

_UPDATE = 0.25
"""Seconds between two updates of a turn; the last one may come short of the end by as much."""
_PAUSE = 0.3
"""Seconds without a word at the end of a final that are a pause."""
_ROUNDED = 0.5
"""Seconds by which a service may be short in counting what it was sent."""
_FADING = 0.05
"""Seconds after the end of a word in which it may still sound."""
_SAME = 0.02
"""Seconds by which two connections may differ about where a word ends."""


class LiveFollower:
    """Of `/v1/listen`: the watermark is the end of the last final, of the channel that is furthest behind."""

    hears = LISTEN_LIVE.hears
    hears_audio = False

    def __init__(self, feed: AudioFeed) -> None:
        self._feed = feed
        self._ends: dict[int, float] = {}
        self._spoken_to: float | None = 0.0
        """Where the last word that is final ends, of one channel; None where results do not tell."""
        self.heard_to = 0.0

    def begin(self) -> None:
        """A new connection counts its time from nothing; what is final stays so."""
        self.heard_to = 0.0

    def finish(self) -> None:
        """Nothing more comes; nothing is held back here."""

    def has_heard_all(self) -> bool:
        """Never: what is heard is final in the end."""
        return False

    def follow(self, message: Any, now: float, *, rotating: bool) -> Any:
        """The message on the stream's timeline."""
        match message:
            case LiveResults():
                return self._follow_results(message, now)
            case SpeechStarted():
                self._feed.note_pause(None)
                return _shift(self._feed, message, "timestamp")
            case UtteranceEnd():
                if len(self._ends) < 2:
                    self._feed.note_pause(self.heard_to)
                return _shift(self._feed, message, "last_word_end", end=True)
            case LiveMetadata():
                if rotating or self._feed.has_said_close:
                    self._settle_all(message.duration)
                elif self._feed.is_told_elsewhere:  # the service gives up, and has told the receiver so much
                    self._feed.settle(self._feed.outbox.clock.at(message.duration))
                return None if rotating else message
            case _:
                return message

    def _follow_results(self, results: LiveResults, now: float) -> LiveResults | None:
        feed, stats = self._feed, self._feed.stats
        channel, count = results.channel_index if len(results.channel_index) > 1 else (0, 1)
        before = self._ends.get(channel, 0.0)
        moved = results if feed.outbox.clock.is_plain else _move(feed, results)
        told = moved if moved.start >= before - _SAME else _without_known(moved, before)
        if told is None:
            return None
        self.heard_to = max(self.heard_to, told.start + told.duration)
        if stats.first_interim is None and told.transcript:
            feed.note_text(now)
        if told.is_final:
            sent_at = feed.outbox.sent_at(results.start + results.duration)
            end = self._ends[channel] = max(before, told.start + told.duration)
            if sent_at is not None:
                stats.note_final(now - sent_at)
            self._note_words(told, count)
            feed.settle(end if count < 2 else min(self._ends.get(each, 0.0) for each in range(count)))
            vars(told)["sent_at"] = sent_at
        feed.note_pause(told.end if count < 2 and _ends_in_pause(told) else None)
        feed.bound_copies()
        return told

    def _note_words(self, told: LiveResults, count: int) -> None:
        """Where a final's last word ends, behind which another connection may begin."""
        words = told.best.words
        if words:
            self._spoken_to = words[-1].end
        elif told.transcript:
            self._spoken_to = None
        is_known = count < 2 and self._spoken_to is not None
        self._feed.note_quiet((self._spoken_to or 0.0) + _FADING if is_known else None)

    def _settle_all(self, duration: float) -> None:
        """The service has said its last word on so many seconds of this connection."""
        feed = self._feed
        heard = feed.outbox.clock.at(duration, end=True)
        if feed.track is None or heard >= feed.track.seconds(feed.tape.sent) - _ROUNDED:
            feed.finish_sent()
        else:
            feed.settle(heard)


def _ends_in_pause(results: LiveResults) -> bool:
    """Whether nobody spoke at the end of results, as far as they tell."""
    if not results.is_final or results.speech_final:
        return results.is_final or not results.transcript
    words = results.best.words
    return not words or results.end - words[-1].end >= _PAUSE


def _shift(feed: AudioFeed, message: Any, name: str, *, end: bool = False) -> Any:
    clock = feed.outbox.clock
    return message if clock.is_plain else replace(message, **{name: clock.at(getattr(message, name), end=end)})


def _move(feed: AudioFeed, results: LiveResults) -> LiveResults:
    """Results of a later connection on the stream's timeline."""
    clock = feed.outbox.clock
    start = clock.at(results.start)
    channel = results.channel
    moved = [
        replace(alternative, words=[_move_word(feed, word) for word in alternative.words])
        for alternative in channel.alternatives
    ]
    return replace(
        results,
        start=start,
        duration=clock.at(results.end, end=True) - start,
        channel=replace(channel, alternatives=moved, search=_move_search(feed, channel.search)),
    )


def _move_word(feed: AudioFeed, word: Word) -> Word:
    clock = feed.outbox.clock
    return replace(word, start=clock.at(word.start), end=clock.at(word.end, end=True))


def _move_search(feed: AudioFeed, searches: Any) -> Any:
    clock = feed.outbox.clock
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


class TurnFollower:
    """Of `/v2/listen`: the watermark is the end of the last turn, or where still nothing was said."""

    hears = LISTEN_TURNS.hears
    hears_audio = False

    def __init__(self, feed: AudioFeed) -> None:
        self._feed = feed
        self._ended = self._before = 0
        self._started = -1
        self._said_to = 0.0
        """Where the last turn ended."""
        self.heard_to = 0.0

    def begin(self) -> None:
        """A new connection counts its turns from nothing."""
        self._before = self._ended
        self.heard_to = 0.0

    def finish(self) -> None:
        """Nothing more comes; nothing is held back here."""

    def has_heard_all(self) -> bool:
        """Whether the last update reached the end: the last turn need not end."""
        track = self._feed.track
        return track is not None and self.heard_to >= track.seconds(self._feed.tape.accepted) - _UPDATE

    def follow(self, message: Any, now: float, *, rotating: bool) -> Any:
        """The message on the stream's timeline."""
        match message:
            case TurnInfo():
                return self._follow_turn(message, now)
            case TurnWarning(code="FORCE_END_TURN_NO_ACTIVE_TURN") if self._feed.said_last_words:
                return None  # there was none to end, and no user asked
            case _:
                return message

    def _follow_turn(self, turn: TurnInfo, now: float) -> TurnInfo:
        feed = self._feed
        sent_at = feed.outbox.sent_at(turn.audio_window_end)
        told = turn if feed.outbox.clock.is_plain else _behind(_move_turn(feed, turn), self._said_to)
        if self._before:
            told = replace(told, turn_index=told.turn_index + self._before)
        if told.event == "StartOfTurn":
            told = replace(told, event="Update") if told.turn_index <= self._started else told
            self._started = max(self._started, told.turn_index)
        if told.transcript:
            feed.note_text(now)
        self.heard_to = told.audio_window_end
        if told.event == "EndOfTurn":
            self._ended, self._said_to = told.turn_index + 1, told.audio_window_end
            if sent_at is not None:
                feed.stats.note_final(now - sent_at)
            last = told.words[-1].end if told.words else None
            feed.note_quiet(None if last is None else last + _FADING)
            feed.settle(told.audio_window_end)
            vars(told)["sent_at"] = sent_at
        pauses = told.event == "EndOfTurn" or not told.transcript
        feed.note_pause(told.audio_window_end if pauses else None)
        feed.bound_copies()
        return told


def _move_turn(feed: AudioFeed, turn: TurnInfo) -> TurnInfo:
    clock = feed.outbox.clock
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


def _behind(turn: TurnInfo, before: float) -> TurnInfo:
    """A turn without what the last one told, in whose pause the connection began."""
    if turn.audio_window_start >= before:
        return turn
    words = [word for word in turn.words if word.end is None or word.end > before + _SAME]
    is_whole = len(words) == len(turn.words)
    return replace(
        turn,
        audio_window_start=before,
        audio_window_end=max(turn.audio_window_end, before),
        words=words,
        transcript=turn.transcript if is_whole else " ".join(word.word for word in words),
    )
