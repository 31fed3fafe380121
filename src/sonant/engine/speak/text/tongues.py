"""Whether a sentence is in another language than a voice speaks, told by its small words. Pure.

It is a guess made to warn by: of a few words, or of words that several languages share, it says nothing.
"""

import re
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
    }.items()
}
_NAMES = re.compile(
    r"\b(?:(?:[Dd][eiau]|[Dd]e[lr]|[Dd][ao]s|[Ll][aeo]s?|[Ee]l|[Ll]os|[Ii]l|[Vv][ao]n|[Ss]an)\s+)+(?=[A-Z])"
)
"""What stands within a name, such as de la Cruz, El Paso, van der Berg."""
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
    found: list[str] = _WORD.findall(_NAMES.sub(" ", text))
    if len(found) < _FEWEST:
        return False
    words = [word.lower().replace("\u2019", "'") for word in found]
    accented = sum(bool(_ACCENTED.match(word)) for word in found)
    counts = {
        name: sum(word in small for word in words) + (accented if name != "en" else 0) for name, small in _SMALL.items()
    }
    most = max(counts.values())
    return most >= max(2, _SHARE * len(found)) and most >= _CLEARLY * counts.get(language, 0)
