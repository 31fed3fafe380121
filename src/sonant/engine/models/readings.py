"""What to believe of a reading: words that were invented are left out, and those put too late are kept. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import accumulate, groupby, pairwise, takewhile
from string import punctuation

from sonant.engine.models.ports import HeardWord

INSTANT = 0.02
"""Seconds that the alignment tells apart."""
_CROWD = 4
"""Words that begin in one instant at the end were invented, as a sentence is that is said again without a sound."""
_FASTEST = 6.0
"""Tokens a second of speech; nobody says more of them while repeating what was said."""
_SHORTEST_WORD = 0.25
"""Seconds that a word takes at least which is said by itself, again and again."""
_PHRASE = 2
"""Tokens of the shortest phrase that is looked for again."""
_CUT_OFF = 3
"""Tokens at the end that are taken for a phrase that begins again."""
_LONG_WORD, _SLOW_WORD = 0.9, 0.45
"""Seconds: what lasts longer than the one is more than a word, and none of its words takes longer than the other."""


def trim(words: Sequence[HeardWord], seconds: float, known: Sequence[HeardWord] = ()) -> list[HeardWord]:
    """Without the words that start past the end of the audio, or all in its last instant; none ends past it.

    A last word that lasts longer than a word does holds those that follow it: the alignment has put them too late.

    Args:
        words: of a reading.
        seconds: of audio.
        known: words that went before them.
    """
    said = leave_echoes(words, known)
    inside = [word for word in said if word.start < seconds - INSTANT]
    kept = _leave_crowd(inside)
    if not kept:
        return []
    late = said[len(inside) :] if kept == inside else ()
    room = seconds - kept[-1].start
    held = late[: int(room / _SLOW_WORD) - 1] if room > _LONG_WORD else ()
    return [*kept[:-1], *_share([kept[-1], *held], seconds)]


def leave_echoes(words: Sequence[HeardWord], known: Sequence[HeardWord] = ()) -> list[HeardWord]:
    """Without phrases that are said again in one instant: the decoder repeats itself where it hears nothing."""
    said = list(known)
    for _, group in groupby(words, key=lambda word: round(word.start / INSTANT)):
        said = _leave_echo(said, list(group), len(known))
    return said[len(known) :]


def _leave_echo(said: list[HeardWord], crowd: list[HeardWord], least: int) -> list[HeardWord]:
    """What was said and a crowd of one instant; if that says again what was said, only up to where it begins to."""
    together = _spell([*said, *crowd])
    for at in range(len(said), len(together) - _CROWD + 1):
        first = _find(together[: at + _CROWD - 1], together[at : at + _CROWD])
        if first is not None:
            back = _count_alike(together[max(least, first + 1) : at], together[:first])
            return [*said, *crowd][: at - back]
    return [*said, *crowd]


def _count_alike(words: Sequence[str], others: Sequence[str]) -> int:
    """How many of the last words are the same."""
    pairs = zip(reversed(words), reversed(others), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _spell(words: Sequence[HeardWord]) -> list[str]:
    return [word.text.strip(punctuation).lower() for word in words]


def _find(said: Sequence[str], phrase: Sequence[str]) -> int | None:
    """Where a phrase was said last."""
    places = range(len(said) - len(phrase), -1, -1)
    return next((at for at in places if said[at : at + len(phrase)] == phrase), None)


def _leave_crowd(words: list[HeardWord]) -> list[HeardWord]:
    """Without words that all begin at the instant when the last one does: nobody said them."""
    crowd = sum(word.start > words[-1].start - INSTANT for word in words)
    return words[:-crowd] if crowd >= _CROWD else words


def _share(words: Sequence[HeardWord], seconds: float) -> list[HeardWord]:
    """Words one after another by their letters, the last ending with the audio at the latest."""
    start, end = words[0].start, min(words[0].end, seconds)
    letters = [0, *accumulate(len(word.text) for word in words)]
    edges = [start + (end - start) * count / letters[-1] for count in letters]
    return [replace(word, start=a, end=b) for word, (a, b) in zip(words, pairwise(edges), strict=True)]


def avoid(readings: Sequence[list[HeardWord]], words: Collection[str]) -> list[list[HeardWord]]:
    """Readings, those first that have the fewest of some words."""

    def count(reading: Sequence[HeardWord]) -> int:
        return sum(word.text.strip(punctuation).lower() in words for word in reading)

    return sorted(readings, key=count) if words else list(readings)


def repeats_itself(tokens: Sequence[int]) -> bool:
    """Whether the end says the same 1 to 8 tokens at least three times (single tokens: six times)."""
    return len(cut_loop(tokens)) < len(tokens)


def cut_loop(tokens: Sequence[int]) -> list[int]:
    """Tokens that end with what is said again and again, with that said once."""
    given = list(tokens)
    for size in range(1, 9):
        times = _count_repeats(given, size)
        if times >= (6 if size == 1 else 3):
            return given[: len(given) - size * (times - 1)]
    return given


def cut_echo(tokens: Sequence[int], known: Sequence[int], spoken: float) -> list[int]:
    """Tokens without what is said again at once, where there is too little speech to hold it.

    Where the sound is poor, the decoder says a phrase again with full confidence. Who really says it again takes time.

    Args:
        tokens: of a reading.
        known: those before them.
        spoken: seconds of speech that hold the tokens.
    """
    said, heard = list(known), list(tokens)
    if len(set(heard)) == 1 and spoken < len(heard) * _SHORTEST_WORD:
        return heard[: max(1, int(spoken / _SHORTEST_WORD))]
    while len(heard) > spoken * _FASTEST and (found := _find_again([*said, *heard], len(said))):
        at, size = found
        rest = heard[at - len(said) + size :]
        goes_on = not set(rest) <= set([*said, *heard][at - size : at])
        heard = heard[: at - len(said)] + (rest if goes_on else [])
    return heard


def _find_again(tokens: Sequence[int], least: int) -> tuple[int, int] | None:
    """Where a phrase that was said just before begins, from `least` on, and its length; the end may cut it off."""
    for at in range(max(least, _PHRASE), len(tokens)):
        for size in range(_PHRASE, at + 1):
            again = tokens[at : at + size]
            if len(again) >= min(size, _CUT_OFF) and again == tokens[at - size : at - size + len(again)]:
                return at, len(again)
    return None


def _count_repeats(tokens: Sequence[int], size: int) -> int:
    """How often the last tokens, so many of them, stand one after another at the end."""
    times, tail = 0, tokens[-size:]
    while len(tokens) >= size and tokens[-size:] == tail:
        times, tokens = times + 1, tokens[:-size]
    return times
