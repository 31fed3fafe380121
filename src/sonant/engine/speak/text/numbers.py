"""Numbers that a voice would stumble over: digits that are no amount, currencies, signs of arithmetic.

Plain amounts, dates, times and units are left to the voice, whose dictionary reads them well.
"""

import re

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MONEY = {
    "\u20ac": "euros", "\u00a3": "pounds", "\u00a5": "yen", "\u20bd": "roubles", "\u20ba": "lira", "\u20b4": "hryvnias",
    "\u20b9": "rupees", "\u20a9": "won", "\u20aa": "shekels", "\u20ab": "dong", "\u20b1": "pesos", "\u20a6": "naira",
    "\u20bf": "bitcoins", "\u0e3f": "baht", "CHF": "Swiss francs", "AUD": "Australian dollars",
    "CAD": "Canadian dollars", "NZD": "New Zealand dollars", "INR": "rupees", "JPY": "yen", "CNY": "yuan",
    "SEK": "Swedish crowns", "NOK": "Norwegian crowns", "DKK": "Danish crowns", "PLN": "zlotys", "BRL": "reais",
    "MXN": "Mexican pesos", "USD": "US dollars", "EUR": "euros", "GBP": "pounds", "$": "dollars",
}  # fmt: skip
_SIGNS = "|".join(map(re.escape, sorted(_MONEY, key=len, reverse=True)))
_AMOUNT = r"\d+(?:,\d{3})*(?:\.\d+)?"
_BIG = r"(?:\s?(?:thousand|million|billion|trillion)\b)?"
_BEFORE = re.compile(rf"(?<![\w$])({_SIGNS})\s?({_AMOUNT})({_BIG})(?![\w%])")
_AFTER = re.compile(rf"(?<![\w.,$])({_AMOUNT})({_BIG})\s?({_SIGNS})(?!\w)")
_VOICED = frozenset("$\u20ac\u00a3")
"""Signs that voices read well before an amount, with its cents."""
_COMMA_DECIMAL = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+),(\d{2})(?![\d.,])")

_PHONE = re.compile(r"(?<![\w.])\+\d[\d ().-]{5,}\d(?!\w)|(?<![\w.])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\w)")
_CARD = re.compile(r"(?<![\w.])\d{4}(?:[ -]\d{4}){2,4}(?!\w)")
_DOTTED = re.compile(r"(?<![\d.])\d+(?:\.\d+){2,}(?![\w])")
_ZEROS = re.compile(r"(?<![\w.,:/-])0\d+(?!\w|[.,:/-]\d)")
_LONG = re.compile(r"(?<![\w.,$\u20ac\u00a3])\d{7,}(?![\w%]|[.,]\d)")
_HUGE = re.compile(r"\d[\d,]{17,}\d(?:\.\d+)?|\d{13,}(?:\.\d+)?|(?<=\.)\d{10,}")
_TIMES = re.compile(r"(?<=\d)\s*[\u00d7*]\s*(?=\d)|(?<=\d)\s+x\s+(?=\d)")
_MINUS = re.compile(r"(?<![\w)\]])[\u2212-](?=\d)|(?<=\d)\s+[\u2212-]\s+(?=\d)|\u2212")
_POWER = re.compile(r"(?<=[\w)])\^(\d+)")


def say_numbers(text: str) -> str:
    """Text with such numbers in words."""
    if not any(sign.isdigit() for sign in text):
        return text
    text = _COMMA_DECIMAL.sub(lambda found: f"{found[1].replace('.', '')}.{found[2]}", text)
    text = _PHONE.sub(lambda found: spell(found[0]), text)
    text = _CARD.sub(lambda found: spell(found[0]), text)
    text = _BEFORE.sub(_say_before, text)
    text = _AFTER.sub(lambda found: f"{found[1]}{found[2]} {_MONEY[found[3]]}", text)
    text = _DOTTED.sub(lambda found: found[0].replace(".", " dot " if found[0].count(".") == 3 else " point "), text)
    for pattern in (_HUGE, _ZEROS, _LONG):
        text = pattern.sub(lambda found: spell(found[0]), text)
    text = _POWER.sub(_say_power, _TIMES.sub(" times ", text))
    return _MINUS.sub(" minus ", text)


def _say_before(found: re.Match[str]) -> str:
    if found[1] in _VOICED:
        return found[0]
    return f"{found[2]}{found[3]} {_MONEY[found[1]]}"


def _say_power(found: re.Match[str]) -> str:
    return {"2": " squared", "3": " cubed"}.get(found[1], f" to the power of {found[1]}")


def spell(digits: str) -> str:
    """Digits one by one, with a breath where they were parted, or after every fourth."""
    said: list[str] = ["plus"] if digits.startswith("+") else []
    groups = [group for group in re.split(r"[^\d.]+|\.(?=\d{3,}\b)", digits) if group]
    parts = [part for group in groups for part in ([group] if len(group) <= 5 else re.findall(r"[\d.]{1,4}", group))]
    return " ".join([*said, ", ".join(" ".join(map(_say_digit, part)) for part in parts)])


def _say_digit(sign: str) -> str:
    return "point" if sign == "." else _DIGITS[int(sign)]
