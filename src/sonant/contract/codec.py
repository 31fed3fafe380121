"""Bodies and messages to JSON and back; nothing that arrives is lost, however odd.

Typed decoding comes first and is what nearly always happens. Where it fails, a tolerant one keeps every value that
fits, keeps the others as they came, and says what was odd. Only where a whole list or object should be does an empty
one stand in, so that whoever reads on finds something to read; `raw` has what came.
"""

from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

import msgspec
from msgspec import Struct

from sonant.contract.wire import Message, Reply, attach, fields_of

R = TypeVar("R", bound=Reply)

_ZEROS: dict[Any, Any] = {str: "", int: 0, float: 0.0, bool: False}


class Unknown(Struct, frozen=True):
    """A message of a type that this version does not know, kept whole.

    Attributes:
        type: its `type`, empty if it had none.
        data: the decoded JSON.
    """

    type: str
    data: Any


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


_encoder = msgspec.json.Encoder()


def encode(body: Any) -> bytes:
    """A body or message as JSON."""
    return _encoder.encode(body)


def decode_reply(raw: bytes, kind: type[R]) -> R:
    """A reply body, with `raw` and `oddities` noted on it.

    Raises:
        msgspec.DecodeError: the bytes are not JSON, or not a JSON object.
    """
    try:
        reply: R = _decoder(kind).decode(raw)
    except msgspec.ValidationError:
        reply, odd = decode_tolerantly(raw, kind)
        attach(reply, oddities=tuple(odd))
    attach(reply, raw=raw)
    return reply


def decode_tolerantly(raw: bytes, kind: type[R]) -> tuple[R, list[str]]:
    """A reply whose odd values are kept as they came, and a sentence for each of them.

    Raises:
        msgspec.DecodeError: the bytes are not JSON, or not a JSON object.
    """
    data: Any = _decoder(Any).decode(raw)
    if not isinstance(data, dict):
        raise msgspec.DecodeError(f"expected a JSON object, got {type(data).__name__}")
    odd: list[str] = []
    return _struct(cast("dict[str, Any]", data), kind, "$", odd), odd


def _tolerate(value: Any, kind: Any, path: str, odd: list[str]) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        part = _container(value, kind)
        if part is None:
            odd.append(f"{path}: {str(error).split(' - at')[0]}")
            return _zero(kind) if value is None or _holds_parts(kind) else value
    origin = get_origin(part) or part
    if origin is list:
        return [_tolerate(v, get_args(part)[0], f"{path}[{i}]", odd) for i, v in enumerate(value)]
    if origin is dict:
        return {k: _tolerate(v, get_args(part)[1], f"{path}.{k}", odd) for k, v in value.items()}
    return _struct(value, part, path, odd)


def _container(value: Any, kind: Any) -> Any:
    """The member of `kind` that could hold the JSON list or object `value`; None for a leaf."""
    containers: dict[Any, tuple[Any, ...]] = {list: (list,), dict: (dict, Struct)}
    wanted = containers.get(type(value), ())
    for member in get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,):
        origin = get_origin(member) or member
        if isinstance(origin, type) and issubclass(origin, wanted):
            return member
    return None


def _holds_parts(kind: Any) -> bool:
    """Whether a type is a list, a mapping or a Struct, which must be there for what reads it."""
    origin = get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, (list, dict, Struct))


def _struct(data: dict[str, Any], kind: Any, path: str, odd: list[str]) -> Any:
    values: dict[str, Any] = {}
    for field in fields_of(kind):
        if field.encode_name in data:
            value = _tolerate(data[field.encode_name], field.type, f"{path}.{field.encode_name}", odd)
            values[field.name] = value
        elif field.required:
            odd.append(f"{path}.{field.encode_name}: missing")
            values[field.name] = _zero(field.type)
    return kind(**values)


def _zero(kind: Any) -> Any:
    origin: Any = get_origin(kind) or kind
    if origin in {list, dict}:
        return cast("Any", origin())
    if isinstance(origin, type) and issubclass(origin, Struct):
        return _struct({}, kind, "", [])
    return _ZEROS.get(origin)


def decode_message(raw: bytes | str, union: Any) -> Message | Unknown:
    """A WebSocket message: typed if its type is known and it fits, else `Unknown` with all its JSON.

    Raises:
        msgspec.DecodeError: the text is not JSON, or nested beyond reason.
    """
    try:
        message: Message = _decoder(union).decode(raw)
    except msgspec.ValidationError:
        return _decode_unknown(raw)
    except RecursionError as error:
        raise msgspec.DecodeError(_NESTED) from error
    return message


_NESTED = "JSON is nested too deeply"


def _decode_unknown(raw: bytes | str) -> Unknown:
    try:
        data: Any = _decoder(Any).decode(raw)
    except RecursionError as error:
        raise msgspec.DecodeError(_NESTED) from error
    kind: Any = cast("dict[str, Any]", data).get("type") if isinstance(data, dict) else ""
    return Unknown(kind if isinstance(kind, str) else "", data)


def find_misfit(raw: bytes | str, union: Any) -> str:
    """What about a WebSocket message does not fit, field and type; empty if it fits.

    Raises:
        msgspec.DecodeError: the text is not JSON.
    """
    try:
        _decoder(union).decode(raw)
    except msgspec.ValidationError as error:
        return str(error)
    return ""
