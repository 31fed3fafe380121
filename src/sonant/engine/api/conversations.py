"""The engine's WebSockets described, AsyncAPI 3.0, out of the contract: `GET /asyncapi.json`, and `spec/asyncapi.json`.

The application is the engine: it receives what the client says, and sends what the client hears.
"""

from functools import cache
from inspect import cleandoc
from typing import Any, get_args

import msgspec

from sonant.contract.table import SOCKETS
from sonant.contract.told import field_docs
from sonant.contract.wire import Socket
from sonant.engine.api.description import make_description_route, query_schemas, readable

_SCHEMAS = "#/components/schemas/{name}"
_AUDIO = {
    "title": "Audio",
    "summary": "Audio, a binary message.",
    "contentType": "application/octet-stream",
    "payload": {"type": "string", "format": "binary"},
}


def describe_sockets() -> dict[str, Any]:
    """The whole description."""
    kinds = [kind for socket in SOCKETS for union in (socket.says, socket.hears) for kind in get_args(union)]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=_SCHEMAS)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "sonant", "version": "1", "description": "Live speech to text and back on your own machine."},
        "defaultContentType": "application/json",
        "channels": {socket.name: _channel(socket) for socket in SOCKETS},
        "operations": {name: operation for socket in SOCKETS for name, operation in _operations(socket).items()},
        "components": {
            "messages": {"Audio": _AUDIO, **{kind.__name__: _message(kind) for kind in kinds}},
            "schemas": schemas,
        },
    }


def _channel(socket: Socket[Any]) -> dict[str, Any]:
    said, heard = _names(socket)
    return {
        "address": socket.path,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in dict.fromkeys([*said, *heard])},
        "bindings": {"ws": {"method": "GET", "query": _query(socket.query, strict=socket.strict_query)}},
    }


def _names(socket: Socket[Any]) -> tuple[list[str], list[str]]:
    """The messages of the client, and those of the server."""
    said = [kind.__name__ for kind in get_args(socket.says)] + ["Audio"] * socket.says_audio
    heard = [kind.__name__ for kind in get_args(socket.hears)] + ["Audio"] * socket.hears_audio
    return said, heard


def _query(spec: type, *, strict: bool) -> dict[str, Any]:
    texts = field_docs(spec)
    return {
        "type": "object",
        "properties": {
            name: {**schema, "description": texts.get(name, "")} for name, schema in query_schemas(spec).items()
        },
        "additionalProperties": not strict,
    }


def _operations(socket: Socket[Any]) -> dict[str, Any]:
    said, heard = _names(socket)
    return {
        f"{socket.name}_says": _operation(socket, "receive", said),
        f"{socket.name}_hears": _operation(socket, "send", heard),
    }


def _operation(socket: Socket[Any], action: str, names: list[str]) -> dict[str, Any]:
    channel = f"#/channels/{socket.name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in names],
    }


def _message(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        "name": kind.__struct_config__.tag,
        "title": kind.__name__,
        "summary": cleandoc(kind.__doc__ or "").partition("\n\n")[0],
        "payload": {"$ref": _SCHEMAS.format(name=kind.__name__)},
    }


@cache
def encode_sockets() -> bytes:
    """The whole description as JSON."""
    return readable(describe_sockets())


CONVERSATIONS_ROUTE = make_description_route("/asyncapi.json", encode_sockets)
