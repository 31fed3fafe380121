"""What stands before a piece when it is heard."""

import numpy as np
import pytest

from sonant.engine.listen.context import Context, together
from sonant.engine.listen.segments import WINDOW, WINDOWS, Final, Piece, Segments
from unit.engine.fakes import heard

SECOND = 16_000


def pieces(*parts: tuple[float, float], endpointing: float = 300) -> tuple[list[Piece], np.ndarray]:
    """The finals of parts of (score, seconds), and all the audio, in which every sample tells its place."""
    scores = np.concatenate([np.full(round(seconds * WINDOWS), score, np.float32) for score, seconds in parts])
    audio = np.arange(len(scores) * WINDOW, dtype=np.float32)
    cuts = Segments(endpointing).feed(audio, scores)
    return [cut.piece for cut in cuts if isinstance(cut, Final)], audio


def test_a_piece_is_heard_behind_the_last_ones() -> None:
    (one, two, three), audio = pieces((0, 1), (1, 1), (0, 0.6), (1, 1), (0, 0.6), (1, 1), (0, 0.6))
    context = Context(12)
    assert context.join(one, 12).known == ""
    context.add(one, heard(("One.", 1, 2)))
    context.add(two, heard(("Two", 3, 4), ("three.", 4, 5)))
    chunk = context.join(three, 12, channel=3)
    assert (chunk.channel, chunk.start, chunk.known) == (3, one.begin, "One. Two three.")
    assert chunk.known_until == pytest.approx(three.begin - one.begin)
    first = round(one.begin * SECOND)
    assert np.array_equal(chunk.audio, audio[first : round(three.begin * SECOND) + len(three.audio)])
    assert chunk.voiced[0][0] == pytest.approx(three.voiced[0][0] + chunk.known_until)


def test_no_more_is_taken_than_there_is_room_for() -> None:
    (one, two, three), _ = pieces((1, 3), (0, 0.6), (1, 3), (0, 0.6), (1, 3), (0, 0.6))
    context = Context(12)
    context.add(one, heard(("One.", 0, 1)))
    context.add(two, heard(("Two.", 4, 5)))
    assert context.join(three, 8).known == "Two."
    assert context.join(three, 5).known == ""
    assert context.join(three, 5).start == three.begin


def test_a_long_pause_ends_what_belongs_together() -> None:
    (one, two), _ = pieces((1, 1), (0, 3), (1, 1), (0, 0.6))
    context = Context(12)
    context.add(one, heard(("One.", 0, 1)))
    assert context.join(two, 12).known == ""
    context.add(two, heard(("Two.", 4, 5)))
    assert context.join(two, 12).known == ""


def test_a_piece_without_words_is_no_gap() -> None:
    (one, two, three), audio = pieces((1, 1), (0, 0.6), (1, 1), (0, 0.6), (1, 1), (0, 0.6))
    context = Context(12)
    context.add(one, heard(("One.", 0, 1)))
    context.add(two, [])
    chunk = context.join(three, 12)
    assert chunk.known == "One."
    assert np.array_equal(chunk.audio[:SECOND], audio[:SECOND])


def test_as_much_is_heard_together_as_there_is_time_for() -> None:
    assert [together(endpointing) for endpointing in (10, 300, 400, 500, 1000, None)] == [8, 10, 11, 12, 12, 12]
