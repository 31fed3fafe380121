"""The keys in use: looked up once, and watched for as long as somebody uses them.

A key that was deleted, expired or changed elsewhere (by another engine, or an operator) is noticed within `_PERIOD`,
and whoever holds it open is told.
"""

import asyncio
import logging
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from sonant.contract.faults import UNAVAILABLE
from sonant.engine.manage.grants import Grant, Limits
from sonant.engine.manage.keys import effective_scopes
from sonant.engine.manage.times import now
from sonant.engine.refusals import Refusal
from sonant.engine.store.ports import Database, Record
from sonant.engine.store.schema import keys, members, projects

log = logging.getLogger(__name__)

_PERIOD = 0.4
"""Seconds between two looks at the keys in use."""
_STALE = 0.9
"""Seconds after which what is known of a key is not believed any more, should nobody have looked."""
_UNUSED = 60.0
"""Seconds after which a key that nobody uses is not watched any more."""
_AT_ONCE = 500


class Entry:
    """A key in use.

    Attributes:
        grant: what it may do; None once it is gone.
        ended: set when it goes.
    """

    def __init__(self, grant: Grant) -> None:
        self.grant: Grant | None = grant
        self.ended = asyncio.Event()
        self.checked = self.used = time.monotonic()
        self.holders = 0

    @property
    def is_good(self) -> bool:
        """Whether the key is there, and its time is not over."""
        return self.grant is not None and (self.grant.expires is None or self.grant.expires > now())

    def end(self) -> None:
        """Tell all who hold it."""
        self.grant = None
        self.ended.set()

    @contextmanager
    def hold(self) -> Generator[None]:
        """Have the key watched for as long as the block lasts."""
        self.holders += 1
        try:
            yield
        finally:
            self.holders -= 1
            self.used = time.monotonic()


class Keyring:
    """Finds keys by digest (of the key itself) or by id (from a token)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_id: dict[str, Entry] = {}
        self._ids: dict[str, str] = {}

    async def find(self, *, digest: str = "", key_id: str = "") -> Entry | None:
        """What is known of a key, None for none that is good.

        Raises:
            Refusal: the database does not answer.
        """
        entry = self._by_id.get(key_id or self._ids.get(digest, ""))
        if entry is None or time.monotonic() - entry.checked > _STALE:
            entry = await self._look_up(digest, key_id)
        if entry is None or not entry.is_good:
            return None
        entry.used = time.monotonic()
        return entry

    async def _look_up(self, digest: str, key_id: str) -> Entry | None:
        wanted = keys.c.digest == digest if digest else keys.c.api_key_id == key_id
        try:
            found = await self._database.call(self._read, [wanted])
        except SQLAlchemyError as error:
            log.error("keys not read", extra={"reason": type(error).__name__})  # noqa: TRY400
            raise Refusal(UNAVAILABLE) from None
        if not found:
            self.drop(key_id or self._ids.get(digest, ""))
            return None
        ((row_digest, grant),) = found
        return self._note(row_digest, grant)

    def _note(self, digest: str, grant: Grant) -> Entry:
        entry = self._by_id.get(grant.key_id)
        if entry is None:
            entry = self._by_id[grant.key_id] = Entry(grant)
            self._ids[digest] = grant.key_id
        entry.grant, entry.checked = grant, time.monotonic()
        return entry

    def drop(self, key_id: str) -> None:
        """Forget a key that is gone, and tell all who hold it."""
        if entry := self._by_id.pop(key_id, None):
            self._ids = {digest: known for digest, known in self._ids.items() if known != key_id}
            entry.end()

    async def watch(self) -> None:
        """Look at the keys in use again and again, until cancelled."""
        while True:
            await asyncio.sleep(_PERIOD)
            self._forget_unused()
            if not self._by_id:
                continue
            try:
                await self.refresh()
            except SQLAlchemyError as error:
                log.error("keys not read", extra={"reason": type(error).__name__})  # noqa: TRY400

    async def refresh(self) -> None:
        """Look at the keys in use again."""
        ids = list(self._by_id)
        parts = [keys.c.api_key_id.in_(ids[at : at + _AT_ONCE]) for at in range(0, len(ids), _AT_ONCE)]
        found = {grant.key_id: (digest, grant) for digest, grant in await self._database.call(self._read, parts)}
        for key_id in ids:
            if key_id in found:
                self._note(*found[key_id])
            if key_id not in found or not self._by_id[key_id].is_good:
                self.drop(key_id)

    def _forget_unused(self) -> None:
        long_ago = time.monotonic() - _UNUSED
        for key_id, entry in list(self._by_id.items()):
            if not entry.holders and entry.used < long_ago:
                self.drop(key_id)

    def _read(self, parts: Iterable[Any]) -> Sequence[tuple[str, Grant]]:
        with self._database.read() as connection:
            return [(row.digest, _grant(row)) for part in parts for row in connection.execute(_SELECT.where(part))]


_SELECT = (
    select(
        keys.c.api_key_id,
        keys.c.project_id,
        keys.c.member_id,
        keys.c.digest,
        keys.c.scopes,
        keys.c.expires,
        members.c.role,
        projects.c.concurrency,
        projects.c.requests_per_minute,
        projects.c.monthly_spend,
        projects.c.prepaid,
    )
    .join(members, members.c.member_id == keys.c.member_id)
    .join(projects, projects.c.project_id == keys.c.project_id)
)


def _grant(row: Record) -> Grant:
    limits = Limits(row.concurrency, row.requests_per_minute, row.monthly_spend, bool(row.prepaid))
    scopes = effective_scopes(row.scopes, row.role)
    return Grant(row.api_key_id, row.project_id, row.member_id, scopes, row.expires, limits)
