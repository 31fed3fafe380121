import pytest

from sonant.engine.listen.arrival import Arrival
from sonant.engine.models.workers import Urgency


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("chunk", "speed"), [(0.1, 1.0), (0.02, 1.25), (1.0, 1.9), (10.0, 1.0)])
def test_audio_as_it_is_spoken(chunk: float, speed: float) -> None:
    clock = Clock()
    arrival = Arrival(clock)
    for _ in range(int(60 / chunk)):
        clock.now += chunk / speed
        arrival.add(chunk)
    assert not arrival.is_hasty or chunk > 3
    clock.now += chunk / speed
    assert not arrival.is_hasty
    assert arrival.urgency_of(Urgency.FINAL) is Urgency.FINAL


def test_all_at_once_is_behind_until_its_time_has_come() -> None:
    clock = Clock()
    arrival = Arrival(clock)
    arrival.add(200.0)
    assert arrival.is_hasty
    assert arrival.urgency_of(Urgency.FINAL) is Urgency.BEHIND
    assert arrival.urgency_of(Urgency.INTERIM) is Urgency.INTERIM
    clock.now += 90.0
    assert arrival.is_hasty
    clock.now += 10.0
    assert not arrival.is_hasty


def test_what_was_sent_again_after_a_break_is_soon_forgiven() -> None:
    clock = Clock()
    arrival = Arrival(clock)
    arrival.add(10.0)
    for _ in range(80):
        clock.now += 0.1
        arrival.add(0.1)
    assert not arrival.is_hasty


def test_who_talks() -> None:
    clock = Clock()
    arrival = Arrival(clock)
    assert not arrival.is_talking
    arrival.add(0.1)
    assert arrival.is_talking
    clock.now += 5
    assert not arrival.is_talking
