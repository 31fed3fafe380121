"""The contract against the published description of the API: all of it is here, or named below with the reason."""

from functools import cache
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest
import yaml

from contract.reference import shared
from sonant.contract import query
from sonant.contract.speak import TextSource
from sonant.contract.table import OPERATIONS
from sonant.contract.wire import Operation, fields_of

OTHER_QUERY: dict[str, str] = {}
"""Published parameters that are not options here, with reasons."""

OTHER_OPERATIONS = {"POST /v1/speak", "POST /v1/read", "POST /v2/speak"}
"""Published operations that belong to other parts of the contract, and may not be here yet."""

OTHER_FIELDS = {
    "results.topics.results.topics": "an artefact of the description: the service sends segments flat; both are read",
    "results.intents.results.intents": "as topics",
}
"""Published properties that no Struct has, with reasons."""

UNPUBLISHED = {
    "get_token_details": "documented elsewhere, and the JavaScript SDK has it; the description leaves it out",
}
"""Operations that the description lacks, with reasons."""

PUBLISHED = {
    f"{operation.method} {operation.path}": operation
    for operation in OPERATIONS
    if not operation.name.endswith("_callback") and operation.name not in UNPUBLISHED
}


@cache
def description() -> dict[str, Any]:
    return yaml.load(shared("specs/openapi.yml").read_text(), Loader=yaml.CSafeLoader)


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        place: Any = description()
        for step in schema["$ref"].split("/")[1:]:
            place = place[step]
        schema = place
    return schema


def published(operation: Operation[Any, Any]) -> dict[str, Any]:
    return description()["paths"][operation.path][operation.method.lower()]


def test_every_published_operation_is_here() -> None:
    named = {f"{method.upper()} {path}" for path, methods in description()["paths"].items() for method in methods}
    assert named - OTHER_OPERATIONS == set(PUBLISHED) - OTHER_OPERATIONS


@pytest.mark.parametrize("operation", PUBLISHED.values(), ids=lambda operation: operation.name)
def test_every_published_parameter_is_an_option(operation: Operation[Any, Any]) -> None:
    names = {p["name"] for p in map(resolve, published(operation).get("parameters", [])) if p["in"] == "query"}
    assert names - set(OTHER_QUERY) <= set(query.options_of(operation.query))


@pytest.mark.parametrize("operation", PUBLISHED.values(), ids=lambda operation: operation.name)
def test_every_published_value_of_a_parameter_is_allowed(operation: Operation[Any, Any]) -> None:
    options = query.options_of(operation.query)
    for parameter in map(resolve, published(operation).get("parameters", [])):
        for value in allowed(parameter["schema"]) if parameter["in"] == "query" else ():
            assert query.check({parameter["name"]: value}, operation.query), (parameter["name"], value)
            assert parameter["name"] in options


def allowed(schema: dict[str, Any]) -> list[Any]:
    schema = resolve(schema)
    inner = [value for part in schema.get("oneOf", []) for value in allowed(part)]
    items = allowed(schema["items"]) if "items" in schema else []
    return [*schema.get("enum", []), *inner, *items]


@pytest.mark.parametrize("operation", PUBLISHED.values(), ids=lambda operation: operation.name)
def test_every_published_property_is_a_field(operation: Operation[Any, Any]) -> None:
    schema = published(operation)["responses"]["200"]["content"]["application/json"]["schema"]
    missing = [path for path in properties(schema) if not has_field(operation.returns, path.split("."))]
    unexplained = [p for p in missing if p != "request_id" and not any(p.startswith(o) for o in OTHER_FIELDS)]
    assert unexplained == []


@pytest.mark.parametrize("operation", PUBLISHED.values(), ids=lambda operation: operation.name)
def test_every_published_property_of_a_body_is_a_field(operation: Operation[Any, Any]) -> None:
    content = published(operation).get("requestBody", {}).get("content", {})
    schema = resolve(content.get("application/json", {}).get("schema", {}))
    fields = {field.encode_name: field for field in fields_of(operation.json)} if operation.json else {}
    assert set(schema.get("properties", {})) <= set(fields)
    if operation.json is not TextSource:  # one of two is required, which the published one leaves out
        assert all(fields[name].required for name in schema.get("required", []))
    assert bool(content) == bool(fields)


@pytest.mark.parametrize("path", OTHER_FIELDS)
def test_every_exception_is_still_needed(path: str) -> None:
    schema = published(PUBLISHED["POST /v1/listen"])["responses"]["200"]["content"]["application/json"]["schema"]
    assert path in properties(schema)
    assert not has_field(PUBLISHED["POST /v1/listen"].returns, path.split("."))


def properties(schema: dict[str, Any], prefix: str = "") -> list[str]:
    """The dotted paths of all properties, lists looked through."""
    schema = resolve(schema)
    paths = []
    for part in (*schema.get("oneOf", []), *schema.get("allOf", [])):
        paths += properties(part, prefix)
    if "items" in schema:
        paths += properties(schema["items"], prefix)
    for name, inner in schema.get("properties", {}).items():
        paths += [f"{prefix}{name}", *properties(inner, f"{prefix}{name}.")]
    return paths


def has_field(kind: Any, path: list[str]) -> bool:
    structs = [k for k in kinds(kind) if isinstance(k, type) and issubclass(k, msgspec.Struct)]
    if not path:
        return True
    for struct in structs:
        for field in fields_of(struct):
            if field.encode_name == path[0] and has_field(field.type, path[1:]):
                return True
    return False


def kinds(kind: Any) -> list[Any]:
    """The types inside unions and lists."""
    if get_origin(kind) in {Union, list} or type(kind).__name__ == "UnionType":
        return [inner for part in get_args(kind) for inner in kinds(part)]
    return [kind]
