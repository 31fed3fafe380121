"""The International Phonetic Alphabet in the letters that our voices read: those of the misaki dictionary."""

import re

_PAIRS = {
    "eɪ": "A", "aɪ": "I", "aʊ": "W", "oʊ": "O", "əʊ": "Q", "ɔɪ": "Y", "ɔʏ": "Y", "tʃ": "ʧ", "dʒ": "ʤ", "ɜːr": "ɜɹ",
    "ɝː": "ɜɹ", "ɝ": "ɜɹ", "ɚ": "əɹ", "ɫ": "l", "r": "ɹ", "ʀ": "ɹ", "g": "ɡ", "'": "ˈ", "\u02bc": "ˈ", ":": "ː",
    "ɵ": "ʊ",
}  # fmt: skip
"""Signs that another letter stands for; the longest first."""
_LETTERS = frozenset(" AIOQSTWYᵊabcdefhijklmnopqstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ\u0303ᵻ")
_SILENT = frozenset("./[]|‖‿͜͡ˑ-\u032f\u0329")
"""Signs that part syllables and the like: nothing is lost without them."""
_PAIR = re.compile("|".join(map(re.escape, sorted(_PAIRS, key=len, reverse=True))))


def read_ipa(text: str) -> str:
    """A pronunciation in the letters of the voices; signs that none of them knows are left out."""
    plain = "".join(sign for sign in text if sign not in _SILENT)
    return "".join(sign for sign in _PAIR.sub(lambda pair: _PAIRS[pair[0]], plain) if sign in _LETTERS).strip()


def is_known(text: str) -> bool:
    """Whether every sign of a pronunciation is one that the voices know."""
    plain = _PAIR.sub("", "".join(sign for sign in text if sign not in _SILENT))
    return bool(read_ipa(text)) and all(sign in _LETTERS for sign in plain)
