"""The arguments of a call become path, query and body of its request, or are refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from sonant.client.errors import BadOptionValue, ConfigError, UnknownOption
from sonant.contract import codec, query
from sonant.contract.wire import fill_path

B = TypeVar("B", bound=msgspec.Struct)


def make_path(template: str, ids: Mapping[str, str]) -> str:
    """The path of an operation, with its ids.

    Raises:
        ConfigError: an id is missing, or is none.
    """
    try:
        return fill_path(template, ids)
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"No address without an id: {error}.") from None


def build_query(
    options: Mapping[str, Any], spec: type, extra: Mapping[str, Any] | None, beside: Iterable[str] = ()
) -> str:
    """The query string of options.

    Args:
        options: by name.
        spec: their TypedDict.
        extra: options that the contract does not know.
        beside: names of arguments that are no options, for the advice on a misspelt one.

    Raises:
        UnknownOption, BadOptionValue: an option is not known, or has a value that is not allowed.
    """
    if not options and not extra:
        return ""
    if extra is not None and not hasattr(extra, "items"):
        raise BadOptionValue(f"extra_query takes a mapping, not {type(extra).__name__}.")
    try:
        checked = query.check(options, spec, beside=beside)
        return query.encode_pairs(query.pairs_of(checked) + query.pairs_of(extra or {}))
    except query.BadOption as error:
        kind = UnknownOption if error.unknown else BadOptionValue
        stop = "" if error.detail.endswith("?") else "."
        raise kind(f"{error.name}: {error.detail}{stop}") from None
    except UnicodeEncodeError:
        raise BadOptionValue("An option holds half of a surrogate pair, which is no text.") from None


def make_body(kind: type[B], **fields: object) -> B:
    """A request body, checked; fields that are None and may be left out are.

    Raises:
        BadOptionValue: a value does not fit its field.
    """
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise BadOptionValue(f"{where.rstrip('`') or kind.__name__}: {what[:1].lower()}{what[1:]}.") from None


def make_json(value: object) -> str:
    """A value as a JSON text.

    Raises:
        BadOptionValue: JSON cannot say it.
    """
    return encode_body(value).decode()


def encode_body(value: object) -> bytes:
    """A value as JSON.

    Raises:
        BadOptionValue: JSON cannot say it.
    """
    try:
        return codec.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BadOptionValue(f"JSON cannot say what was given: {error}.") from None
