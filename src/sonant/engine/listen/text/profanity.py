"""Profane words behind asterisks."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from sonant.engine.listen.text.spans import core, merge, part
from sonant.engine.models.ports import HeardWord

_NAMES = {
    "ar": "arabic", "zh": "chinese", "cs": "czech", "da": "danish", "nl": "dutch", "en": "english", "fi": "finnish",
    "fr": "french", "de": "german", "hi": "hindi", "hu": "hungarian", "it": "italian", "ja": "japanese",
    "ko": "korean", "no": "norwegian", "fa": "persian", "pl": "polish", "pt": "portuguese", "ru": "russian",
    "es": "spanish", "sv": "swedish", "th": "thai", "tr": "turkish",
}  # fmt: skip
PROFANITY_LANGUAGES = frozenset(_NAMES)

_DECENT = frozenset(
    "sex sexy sexual sexually sexuality suck sucks xx xxx breast breasts nipple nipples vagina vulva penis anal "
    "anus rectum scrotum semen sperm testicle genitals nude nudity naked topless undressing lesbian gay rape raping "
    "rapist incest virgin bra panty panties thong erotic erotism orgasm intercourse masturbate ejaculation "
    "lovemaking escort swinger domination sadism voyeur threesome vibrator bondage hardcore playboy porn porno "
    "pornography pedophile paedophile pedobear neonazi swastika sodomy hell damn butt tushy snatch cock cocks hoe "
    "hooker eunuch bareback barenaked boob boobs beaner beaners coon coons poof spunk simp skeet pegging fisting "
    "humping kinky juggs scissoring shrimping snowballing hentai yaoi bbw bdsm dvda guro mf lolita santorum "
    "birdlock testbad01 acrotomophilia coprophilia zoophilia urophilia nymphomania grope busty knobbing throating "
    "retarded".split()
)
"""Words of the lists that are said without offence."""


def mask_profanity(words: Sequence[HeardWord], language: str) -> list[HeardWord]:
    """Profane words as asterisks, one for each letter; whole words only."""
    listed = _listed(language)
    return [_mask(word) if core(word) in listed else word for word in words]


def _mask(word: HeardWord) -> HeardWord:
    return merge([word], "*" * len(part(word.text)[1]))


@cache
def _listed(language: str) -> frozenset[str]:
    """The words that glin-profanity lists for a language."""
    if language not in _NAMES:
        return frozenset()
    library: Any = import_module("glin_profanity.data.dictionary").DictionaryLoader()
    found = {word.strip().lower() for word in library.get_words(_NAMES[language])}
    return frozenset(word for word in found if word and " " not in word and word not in _DECENT)
