"""Numbers, dates, times, sums, addresses as a reader expects them. English; of other languages, the numbers."""

import re
from calendar import month_name
from collections.abc import Sequence

from sonant.engine.listen.text.numerals import write_numerals
from sonant.engine.listen.text.spans import Match, core, is_parted, part, rewrite
from sonant.engine.models.ports import HeardWord

_MONTHS = frozenset(map(str.lower, month_name[1:]))
_DAY = re.compile(r"([12]?\d|3[01])(st|nd|rd|th)?")
_YEAR = re.compile(r"(1[89]|2[01])\d\d")
_HALF = re.compile(r"\d\d")
_CLOCK = re.compile(r"(1[0-2]|0?[1-9])(?:[.:]([0-5]\d))?")
_MINUTES = re.compile(r"[0-5]\d")
_AMOUNT = re.compile(r"\d[\d,]*(\.\d+)?")
_SUM = re.compile(r"\$\d[\d,]*")
_CENTS = re.compile(r"\d\d?")
_CURRENCIES = {"dollar": "$", "dollars": "$", "euro": "€", "euros": "€", "pounds": "£", "yen": "¥"}
_DIGITS = re.compile(r"\d[\d-]*")
_LABEL = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*")
_DOMAINS = frozenset(
    {"ai", "app", "co", "com", "de", "dev", "edu", "eu", "fr", "gov", "info", "io", "net", "org", "uk", "us"}
)


def format_smart(words: Sequence[HeardWord], language: str) -> list[HeardWord]:
    """Words with their numbers in figures, and spans that mean one thing written as one word."""
    formatted = write_numerals(words, language)
    if language != "en":
        return formatted
    return rewrite(formatted, (_email, _address, _date, _time, _sum, _cents, _percent, _phone))


def _cores(words: Sequence[HeardWord], index: int, count: int) -> list[str]:
    """The next words, as far as no punctuation stands between them; empty texts after that."""
    found: list[str] = []
    for at in range(index, min(index + count, len(words))):
        if found and is_parted(words[at - 1], words[at]):
            break
        found.append(core(words[at]))
    return found + [""] * (count - len(found))


def _percent(words: Sequence[HeardWord], index: int) -> Match | None:
    amount, percent = _cores(words, index, 2)
    return (2, f"{amount}%") if _AMOUNT.fullmatch(amount) and percent == "percent" else None


def _sum(words: Sequence[HeardWord], index: int) -> Match | None:
    """`25 dollars and 50 cents`, `10 euros`."""
    amount, currency, *rest = _cores(words, index, 5)
    if not _AMOUNT.fullmatch(amount) or currency not in _CURRENCIES:
        return None
    sign = _CURRENCIES[currency]
    count, cents = _read_cents(rest)
    return (2 + count, f"{sign}{amount}.{cents:0>2}") if count else (2, f"{sign}{amount}")


def _cents(words: Sequence[HeardWord], index: int) -> Match | None:
    """`$25 and 50 cents`."""
    amount, *rest = _cores(words, index, 4)
    count, cents = _read_cents(rest)
    return (1 + count, f"{amount}.{cents:0>2}") if _SUM.fullmatch(amount) and count else None


def _read_cents(cores: Sequence[str]) -> tuple[int, str]:
    """How many words say the cents, and what they say."""
    skip = 1 if cores[0] == "and" else 0
    if cores[skip + 1] in {"cent", "cents"} and _CENTS.fullmatch(cores[skip]):
        return skip + 2, cores[skip]
    return 0, ""


def _time(words: Sequence[HeardWord], index: int) -> Match | None:
    """`4.30 pm`, `4 30 p m`, `4 pm`."""
    hour, second, third, fourth = _cores(words, index, 4)
    clock = _CLOCK.fullmatch(hour)
    if not clock:
        return None
    minutes, used = clock[2], 1
    if not minutes and _MINUTES.fullmatch(second):
        minutes, used = second, 2
    half, count = _half_of_day([second, third, fourth][used - 1 :])
    return (used + count, f"{int(clock[1])}{':' + minutes if minutes else ''} {half}") if half else None


def _half_of_day(cores: Sequence[str]) -> tuple[str, int]:
    """AM or PM, and how many words say so."""
    first = cores[0].replace(".", "")
    if first in {"am", "pm"}:
        return first.upper(), 1
    if first in {"a", "p"} and len(cores) > 1 and cores[1] == "m":
        return f"{first}m".upper(), 2
    return "", 0


def _date(words: Sequence[HeardWord], index: int) -> Match | None:
    """`March 3rd 2026`, `March 3rd, 20 26`; without a year the day stays as it was said."""
    month, day = _cores(words, index, 2)
    known = _DAY.fullmatch(day)
    if month not in _MONTHS or not known or index + 2 >= len(words) or part(words[index + 1].text)[2] not in {"", ","}:
        return None
    count, year = _read_year(_cores(words, index + 2, 2))
    return (2 + count, f"{month.capitalize()} {known[1]}, {year}") if count else None


def _read_year(cores: Sequence[str]) -> tuple[int, str]:
    if _YEAR.fullmatch(cores[0]):
        return 1, cores[0]
    both = "".join(cores)
    return (2, both) if all(map(_HALF.fullmatch, cores)) and _YEAR.fullmatch(both) else (0, "")


def _phone(words: Sequence[HeardWord], index: int) -> Match | None:
    """7, 10 or 11 digits in up to four words."""
    cores = [text for text in _cores(words, index, 4) if text]
    for count in range(len(cores), 0, -1):
        digits = "".join(cores[:count]).replace("-", "")
        if all(map(_DIGITS.fullmatch, cores[:count])) and (grouped := _group(digits)) and _is_phone(cores[:count]):
            return count, grouped
    return None


def _is_phone(cores: Sequence[str]) -> bool:
    """Several years or counts in a row are none: only the last group has four digits."""
    return len(cores) == 1 or all(len(text) <= 3 or "-" in text for text in cores[:-1])


def _group(digits: str) -> str:
    match len(digits):
        case 7:
            return f"{digits[:3]}-{digits[3:]}"
        case 10:
            return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
        case 11 if digits[0] == "1":
            return f"1-{_group(digits[1:])}"
        case _:
            return ""


def _email(words: Sequence[HeardWord], index: int) -> Match | None:
    """`john dot smith at example dot com`."""
    name, at = _read_labels(words, index)
    if not at or _cores(words, at - 1, 2)[1] != "at":
        return None
    domain, end = _read_labels(words, at + 1)
    return (end - index, f"{name}@{domain}") if _is_domain(domain) else None


def _address(words: Sequence[HeardWord], index: int) -> Match | None:
    """`example dot com slash docs`."""
    domain, end = _read_labels(words, index)
    if not _is_domain(domain):
        return None
    path = ""
    while (labels := _cores(words, end - 1, 3))[1] == "slash" and _LABEL.fullmatch(labels[2]):
        path, end = f"{path}/{labels[2]}", end + 2
    return (end - index, domain + path) if end - index > 1 else None


def _read_labels(words: Sequence[HeardWord], index: int) -> tuple[str, int]:
    """Labels with `dot` between them, and the index after them; 0 where there is none."""
    if index >= len(words) or not _LABEL.fullmatch(core(words[index])):
        return "", 0
    text, end = core(words[index]), index + 1
    while (following := _cores(words, end - 1, 3))[1] == "dot" and _LABEL.fullmatch(following[2]):
        text, end = f"{text}.{following[2]}", end + 2
    return text, end


def _is_domain(text: str) -> bool:
    return "." in text and text.rsplit(".", maxsplit=1)[-1] in _DOMAINS
