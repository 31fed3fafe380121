"""Fields of a class, such as the contract's options, as flags of a command, with their own words as help."""

import ast
import inspect
import sys
from collections.abc import Collection, Iterator
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Literal, TypedDict, get_args, get_origin

from cyclopts import Parameter

from sonant.contract.query import Option, options_of


@cache
def field_docs(owner: type) -> dict[str, str]:
    """The text below each field of a class and of those it inherits from, read from their source."""
    body = ast.parse(inspect.getsource(owner)).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class
    home = vars(sys.modules[owner.__module__])
    bases = [home.get(base.id) for base in body.bases if isinstance(base, ast.Name)]  # a TypedDict forgets its own
    ours = [base for base in bases if isinstance(base, type) and base.__module__.startswith("sonant")]
    return {name: text for base in ours for name, text in field_docs(base).items()} | dict(_texts(body))


def _texts(body: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, after in pairwise(body.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            match after:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield field.target.id, " ".join(text.split())
                case _:
                    continue


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
