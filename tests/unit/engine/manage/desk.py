"""Somebody with a key, at an engine that is called without a network."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sonant.engine.manage.accounts import Accounts
from sonant.engine.manage.first import make_owner
from unit.engine.fakes import Answer, Engine, engine, heard, tone, wav

WORDS = heard(("Hello,", 0.4, 0.8, 0.9))
SPEECH = wav(tone(2))


class Desk:
    """Calls with one key, about one project."""

    def __init__(self, door: Engine, key: str, project: str = "", scheme: str = "Token") -> None:
        self.door, self.key, self.project, self.scheme = door, key, project, scheme

    @property
    def accounts(self) -> Accounts:
        found: Accounts = self.door.app.state.parts.accounts
        return found

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"{self.scheme} {self.key}"} if self.key else {}

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Call a path of the API; one that begins with a dot is within the project."""
        target = path.replace(".", f"/v1/projects/{self.project}", 1) if path.startswith(".") else path
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.door.ask(method, target, raw, headers=self.headers)

    async def get(self, path: str) -> Any:
        return read(await self.ask("GET", path))

    async def post(self, path: str, body: Any = None) -> Any:
        return read(await self.ask("POST", path, body))

    async def put(self, path: str, body: Any) -> Any:
        return read(await self.ask("PUT", path, body))

    async def patch(self, path: str, body: Any) -> Any:
        return read(await self.ask("PATCH", path, body))

    async def delete(self, path: str) -> Any:
        return read(await self.ask("DELETE", path))

    async def listen(self, query: str = "", data: bytes = SPEECH) -> Answer:
        return await self.door.ask(
            "POST", f"/v1/listen?{query}", data, headers={**self.headers, "content-type": "a/wav"}
        )

    async def make_key(self, *scopes: str, **more: Any) -> "Desk":
        """Somebody with another key of the project."""
        made = await self.post("./keys", {"comment": "another", "scopes": list(scopes), **more})
        return Desk(self.door, made["key"], self.project)

    async def make_member(self, role: str, email: str) -> "Desk":
        """Somebody else, who was invited and accepted."""
        from sonant.engine.manage.invites import accept_invite

        await self.post("./invites", {"email": email, "scope": role})
        made = await self.accounts.write(accept_invite, self.accounts.secret, self.project, email)
        return Desk(self.door, made.key, self.project)

    async def make_stranger(self) -> "Desk":
        """The owner of another project."""
        key = await self.accounts.write(make_owner, self.accounts.secret, "other", "else@example.com")
        return await introduce(self.door, key)


def read(answer: Answer) -> Any:
    assert answer.status == 200, (answer.status, answer.body)
    return answer.json


async def introduce(door: Engine, key: str) -> Desk:
    """Somebody with a key, who finds out its project."""
    desk = Desk(door, key)
    desk.project = (await desk.get("/v1/projects"))["projects"][0]["project_id"]
    return desk


@asynccontextmanager
async def office(kept: dict[str, Any], **settings: Any) -> AsyncIterator[Desk]:
    """The owner of a new engine's project."""
    async with engine(WORDS, **kept, **settings) as door:
        yield await introduce(door, (kept["data"] / "first-key").read_text().strip())
