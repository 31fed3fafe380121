"""Where a live channel is cut: decided by the sound alone."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from sonant.engine.listen.segments import WINDOW, WINDOWS, Cut, Final, Likely, Onset, Segments

SPEECH, SILENCE = 1.0, 0.0


def run(segments: Segments, *parts: tuple[float, float]) -> list[Cut]:
    """What follows from parts of (score, seconds); the audio tells its window's number."""
    cuts: list[Cut] = []
    for score, seconds in parts:
        count = round(seconds * WINDOWS)
        audio = np.repeat(np.arange(count, dtype=np.float32), WINDOW)
        cuts += segments.feed(audio, np.full(count, score, np.float32))
    return cuts


def finals(cuts: Iterable[Cut]) -> list[Final]:
    return [cut for cut in cuts if isinstance(cut, Final)]


def edges(found: Sequence[Final]) -> list[tuple[float, float]]:
    return [(final.piece.start, final.piece.end) for final in found]


@pytest.mark.parametrize(("milliseconds", "windows"), [(10, 3), (96, 3), (300, 9), (500, 16), (1000, 31)])
def test_silence_of_endpointing_ends_speech(milliseconds: float, windows: int) -> None:
    (final,) = finals(run(Segments(milliseconds), (SILENCE, 1), (SPEECH, 1), (SILENCE, 1.2)))
    spoken = round(1 * WINDOWS) * 2
    assert final.speech_final
    assert final.piece.end == pytest.approx((spoken + windows) / WINDOWS)


def test_speech_begins_where_its_first_window_is() -> None:
    (onset,) = (cut for cut in run(Segments(300), (SILENCE, 1), (SPEECH, 0.5)) if isinstance(cut, Onset))
    assert onset.at == pytest.approx(round(1 * WINDOWS) / WINDOWS)


def test_one_loud_window_is_no_speech() -> None:
    assert not run(Segments(300), (SILENCE, 1), (SPEECH, 1 / WINDOWS), (SILENCE, 1))


def test_what_is_likely_final_sounds_as_the_final_does() -> None:
    cuts = run(Segments(300), (SILENCE, 1), (SPEECH, 1), (SILENCE, 1))
    (likely,) = (cut for cut in cuts if isinstance(cut, Likely))
    (final,) = finals(cuts)
    assert likely.piece.key == final.piece.key
    assert np.array_equal(likely.piece.audio, final.piece.audio)


def test_finals_follow_one_another_without_a_gap() -> None:
    segments = Segments(100)
    parts = [(SPEECH, 0.7), (SILENCE, 0.4)] * 5 + [(SILENCE, 20), (SPEECH, 40), (SILENCE, 3)]
    found = finals(run(segments, *parts))
    assert edges(found)[0][0] == 0
    assert all(a[1] == b[0] for a, b in zip(edges(found), edges(found)[1:], strict=False))
    assert segments.finish().piece.start == edges(found)[-1][1]


def test_long_speech_is_cut_and_nothing_of_it_is_left_out() -> None:
    segments = Segments(300)
    found = finals(run(segments, (SPEECH, 40), (SILENCE, 1)))
    assert [final.speech_final for final in found] == [False] * (len(found) - 1) + [True]
    assert all(len(final.piece.audio) <= 15.5 * 16_000 for final in found)
    assert sum(len(final.piece.audio) for final in found) >= 40 * 16_000 - WINDOW * 2


def test_long_silence_moves_on_without_words() -> None:
    found = finals(run(Segments(300), (SILENCE, 30)))
    assert len(found) == 5
    assert not any(len(final.piece.audio) for final in found)
    assert all(final.speech_final for final in found)


def test_without_endpointing_no_silence_ends_the_speech() -> None:
    found = finals(run(Segments(None), (SPEECH, 1), (SILENCE, 8)))
    assert found
    assert not any(final.speech_final for final in found)


def test_finish_makes_all_final() -> None:
    segments = Segments(300)
    run(segments, (SPEECH, 1))
    final = segments.finish(from_finalize=True)
    assert (final.from_finalize, final.speech_final) == (True, True)
    assert final.piece.end == segments.now == segments.start


def test_after_a_final_the_same_audio_gives_the_same_finals() -> None:
    """What a client relies on that tells a stream again from the end of a final."""
    parts = [(SPEECH, 1.3), (SILENCE, 0.5), (SPEECH, 20), (SILENCE, 0.6), (SPEECH, 0.8), (SILENCE, 2)]
    scores = np.concatenate([np.full(round(s * WINDOWS), score, np.float32) for score, s in parts])
    audio = np.repeat(np.arange(len(scores), dtype=np.float32), WINDOW)
    whole = finals(Segments(300).feed(audio, scores))
    for first in whole[:-1]:
        begin = round(first.piece.end * WINDOWS)
        again = finals(Segments(300).feed(audio[begin * WINDOW :], scores[begin:]))
        shifted = [(a + first.piece.end, b + first.piece.end) for a, b in edges(again)]
        assert np.allclose(shifted, [edge for edge in edges(whole) if edge[0] >= first.piece.end], atol=1e-5)
