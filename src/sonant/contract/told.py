"""What the source tells of each field, for pages, help texts and descriptions."""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise


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
