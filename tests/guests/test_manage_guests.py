"""Official clients and ours manage projects of our engine; whoever does it, the same is there to be seen."""

import json
import warnings
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e.engine.conftest import Engine, start_engine
from guests import our_manage, python_manage
from guests.npm import run_script
from sonant.contract.manage.invites import Invite
from sonant.engine.manage.billing import make_purchase
from sonant.engine.manage.first import make_owner
from sonant.engine.manage.grants import Grant
from sonant.engine.manage.invites import accept_invite, send_invite
from sonant.engine.manage.office import list_all_keys, list_all_projects, open_office
from sonant.engine.manage.scopes import EVERYTHING

pytestmark = [pytest.mark.guest, pytest.mark.engine, pytest.mark.slow]
RECORDING = Path(__file__).parents[2] / "examples" / "audio" / "spacewalk.flac"
CLIENTS = ["js4", "python", "python-async", "ours-sync", "ours-async"]


@dataclass(frozen=True)
class Scene:
    """A project with two owners and a member, and what was bought and used."""

    url: str
    key: str
    second: str
    project: str
    guest: str


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("manage") / "data"


@pytest.fixture(scope="module")
def engine(data: Path) -> Iterator[Engine]:
    with start_engine(data=str(data)) as running:
        yield running


@pytest.fixture(scope="module", params=CLIENTS)
def told(request: pytest.FixtureRequest, engine: Engine, data: Path) -> tuple[str, Scene, dict[str, Any]]:
    """A client, its scene, and what it was told."""
    scene = _set(engine, data, request.param)
    given, (client, _, flavour) = astuple(scene), request.param.partition("-")
    if client == "js4":
        return client, scene, run_script("js4_manage", *given)
    if client == "ours":
        return client, scene, our_manage.manage(*given, flavour=flavour)
    with warnings.catch_warnings(action="ignore"):  # the guest uses what its libraries deprecate
        return client, scene, json.loads(json.dumps(python_manage.manage(*given, waits=bool(flavour)), default=_plain))


def _plain(thing: Any) -> Any:
    return json.loads(thing.json())


def _set(engine: Engine, data: Path, name: str) -> Scene:
    with open_office(data) as office:
        with office.database.write() as connection:
            key = make_owner(connection, office.secret, name, "owner@example.com")
            project = list_all_projects(connection)[-1].project_id
            grant = Grant("", project, list_all_keys(connection, project)[0].member_id, EVERYTHING)
            made: list[str] = []
            for email, role in (("second@example.com", "owner"), ("guest@example.com", "member")):
                send_invite(connection, grant, Invite(email, role))
                made.append(accept_invite(connection, office.secret, project, email).key)
            make_purchase(connection, project, 12.5, "prepaid")
            (guest,) = [row.member_id for row in list_all_keys(connection, project) if row.email == "guest@example.com"]
    headers = {"authorization": f"Token {key}", "content-type": "audio/flac"}
    assert engine.ask("POST", "/v1/listen?tag=setup&model=nova-3", RECORDING.read_bytes(), headers).status == 200
    return Scene(engine.url, key, made[0], project, guest)


def test_what_was_changed_is_seen(told: tuple[str, Scene, dict[str, Any]]) -> None:
    client, scene, story = told
    everyone = ["guest@example.com", "owner@example.com", "second@example.com"]
    expected = {
        "details": [["owner"], "owner@example.com"],
        "projects": [scene.project],
        "updated": "Successfully updated project info.",
        "name": "Renamed",
        "key": [40, "made", ["member"], ["t"]],
        "keys": ["First key", "Key of second@example.com", "Key of guest@example.com", "made"],
        "gotKey": "made",
        "keysLeft": ["First key", "Key of second@example.com", "Key of guest@example.com"],
        "sent": "Successfully sent invitation.",
        "invites": [["new@example.com", "admin"]],
        "invitesLeft": [],
        "members": everyone,
        "scopes": ["member"],
        "scopesNow": ["admin"],
        "membersLeft": everyone[1:],
        "leftBehind": everyone[1:2],
        "requests": ["/v1/listen?tag=setup&model=nova-3"],
        "request": 200,
        "usage": [1],
        "breakdown": [1],
        "fields": ["setup"],
        "balances": [12.5],
        "balance": 12.5,
        "costs": [0],
        "lines": {"batch::tiny.en": "tiny.en (Batch)"},
        "purchases": [12.5],
        "model": True,
        "publicModel": True,
        "thinkModels": [],
        "credentials": ["c", ["self-hosted:products"], "quay"],
        "credentialsListed": ["c"],
        "credentialsGot": "c",
        "credentialsLeft": [],
        "agent": [{"speak": {}}, {"team": "b"}, 1],
        "agentsLeft": [],
        "variable": ["DG_X", {"a": None}, 1],
        "variablesLeft": [],
        "refused": True,
    }
    unknown = {
        "js4": {
            "breakdown",
            "costs",
            "lines",
            "purchases",
            "thinkModels",
            "agent",
            "agentsLeft",
            "variable",
            "variablesLeft",
        },
        "python": {"details"},
        "ours": set(),
    }
    assert len(story.pop("token").split(".")) == 3
    assert story == {name: value for name, value in expected.items() if name not in unknown[client]}


def test_with_the_project_all_of_it_is_gone(told: tuple[str, Scene, dict[str, Any]], data: Path) -> None:
    _, scene, _ = told
    with open_office(data) as office, office.database.read() as connection:
        assert scene.project not in [row.project_id for row in list_all_projects(connection)]
        assert list_all_keys(connection, scene.project) == []
