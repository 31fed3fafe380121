"""Fields of a class, such as the contract's options, as flags of a command, with their own words as help."""

from collections.abc import Collection
from typing import Annotated, Any, Literal, TypedDict, get_args, get_origin

from cyclopts import Parameter

from sonant.contract.query import Option, options_of
from sonant.contract.told import field_docs


def flags_of(spec: type, name: str, *, without: Collection[str] = ()) -> Any:
    """A TypedDict for cyclopts: a flag for each field of `spec`, whose owner checks the values."""
    docs, fields = field_docs(spec), options_of(spec)
    flags = {field: _flag(fields[field], docs.get(field, "")) for field in fields if field not in without}
    return TypedDict(name, flags, total=False)  # type: ignore[operator]


def _flag(option: Option, text: str) -> Any:
    values = [value for value in map(str, choices(option.type)) if not value.isupper()]  # POST is post again
    help_ = f"{text} One of: {', '.join(values)}." if values else text
    kind: Any = bool if option.type is bool else list[str] if option.repeats else str
    more: dict[str, Any] = {"negative": ()} if kind == list[str] else {}
    return Annotated[kind, Parameter(help=help_, **more)]


def choices(hint: Any) -> list[object]:
    """The values that a type's literals allow."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    return [value for member in get_args(hint) for value in choices(member)]
