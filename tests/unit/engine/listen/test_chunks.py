import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonant.engine.listen.chunks import LONGEST, Chunk, Chunker, find_runs, find_voice
from sonant.engine.models.ports import SAMPLE_RATE, Frames
from unit.engine.fakes import LoudnessVoice, silence, tone

BLOCK = 512 * 20


def cut(*parts: Frames) -> list[Chunk]:
    audio = np.concatenate(parts)
    chunker = Chunker(LoudnessVoice(), 0)
    chunks = [chunk for at in range(0, len(audio), BLOCK) for chunk in chunker.feed(audio[at : at + BLOCK])]
    return chunks + list(chunker.feed(audio[:0], last=True))


def length(chunk: Chunk) -> float:
    return len(chunk.audio) / SAMPLE_RATE


def test_silence_has_no_chunks() -> None:
    assert cut(silence(65)) == []
    assert cut(silence(0)) == []


def test_a_click_is_not_speech() -> None:
    assert cut(silence(1), tone(0.03), silence(1)) == []


def test_speech_keeps_a_margin_and_loses_the_silence_around() -> None:
    (chunk,) = cut(silence(5), tone(2), silence(5))
    assert chunk.start == pytest.approx(4.7, abs=0.05)
    assert length(chunk) == pytest.approx(2.6, abs=0.1)
    (span,) = chunk.voiced
    assert span == pytest.approx((0.3, 2.3), abs=0.05)


def test_short_pauses_stay_within_and_long_ones_part() -> None:
    chunks = cut(tone(2), silence(1), tone(2), silence(3), tone(2))
    assert [len(chunk.voiced) for chunk in chunks] == [2, 1]
    assert chunks[1].start == pytest.approx(7.7, abs=0.05)


def test_long_speech_is_cut_at_its_best_pause() -> None:
    chunks = cut(tone(5), silence(0.3), tone(7), silence(0.6), tone(12))
    assert chunks[0].start + length(chunks[0]) == pytest.approx(12.3, abs=0.35)
    assert all(length(chunk) <= LONGEST + 0.1 for chunk in chunks)


def test_speech_without_a_pause_is_cut_all_the_same() -> None:
    chunks = cut(tone(65))
    assert all(8 <= length(chunk) <= LONGEST + 0.1 for chunk in chunks[:-1])
    assert sum(map(length, chunks)) == pytest.approx(65, abs=0.1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0.2, 12), st.floats(0, 4)), max_size=8))
def test_all_speech_is_in_exactly_one_chunk(parts: list[tuple[float, float]]) -> None:
    audio = [piece for loud, quiet in parts for piece in (tone(loud), silence(quiet))] or [silence(1)]
    spoken = sum(loud for loud, _ in parts)
    chunks = cut(*audio)
    voiced = sum(end - start for chunk in chunks for start, end in chunk.voiced)
    assert voiced == pytest.approx(spoken, abs=0.07 * len(parts) + 0.1)
    assert all(length(chunk) <= LONGEST + 0.1 for chunk in chunks)
    ends = [chunk.start + length(chunk) for chunk in chunks]
    assert all(end <= after.start + 0.7 for end, after in zip(ends, chunks[1:], strict=False))


def test_voice_holds_on_below_its_onset() -> None:
    scores = np.array([0.4, 0.6, 0.4, 0.3, 0.4], np.float32)
    assert find_voice(scores, speaking=False).tolist() == [False, True, True, False, False]
    assert find_voice(scores[:1], speaking=True).tolist() == [True]


def test_runs() -> None:
    assert find_runs(np.array([1, 1, 0, 1], bool)) == [(0, 2), (3, 4)]
    assert find_runs(np.array([], bool)) == []
