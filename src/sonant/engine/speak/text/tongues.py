"""Whether a sentence is in another language than a voice speaks, told by its small words. Pure.

It is a guess made to warn by: of a few words, or of words that several languages share, it says nothing.
"""

import re
import unicodedata
from collections.abc import Mapping

_ENGLISH_TOO = frozenset(
    "die no is do son come on me as a in an so was am at or all do he to per plus van dies".split()
)
"""Words of other languages that are English as well: they tell nothing."""
_SMALL: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split()) - (_ENGLISH_TOO if language != "en" else frozenset())
    for language, words in {
        "en": """the of and to is that it for with you this have are be as not by from at or we he she they but his her
            my your will would can there their what which when who if has had were been does i i'm it's don't its about
            into than then them these those how why where our us him could should just please""",
        "de": """der das und ist nicht ich ein eine einen einem einer zu mit auf für sie wir es wie aber den dem von im
            sich auch haben wird sind bei nach oder wenn noch nur kann mir mich dich uns ihr ihnen mein dein sein über
            zum zur vom bitte heute morgen guten tag du er bin""",
        "fr": """le les des et est un une dans que qui pour pas sur vous nous je il elle avec ce cette mais ou où au aux
            du sont être avoir plus très votre mon ma mes ses leur c'est j'ai n'est d'un d'une qu'il bonjour merci tu
            de la en""",
        "es": """el los las y es un una que en por para con no se su al del lo como más pero sus le ya muy este esta
            está son hay mi yo usted nos buenos días gracias hola qué cómo dónde de la""",
        "it": """il lo gli e è un una che di in per con non si del della dei delle al alla sono ho ha mi ti ci più anche
            ma come questo questa molto buongiorno grazie ciao dove nel nella la le da""",
        "pt": """o os as e é um uma que em por para com não se do da dos das no na ao mais mas como foi seu sua ele ela
            você eu são está muito este esta bom obrigado obrigada olá onde de""",
        "nl": """de het een en is van ik te dat die niet zijn op aan met voor er maar om hem dan ze bij ook naar heb
            hebben wij jij je mijn uw deze dit goedemorgen dank u hoe waar wat""",
        "sv": """jag och att det är en ett inte på av för med till som den har i om hon han vi du mig dig från eller ska
            kan vad var när där här mycket tack hej""",
        "da": """jeg og det er en et ikke på af av for med til som den har i om hun han vi du mig deg dig fra eller skal
            kan hvad hva hvor meget takk tak hej hei""",
        "pl": """i w na z się nie jest że jak o ale co po za od dla czy już tak jestem mam masz jego jej ich pan pani
            dzień dobry dobrze proszę dziękuję bardzo gdzie""",
    }.items()
}
_NAMES = re.compile(
    r"\b(?:(?:[Dd][eiau]|[Dd]e[lr]|[Dd][ao]s|[Ll][aeo]s?|[Ee]l|[Ll]os|[Ii]l|[Vv][ao]n|[Ss]an)\s+)+(?=[A-Z])"
)
"""What stands within a name, such as de la Cruz, El Paso, van der Berg."""
_LOANS = re.compile(
    r"\b(?:[aà] la (?:carte|mode)|au (?:pair|lait|gratin|jus|fait)|du jour|en (?:route|masse|suite|bloc|garde|passant)"
    r"|per se|et (?:al|cetera)|de (?:facto|jure|rigueur|luxe)|nom de plume|tour de force|joie de vivre|je ne sais quoi"
    r"|coup de grâce|crème de la crème|c'est la vie|hasta la vista|pas de deux|cul de sac|al (?:dente|fresco)"
    r"|mano a mano|(?:persona )?non (?:grata|sequitur))\b",
    re.IGNORECASE,
)
"""What English has borrowed as it was."""
_CODE = re.compile(r"\S*\d\S*")
"""What has a digit: what letters there are in it make no words."""
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_ACCENTED = re.compile(r"[a-z]*[\u00df-\u024f]")
"""A word, and no name, with a letter that English has not."""
_FEWEST = 4
"""Words of which a guess is made."""
_SHARE = 0.25
"""Of the words that are small words of a language, at least, where it is that one."""


_CLEARLY = 3
"""So many times the small words that the voice's own language has in it."""


def is_foreign(text: str, language: str) -> bool:
    """Whether a text is clearly in another language than that of a two-letter code."""
    found = _words(text)
    if len(found) < _FEWEST:
        return False
    words = [word.lower().replace("\u2019", "'") for word in found]
    accented = sum(bool(_ACCENTED.match(word)) for word in found)
    counts = {
        name: sum(word in small for word in words) + (accented if name != "en" else 0) for name, small in _SMALL.items()
    }
    most = max(counts.values())
    return most >= max(2, _SHARE * len(found)) and most >= _CLEARLY * counts.get(language, 0)


def _words(text: str) -> list[str]:
    text = _bare(text)
    for nothing in (_CODE, _LOANS, _NAMES):
        text = nothing.sub(" ", text)
    found: list[str] = _WORD.findall(text)
    return found


def _bare(text: str) -> str:
    """A text whose letters are whole; where marks are heaped upon them for show, without any."""
    whole = unicodedata.normalize("NFC", text)
    if not any(map(unicodedata.combining, whole)):
        return whole
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
