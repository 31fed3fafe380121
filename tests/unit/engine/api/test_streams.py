from contextlib import ExitStack, suppress

import pytest

from sonant.engine.api.streams import Place, Streams
from sonant.engine.metrics import Metrics
from sonant.engine.refusals import Refusal


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def streams(clock: Clock) -> Streams:
    return Streams(1000, Metrics(), clock=clock)


def talk(place: Place, clock: Clock, lateness: float, finals: int = 4) -> None:
    """Speak in real time."""
    for _ in range(finals):
        clock.now += 1.0
        place.arrival.add(1.0)
        place.note_final(lateness)


def is_refused(streams: Streams) -> bool:
    with suppress(Refusal):
        streams.check_room()
        return False
    return True


def test_a_refusal_says_when_to_come_again() -> None:
    streams = Streams(1, Metrics())
    with streams.join(), pytest.raises(Refusal) as refused:
        streams.check_room()
    assert (refused.value.fault.status, refused.value.retry_after) == (503, 5)


def test_idle_sockets_take_no_room(streams: Streams) -> None:
    with ExitStack() as stack:
        for _ in range(999):
            stack.enter_context(streams.join())
        assert (streams.active, streams.talking) == (999, 0)
        assert not is_refused(streams)
        stack.enter_context(streams.join())
        assert is_refused(streams)
    assert streams.active == 0


def test_late_finals_of_those_who_talk_keep_others_out(streams: Streams, clock: Clock) -> None:
    with streams.join() as place, streams.join():
        talk(place, clock, 0.2)
        assert not is_refused(streams)
        talk(place, clock, 3.0, 6)
        assert is_refused(streams)
        assert (streams.capacity, streams.talking) == (2, 1)
        clock.now += 11
        assert not is_refused(streams)  # that was long ago


def test_the_lateness_of_a_stream_leaves_with_it(streams: Streams, clock: Clock) -> None:
    with streams.join() as place:
        talk(place, clock, 9.0)
        assert is_refused(streams)
    with streams.join():
        assert not is_refused(streams)


def test_one_slow_final_is_no_reason(streams: Streams, clock: Clock) -> None:
    with streams.join() as place:
        talk(place, clock, 8.0, 1)
        assert not is_refused(streams)
        talk(place, clock, 0.1, 3)
        assert not is_refused(streams)


def test_audio_counts_when_it_comes(streams: Streams, clock: Clock) -> None:
    """A client that is heard slowly is not taken for one that speaks; one that speaks and waits is."""
    with streams.join() as hasty, streams.join() as patient:
        for place in (hasty, patient):
            place.expect(32_000)
        hasty.note_audio(200 * 32_000)
        for _ in range(20):
            clock.now += 1.0
            hasty.note_final(5.0)  # of what came long ago
            patient.note_audio(32_000)
        assert hasty.arrival.is_hasty
        assert not is_refused(streams)
        for _ in range(4):
            patient.note_final(5.0)
        assert not patient.arrival.is_hasty
        assert is_refused(streams)


def test_the_rate_of_compressed_audio_is_learnt(streams: Streams, clock: Clock) -> None:
    with streams.join() as place:
        place.note_heard(1_000, 0.0)  # a header
        place.note_heard(3_000, 2.0)
        for _ in range(4):
            clock.now += 1.0
            place.note_audio(2_000)
        assert not place.arrival.is_hasty
        place.note_audio(16_000)
        assert place.arrival.is_hasty


def test_who_sends_all_at_once_keeps_nobody_out(streams: Streams, clock: Clock) -> None:
    with streams.join() as place:
        place.arrival.add(200.0)
        for _ in range(20):
            clock.now += 1.0
            place.note_final(5.0)
        assert not is_refused(streams)
