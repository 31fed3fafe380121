"""When interims are due, and how they give way."""

import pytest

from sonant.engine.listen.pacing import Pace


def test_the_first_comes_soon_after_speech_begins() -> None:
    pace = Pace()
    pace.begin_speech(0.5)
    assert pace.due == pytest.approx(0.66)
    assert pace.begin_interim(0.7, speaking=True, worded=False) == 0
    assert pace.due == pytest.approx(0.86)
    assert pace.begin_interim(0.9, speaking=True, worded=True) == 0
    assert pace.due == pytest.approx(1.9)


def test_what_takes_long_comes_less_often() -> None:
    pace = Pace()
    pace.note(1.0)
    assert pace.begin_interim(10, speaking=True, worded=True) == 5  # of a second each
    assert pace.due == 16
    pace.note(0.3)
    assert pace.begin_interim(12, speaking=True, worded=False) == 1  # the first words hardly give way
    assert pace.due == pytest.approx(12.3)
    pace.note(0.1)
    assert pace.begin_interim(16, speaking=True, worded=True) == 0
    assert pace.due == pytest.approx(17.0)


def test_speech_does_not_put_off_what_is_due() -> None:
    pace = Pace()
    pace.begin_speech(5.0)
    assert pace.due == 1.0
    pace.restart(6.0, speaking=False)
    assert pace.due == 7.0
