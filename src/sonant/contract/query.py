"""Options to query string and back: the only place that knows `true`, repeated keys, `key:value` and dates."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, NotRequired, Required, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl, quote_plus

import msgspec

Pairs = list[tuple[str, str]]


class BadOption(ValueError):
    """An option that the contract does not know, or a value that it does not allow.

    Attributes:
        name: the option.
        detail: what is wrong with it, and what would be right.
        unknown: whether the name itself is the trouble.
    """

    def __init__(self, name: str, detail: str, *, unknown: bool = False) -> None:
        self.name, self.detail, self.unknown = name, detail, unknown
        super().__init__(f"{name}: {detail}")


class Option(msgspec.Struct, frozen=True):
    """How one option is written in a query string."""

    type: Any
    truthy: bool
    """Whether `true` and `false` are among its values."""
    repeats: bool
    """Whether several values repeat the key."""
    pairs: bool
    """Whether its values are `key:value`."""
    days: bool = False
    """Whether its values are days; with `times`, a time of the day too."""
    times: bool = False


@cache
def options_of(spec: type) -> Mapping[str, Option]:
    """The options of a TypedDict, read once."""
    return {name: _option(hint) for name, hint in get_type_hints(spec, include_extras=True).items()}


def _option(hint: Any) -> Option:
    if get_origin(hint) in {Required, NotRequired}:
        return _option(get_args(hint)[0])
    origins = {get_origin(member) or member for member in _members(hint)}
    if date in origins:
        timed = datetime in origins
        return Option(datetime if timed else date, truthy=False, repeats=False, pairs=False, days=True, times=timed)
    return Option(hint, bool in origins, bool(origins & {list, dict}), dict in origins)


def _members(hint: Any) -> Iterable[Any]:
    if get_origin(hint) is Annotated:
        yield from _members(get_args(hint)[0])
    elif get_origin(hint) in {Union, UnionType}:
        for member in get_args(hint):
            yield from _members(member)
    else:
        yield hint


def check(options: Mapping[str, Any], spec: type, beside: Iterable[str] = ()) -> dict[str, Any]:
    """Options in canonical form: None left out, single values of repeatable options in a list.

    Args:
        options: by name.
        spec: their TypedDict.
        beside: names that are no options but may have been meant, for the advice on a misspelt one.

    Raises:
        BadOption: a name that the spec lacks (with the nearest real one), or a value that it does not allow.
    """
    known = options_of(spec)
    checked: dict[str, Any] = {}
    for name, value in options.items():
        if name not in known:
            raise BadOption(name, _did_you_mean(name, [*known, *beside]), unknown=True)
        if value is not None:
            checked[name] = _check_value(name, value, known[name])
    return checked


def _check_value(name: str, value: Any, option: Option) -> Any:
    if option.days:
        return _read_day(name, value, option)
    try:
        return _canonical(msgspec.convert(value, option.type, strict=False), option)
    except (msgspec.ValidationError, TypeError) as error:
        raise BadOption(name, _expected(str(error), option, value)) from None


def _read_day(name: str, value: Any, option: Option) -> date:
    """A day, or where times are allowed perhaps a time: a `datetime`."""
    try:
        read = value if isinstance(value, date) else _parse_day(value)
    except (ValueError, TypeError):
        more = " or 2025-01-31T12:00:00Z" if option.times else ""
        raise BadOption(name, f"{value!r} is no date such as 2025-01-31{more}") from None
    return read.date() if isinstance(read, datetime) and not option.times else read


def _parse_day(text: str) -> date:
    return date.fromisoformat(text) if len(text) == len("2025-01-31") else datetime.fromisoformat(text)


def _canonical(value: Any, option: Option) -> Any:
    if option.pairs and isinstance(value, (str, list)):
        return dict(map(_pair, [value] if isinstance(value, str) else cast("list[str]", value)))
    if option.repeats and isinstance(value, str):
        return [value]
    return value


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition(":")
    return key, value


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    if near and near[0] != name:
        return f"no such option; did you mean `{near[0]}`?"
    return "no such option here; `extra_query=` carries what the contract does not know yet"


def _expected(error: str, option: Option, value: Any) -> str:
    literals = [str(v) for m in _members(option.type) if get_origin(m) is Literal for v in get_args(m)]
    if literals:
        return f"{brief(value)} is not one of {', '.join(literals)}"
    found = _ERROR.match(error)
    if not found:
        return f"{error[:1].lower()}{error[1:]} ({brief(value)})"
    kinds, limit = found.groups()
    wanted = ", or ".join(_KINDS.get(kind, kind) for kind in kinds.split(" | "))
    for sign, words in _LIMITS.items():
        limit = limit.replace(sign, words)
    return f"{brief(value)} is not {wanted}{limit}"


_ERROR = re.compile(r"Expected `([^`]+)`([^,]*)")
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_LIMITS = {
    " of length <= ": " no longer than ",
    " of length >= ": " no shorter than ",
    " >= ": " of at least ",
    " <= ": " of at most ",
    " > ": " above ",
    " - at `$[...]`": " in each place",
}
"""How msgspec says what it expected, and how we do."""


def brief(value: object) -> str:
    """A value as an error shows it: what is long is cut."""
    return _cut(repr(value))


def list_names(names: Iterable[str]) -> str:
    """Names as an error shows them: what cannot be printed is escaped, what is long is cut."""
    return ", ".join(_cut(name if name.isprintable() else repr(name)[1:-1]) for name in names)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


_LONGEST = 80


def build(options: Mapping[str, Any], spec: type) -> str:
    """The query string of checked options, without the question mark.

    Raises:
        BadOption: as `check`.
    """
    return encode_pairs(pairs_of(check(options, spec)))


def pairs_of(options: Mapping[str, Any]) -> Pairs:
    """Options as keys and texts; lists repeat the key, mappings become `key:value`."""
    return [(name, text) for name, value in options.items() if value is not None for text in _texts(name, value)]


def _texts(name: str, value: dict[str, Any] | list[Any] | object) -> Iterable[str]:
    if isinstance(value, dict):
        for key, item in cast("dict[Any, Any]", value).items():
            if ":" in str(key):
                raise BadOption(name, f"the key {key!r} may not contain a colon")
            yield f"{key}:{item}"
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from map(_text, cast("Iterable[Any]", value))
    else:
        yield _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return str(value)


def encode_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """Keys and texts as a query string, spaces as `+`."""
    return "&".join(f"{quote_plus(name)}={quote_plus(text)}" for name, text in pairs)


def parse(query: str | Pairs, spec: type) -> tuple[dict[str, Any], list[str]]:
    """Checked options out of a query string, and the names that the spec does not know.

    Raises:
        BadOption: a value that the spec does not allow.
    """
    pairs = parse_qsl(query, keep_blank_values=True) if isinstance(query, str) else query
    known = options_of(spec)
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        texts.setdefault(name, []).append(text)
    options = {name: _parse_value(name, texts[name], known[name]) for name in texts if name in known}
    return options, [name for name in texts if name not in known]


def _parse_value(name: str, texts: list[str], option: Option) -> Any:
    if option.truthy and len(texts) == 1 and texts[0].lower() in {"true", "false"}:
        return texts[0].lower() == "true"
    if option.repeats:
        return _check_value(name, texts, option)
    return _check_value(name, texts[-1], option)
