"""Whose turn it is, out of words and silence."""

from collections.abc import Iterator

from sonant.contract.listen import TurnInfo, TurnWord
from sonant.engine.listen.turns import Rules, Situation, TurnMachine, confidence_of


def words(text: str) -> list[TurnWord]:
    return [TurnWord(word, 0.9) for word in text.split()]


def talk(machine: TurnMachine, text: str, seconds: float, begin: float, *, speaking: bool) -> Iterator[TurnInfo]:
    """Follow a stretch, window by window; a turn that ends takes its words with it."""
    for step in range(1, round(seconds / 0.032) + 1):
        silence = 0.0 if speaking else step * 0.032
        for info in machine.follow(Situation(begin + step * 0.032, silence, words(text), not speaking)):
            text = "" if info.event == "EndOfTurn" else text
            yield info


def names(infos: list[TurnInfo]) -> list[str]:
    return [info.event for info in infos if info.event != "Update"]


def test_a_turn_from_beginning_to_end() -> None:
    machine = TurnMachine("r", Rules())
    infos = [*talk(machine, "", 1, 0, speaking=False), *talk(machine, "Hello there.", 1, 1, speaking=True)]
    infos += talk(machine, "Hello there.", 0.5, 2, speaking=False)
    assert names(infos) == ["StartOfTurn", "EndOfTurn"]
    (end,) = (info for info in infos if info.event == "EndOfTurn")
    assert end.trigger == "model"
    assert end.end_of_turn_confidence >= 0.7
    assert all(not info.transcript for info in infos[:3])


def test_updates_come_every_quarter_of_a_second() -> None:
    infos = list(talk(TurnMachine("r", Rules()), "", 4, 0, speaking=False))
    assert len(infos) == 15
    assert {info.event for info in infos} == {"Update"}


def test_an_eager_end_is_taken_back_when_speech_goes_on() -> None:
    machine = TurnMachine("r", Rules(eager=0.4))
    infos = [*talk(machine, "One two.", 1, 0, speaking=True), *talk(machine, "One two.", 0.3, 1, speaking=False)]
    infos += talk(machine, "One two. Three.", 1, 1.3, speaking=True)
    infos += talk(machine, "One two. Three.", 1, 2.3, speaking=False)
    assert names(infos) == ["StartOfTurn", "EagerEndOfTurn", "TurnResumed", "EagerEndOfTurn", "EndOfTurn"]
    eager, end = (next(i for i in reversed(infos) if i.event == name) for name in ("EagerEndOfTurn", "EndOfTurn"))
    assert eager.transcript == end.transcript


def test_a_sentence_that_hangs_is_waited_for() -> None:
    here = Situation(5, 0.5, words("I went to the"), settled=True)
    assert confidence_of(here) < 0.5 < confidence_of(Situation(5, 0.5, words("I went."), settled=True))


def test_the_timeout_ends_a_turn_where_no_confidence_may() -> None:
    machine = TurnMachine("r", Rules(threshold=1.0, timeout=1.0))
    infos = [*talk(machine, "Yes.", 1, 0, speaking=True), *talk(machine, "Yes.", 1.1, 1, speaking=False)]
    assert [info.trigger for info in infos if info.event == "EndOfTurn"] == ["timeout"]


def test_turns_are_counted_and_begin_where_the_last_one_ended() -> None:
    machine = TurnMachine("r", Rules())
    infos: list[TurnInfo] = []
    for turn in range(3):
        infos += talk(machine, "Yes.", 1, 2 * turn, speaking=True)
        infos += talk(machine, "Yes.", 0.45, 2 * turn + 1, speaking=False)
        infos += talk(machine, "", 0.5, 2 * turn + 1.45, speaking=False)
    ends = [info for info in infos if info.event == "EndOfTurn"]
    assert [end.turn_index for end in ends] == [0, 1, 2]
    assert ends[1].audio_window_start == ends[0].audio_window_end


def test_a_turn_can_be_forced_to_end() -> None:
    machine = TurnMachine("r", Rules())
    list(talk(machine, "Well", 1, 0, speaking=True))
    info = machine.force(Situation(1, 0, words("Well"), settled=True))
    assert (info.event, info.trigger, info.transcript) == ("EndOfTurn", "manual", "Well")
    assert not machine.is_active


def test_sound_and_words_together_are_surer_than_either() -> None:
    def sure(text: str, sounds_over: float | None) -> float:
        return confidence_of(Situation(5, 0.4, words(text), settled=True, sounds_over=sounds_over))

    assert sure("I went.", 0.95) > sure("I went.", None) > sure("I went.", 0.05)
    assert sure("I went to the", 0.95) > sure("I went to the", None) > sure("I went to the", 0.05)
    assert sure("I went.", 0.05) == sure("I went to the", 1.05)  # each counts for half
