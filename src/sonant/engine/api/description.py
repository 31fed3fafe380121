"""The engine's own description, OpenAPI 3.1, out of the contract: `GET /openapi.json`, and `spec/openapi.json`."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from inspect import cleandoc
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sonant.contract.faults import FAULTS
from sonant.contract.query import Option, options_of
from sonant.contract.table import OPERATIONS
from sonant.contract.told import field_docs
from sonant.contract.wire import Operation, fields_of

_SCHEMAS = "#/components/schemas/{name}"
_ERROR = {"$ref": "#/components/responses/Error"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_STATUSES = sorted({fault.status for fault in FAULTS if fault.status < 500} - {405, 411, 414, 415, 499})
"""What a caller may be answered instead; from 500 on, `default` says it."""


def describe() -> dict[str, Any]:
    """The whole description."""
    answers = [operation.returns for operation in OPERATIONS if operation.returns is not bytes]
    bodies = answers + [each.json for each in OPERATIONS if each.json]
    _, schemas = msgspec.json.schema_components(bodies, ref_template=_SCHEMAS)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        methods = paths.setdefault(operation.path, {})
        method = operation.method.lower()
        methods[method] = _join(methods.get(method), _operation(operation))
    return {
        "openapi": "3.1.0",
        "info": {"title": "sonant", "version": "1", "description": "Speech to text and back on your own machine."},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {"Error": {"description": "An error body of the catalogue.", "content": _error_content()}},
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
        "security": [{"key": []}, {}],
    }


def _operation(operation: Operation[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "parameters": [*_path_parameters(operation.path), *_query_parameters(operation.query)],
        "responses": {
            "200": _answer(operation.returns),
            **{str(status): _ERROR for status in _STATUSES},
            "default": _ERROR,
        },
    }
    if content := _request_content(operation):
        described["requestBody"] = {"required": _wants_body(operation), "content": content}
    return described


def _answer(kind: type) -> dict[str, Any]:
    if kind is bytes:
        return {"description": "Audio, which streams.", "content": {"audio/*": _BINARY}}
    return {"description": cleandoc(kind.__doc__ or ""), "content": _json(kind)}


def _join(one: dict[str, Any] | None, other: dict[str, Any]) -> dict[str, Any]:
    """Two operations of one path and method: what they ask together, and either answer."""
    if one is None:
        return other
    seen = {parameter["name"] for parameter in one["parameters"]}
    more = [parameter for parameter in other["parameters"] if parameter["name"] not in seen]
    answers = [each["responses"]["200"] for each in (one, other)]
    answer = {
        "description": " Or: ".join(each["description"] for each in answers),
        "content": _either(*(each["content"] for each in answers)),
    }
    return {**one, "parameters": one["parameters"] + more, "responses": {**one["responses"], "200": answer}}


def _either(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The content of one answer or of another, by content type."""
    both = {kind: {"schema": {"anyOf": [one[kind]["schema"], other[kind]["schema"]]}} for kind in one if kind in other}
    return {**one, **other, **both}


def _path_parameters(path: str) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(spec: type) -> Iterable[dict[str, Any]]:
    texts = field_docs(spec)
    for name, schema in query_schemas(spec).items():
        yield {"name": name, "in": "query", "description": texts.get(name, ""), "schema": schema}


def query_schemas(spec: type) -> dict[str, dict[str, Any]]:
    """The schema of each option of a query string."""
    return {name: _option_schema(option) for name, option in options_of(spec).items()}


def _option_schema(option: Option) -> dict[str, Any]:
    """As it stands in a query string, where a mapping is a list of `key:value`."""
    if option.pairs:
        return {"type": "array", "items": {"type": "string"}}
    schema: dict[str, Any] = msgspec.json.schema(option.type)
    if not option.repeats:
        return schema
    return next(each for each in schema.get("anyOf", [schema]) if each.get("type") == "array")


def _request_content(operation: Operation[Any, Any]) -> dict[str, Any]:
    content: dict[str, Any] = _json(operation.json) if operation.json else {}
    if operation.media:
        content["application/octet-stream"] = _BINARY
    if operation.text:
        content["text/plain"] = {"schema": {"type": "string"}}
    return content


def _wants_body(operation: Operation[Any, Any]) -> bool:
    return operation.media or (
        operation.json is not None and any(field.required for field in fields_of(operation.json))
    )


def _json(kind: type) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _SCHEMAS.format(name=kind.__name__)}}}


def _error_content() -> dict[str, Any]:
    return {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    name: {"type": "string"}
                    for name in ("err_code", "error_code", "err_msg", "category", "message", "details", "request_id")
                },
            }
        },
        "text/plain": {"schema": {"type": "string"}},
    }


def readable(description: dict[str, Any]) -> bytes:
    """A description as JSON that people can read."""
    return msgspec.json.format(msgspec.json.encode(description), indent=2) + b"\n"


def make_description_route(path: str, encode: Callable[[], bytes]) -> Route:
    """The way to a description, for everyone."""

    async def answer(_: Request) -> Response:
        return Response(encode(), media_type="application/json")

    return Route(path, answer)


@cache
def encode_description() -> bytes:
    """The whole description as JSON."""
    return readable(describe())


DESCRIPTION_ROUTE = make_description_route("/openapi.json", encode_description)
