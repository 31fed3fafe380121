"""Letters go to a mail server, each once, or wait."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sonant.engine.manage.invites import list_letters
from unit.engine.manage.desk import Desk, office


class Post:
    """A mail server that speaks as little SMTP as will do, and may refuse who a letter is to."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.refuses = False
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._door.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                return
            with caller, caller.makefile("rwb", buffering=0) as talk:
                self._talk(talk)

    def _talk(self, talk: Any) -> None:
        talk.write(b"220 here\r\n")
        while line := talk.readline():
            word = line[:4].upper()
            if word == b"DATA":
                talk.write(b"354 go on\r\n")
                self.letters.append(b"".join(iter(talk.readline, b".\r\n")).decode())
            said = b"221 bye" if word == b"QUIT" else b"250 ok"
            talk.write((b"550 nobody of that name" if word == b"RCPT" and self.refuses else said) + b"\r\n")
            if word == b"QUIT":
                return

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()


@contextmanager
def post() -> Iterator[Post]:
    server = Post()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield server
    server.close()
    thread.join(5)


async def _letters(owner: Desk) -> list[Any]:
    return await owner.accounts.read(list_letters)


async def test_a_letter_is_sent_once(kept: dict[str, Any]) -> None:
    with post() as server:
        async with office(kept, smtp_url=server.url, mail_from="sonant@example.com") as owner:
            assert (await owner.ask("PATCH", ".", {"name": "Ours, and\r\nBcc: theirs"})).status == 400
            await owner.patch(".", {"name": "Ours, and Bcc: theirs"})
            await owner.post("./invites", {"email": "new@example.com", "scope": "admin"})
            for _ in range(200):
                if server.letters and not await _letters(owner):
                    break
                await asyncio.sleep(0.02)
            owner.accounts.outbox.send()
        (letter,) = server.letters
    assert "To: new@example.com" in letter
    assert "From: sonant@example.com" in letter
    assert "as admin" in letter
    head, _, _ = letter.partition("\r\n\r\n")
    assert "Bcc" not in head


async def test_a_letter_that_is_refused_waits_with_the_reason(kept: dict[str, Any]) -> None:
    with post() as server:
        server.refuses = True
        async with office(kept) as owner:
            await owner.post("./invites", {"email": "new@example.com", "scope": "member"})
            (waiting,) = await _letters(owner)
            assert waiting.trouble == ""
            owner.accounts.outbox._url = server.url
            owner.accounts.outbox.send()
            (waiting,) = await _letters(owner)
            assert "nobody of that name" in waiting.trouble
            server.refuses = False
            owner.accounts.outbox.send()
            assert await _letters(owner) == []


async def test_a_server_that_is_not_there_is_no_error(kept: dict[str, Any]) -> None:
    async with office(kept, smtp_url="smtp://127.0.0.1:1") as owner:
        await owner.post("./invites", {"email": "new@example.com", "scope": "member"})
        owner.accounts.outbox.send()
        (waiting,) = await _letters(owner)
        assert "refused" in waiting.trouble


async def test_an_address_with_a_slash_can_be_taken_back(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        await owner.post("./invites", {"email": "a/b@example.com", "scope": "member"})
        assert (await owner.ask("DELETE", "./invites/a%2Fb@example.com")).status == 200
