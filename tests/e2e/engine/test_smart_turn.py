"""The real Smart Turn weights, where they are installed."""

from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import pytest

from e2e.engine.conftest import DATA, Engine, start_engine
from e2e.engine.sounds import RATE, Sound, samples_of
from e2e.engine.talks import talk
from e2e.engine.test_live import pcm, still
from e2e.engine.test_turns import FLUX, check_turns
from sonant.engine.models.catalog import load_turn_end, open_turn_end
from sonant.engine.models.loading import LoadError
from sonant.engine.models.smartturn import SmartTurn

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("pipecat") is None or find_spec("onnxruntime") is None,
        reason="no weights: pip install 'sonant[turns]' and --no-deps pipecat-ai==1.14.0",
    ),
]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> SmartTurn:
    loaded = open_turn_end(None, tmp_path_factory.mktemp("cache"))
    assert loaded is not None
    return loaded


def sentence(channel: int) -> Sound:
    """One of two whole sentences."""
    with av.open(str(DATA / "two_channels.flac")) as container:
        resampler = av.AudioResampler(format="fltp", rate=RATE)
        frames = [r for frame in container.decode(audio=0) for r in resampler.resample(frame)]
    sound: Sound = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)[channel]
    loud = np.flatnonzero(np.abs(sound) > 0.02)
    return sound[: loud[-1] + 1]


@pytest.mark.parametrize("channel", [0, 1])
def test_a_whole_sentence_sounds_over(judge: SmartTurn, channel: int) -> None:
    assert judge.judge(np.concatenate([sentence(channel), still(0.2)])) > 0.5


@pytest.mark.parametrize("pause", [2.8, 12.0, 17.0])
def test_who_looks_for_words_does_not(judge: SmartTurn, spacewalk: bytes, pause: float) -> None:
    """At "as it's worth ...", "it just being ...", "if it signifies anything, it is ..."."""
    assert judge.judge(samples_of(spacewalk)[: int(pause * RATE)]) < 0.5


def test_only_the_last_seconds_count(judge: SmartTurn, spacewalk: bytes) -> None:
    speech = samples_of(spacewalk)
    assert judge.judge(speech) == pytest.approx(judge.judge(speech[-int(judge.longest * RATE) :]))


def test_a_whole_sentence_ends_its_turn_soon() -> None:
    whole = sentence(0)
    with start_engine() as engine:
        end = _end_of_turn(engine, pcm(np.concatenate([whole, still(3)])))
    assert end < len(whole) / RATE + 0.45  # by its words alone it would take 0.42 s and what voice activity adds


def test_a_file_that_is_named_must_be_a_model(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"SONANT_TURN_MODEL: .* is no Smart Turn model .* or leave the setting out"):
        load_turn_end(Path(__file__), tmp_path)


def test_a_file_that_is_named_is_said_to_be_at_work(
    judge: SmartTurn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    named = tmp_path / "named.onnx"
    named.write_bytes(judge.path.read_bytes())
    with caplog.at_level("INFO", "sonant"):
        assert load_turn_end(named, tmp_path)
    assert [(line.message, vars(line)["model"]) for line in caplog.records] == [
        ("turns are told with Smart Turn", str(named))
    ]


def _end_of_turn(engine: Engine, audio: bytes) -> float:
    with talk(engine.place, "/v2/listen", FLUX) as stream:
        stream.send(audio)
        stream.finish()
    (end,) = [info for info in check_turns(stream) if info["event"] == "EndOfTurn"]
    assert end["trigger"] == "model"
    return float(end["audio_window_end"])
