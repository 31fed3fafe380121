"""Letters on their way: handed to a mail server where one is set, else kept for the operator."""

import asyncio
import logging
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from sqlalchemy.exc import SQLAlchemyError

from sonant.engine.manage.invites import list_letters, note_letter
from sonant.engine.store.ports import Database, Record

log = logging.getLogger(__name__)

_AGAIN = 60.0
"""Seconds between two tries."""
_PATIENCE = 20.0
_PORTS = {"smtp": 25, "smtps": 465}


class Outbox:
    """Sends letters, each once, as far as a mail server says so."""

    def __init__(self, database: Database, smtp_url: str, sender: str) -> None:
        self._database, self._url, self._sender = database, smtp_url, sender
        self._waiting = asyncio.Event()

    def notice(self) -> None:
        """There may be a new letter."""
        self._waiting.set()

    async def run(self) -> None:
        """Send what there is, again and again, until cancelled."""
        if not self._url:
            return
        while True:
            self._waiting.clear()
            try:
                await self._database.call(self.send)
            except SQLAlchemyError as error:
                log.error("letters not read", extra={"reason": type(error).__name__})  # noqa: TRY400
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN):
                    await self._waiting.wait()

    def send(self) -> None:
        """Send what there is."""
        with self._database.read() as connection:
            letters = list_letters(connection)
        for letter in letters:
            trouble = self._hand_in(letter)
            with self._database.write() as connection:
                note_letter(connection, letter.mail_id, trouble)
            log.info("letter not sent" if trouble else "letter sent", extra={"mail_id": letter.mail_id})

    def _hand_in(self, letter: Record) -> str:
        """Give a letter to the mail server; what went wrong, or an empty text."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, letter.recipient, letter.subject
        message.set_content(letter.body)
        try:
            with _connect(self._url) as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            return str(error) or type(error).__name__
        return ""


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or _PORTS.get(parts.scheme, 25)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    server = kind(host, port, timeout=_PATIENCE)
    server.ehlo()
    if kind is smtplib.SMTP and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
