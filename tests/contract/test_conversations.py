"""The sockets of the contract against the published description of the API, and our own description of them."""

import json
from functools import cache
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import yaml

from contract.reference import shared
from contract.test_description import has_field
from sonant.contract import query
from sonant.contract.table import SOCKETS
from sonant.contract.wire import Socket

SPEC = Path(__file__).parents[2] / "spec" / "asyncapi.json"
every_socket = pytest.mark.parametrize("socket", SOCKETS, ids=lambda socket: socket.name)
SIDES = {"publish": "hears", "subscribe": "says"}
"""Of the published description, which is the client's."""


@cache
def published() -> dict[str, Any]:
    return yaml.load(shared("specs/asyncapi.yml").read_text(), Loader=yaml.CSafeLoader)


def resolve(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        place: Any = document
        most = 3 if schema["$ref"].startswith("#/components") else -1  # a published name may have a slash in it
        for step in schema["$ref"].split("/", most)[1:]:
            place = place[step]
        schema = place
    return schema


def messages(socket: Socket[Any], side: str) -> list[dict[str, Any]]:
    """The published payloads of a side."""
    message = published()["channels"][socket.path][side]["message"]
    found = [resolve(each, published()) for each in message.get("oneOf", [message])]
    return [resolve(each["payload"], published()) for each in found]


def tag_of(payload: dict[str, Any]) -> str | None:
    """The `type` of a message; None for one that is binary."""
    kind = resolve(payload.get("properties", {}).get("type", {}), published())
    return kind.get("const") or next(iter(kind.get("enum", [])), None)


@every_socket
def test_every_published_option_is_one(socket: Socket[Any]) -> None:
    bindings = published()["channels"][socket.path]["bindings"]["ws"]
    assert set(bindings["query"]["properties"]) <= set(query.options_of(socket.query))


@every_socket
@pytest.mark.parametrize("side", SIDES)
def test_every_published_message_is_one_with_all_its_fields(socket: Socket[Any], side: str) -> None:
    ours = {kind.__struct_config__.tag: kind for kind in get_args(getattr(socket, SIDES[side]))}
    has_audio = getattr(socket, f"{SIDES[side]}_audio")
    for payload in messages(socket, side):
        tag = tag_of(payload)
        assert tag in ours if tag else has_audio
        missing = {name for name in payload.get("properties", {}) if tag and not has_field(ours[tag], [name])}
        assert missing <= {"type"}


def references(part: Any) -> list[str]:
    """All that a part of a description refers to."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return [each for value in inner for each in references(value)] + (
        [part["$ref"]] if isinstance(part, dict) and "$ref" in part else []
    )


def test_our_description_is_whole() -> None:
    ours = json.loads(SPEC.read_text())
    assert all(resolve({"$ref": reference}, ours) for reference in references(ours))
    assert [channel["address"] for channel in ours["channels"].values()] == [socket.path for socket in SOCKETS]


@every_socket
def test_each_side_of_a_socket_is_described(socket: Socket[Any]) -> None:
    ours = json.loads(SPEC.read_text())
    for side, action in (("says", "receive"), ("hears", "send")):
        operation = ours["operations"][f"{socket.name}_{side}"]
        found = [resolve(reference, ours) for reference in operation["messages"]]
        kinds: list[type[msgspec.Struct]] = list(get_args(getattr(socket, side)))
        assert operation["action"] == action
        assert [each["title"] for each in found if each["title"] != "Audio"] == [kind.__name__ for kind in kinds]
        assert any(each["title"] == "Audio" for each in found) == getattr(socket, f"{side}_audio")
