"""All that an engine knows of its projects, joined."""

import asyncio
import logging
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from sonant.contract.faults import NO_CREDITS, NOT_KEPT, SPENDING_LIMIT, UNAVAILABLE
from sonant.engine.manage.billing import read_credit, read_spending
from sonant.engine.manage.gate import Gate
from sonant.engine.manage.grants import Limits
from sonant.engine.manage.keyring import Keyring
from sonant.engine.manage.ledger import Ledger
from sonant.engine.manage.office import Office, open_office
from sonant.engine.manage.outbox import Outbox
from sonant.engine.manage.prices import DOLLAR
from sonant.engine.manage.times import now
from sonant.engine.metering import Journal
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

KILLED = 500
"""Status of a request that was under way when its engine was killed."""


class Accounts:
    """Projects, keys and usage of an engine.

    Attributes:
        first_key: of the first start, to be shown once; empty later.
    """

    def __init__(self, settings: Settings, office: Office, state: Path) -> None:
        database = office.database
        self.database, self.secret, self.first_key = office
        self.journal = Journal(state)
        self.keyring = Keyring(database)
        self.ledger = Ledger(database, self.journal, settings.prices, settings.log_days)
        self.gate = Gate(self._find_debt)
        self.outbox = Outbox(database, settings.smtp_url, settings.mail_from)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, promised: Collection[str]) -> None:
        """Begin to work, after settling what the last run left open.

        Args:
            promised: ids of requests whose work will still be done.
        """
        for row in list(self.journal.open.values()):
            if not (row.deferred and row.request_id in promised):
                row.code, row.completed = KILLED, now()
                self.journal.keep(row)
        works = (self.keyring.watch(), self.ledger.run(), self.outbox.run())
        self._tasks = [asyncio.create_task(work) for work in works]

    async def stop(self) -> None:
        """Stop, once all that is settled is in the database."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(SQLAlchemyError):  # it stays in the journal
            await self.database.call(self.ledger.flush)

    async def read(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do something that only reads.

        Raises:
            Refusal: the rules say no, or the database does not answer.
        """

        def run() -> R:
            with _refusing(), self.database.read() as connection:
                return work(connection, *args, **kwargs)

        return await self.database.call(run)

    async def write(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do something that may write, whole or not at all.

        Raises:
            Refusal: as `read`.
        """

        def run() -> R:
            with _refusing(), self.database.write() as connection:
                return work(connection, *args, **kwargs)

        return await self.database.call(run)

    async def read_usage(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Read, with all that has been settled by now.

        Raises:
            Refusal: as `read`.
        """

        def flush() -> None:
            with _refusing():
                self.ledger.flush()

        await self.database.call(flush)
        return await self.read(work, *args, **kwargs)

    async def _find_debt(self, project_id: str, limits: Limits) -> Refusal | None:
        """Why a project may spend no more."""
        limit = limits.monthly_spend
        if limit is not None and await self.read_usage(read_spending, project_id) >= limit:
            return Refusal(SPENDING_LIMIT, f"{limit / DOLLAR:.2f} USD")
        if limits.prepaid and await self.read_usage(read_credit, project_id) <= 0:
            return Refusal(NO_CREDITS)
        return None


@contextmanager
def _refusing() -> Generator[None]:
    """Errors of the database as refusals; the log has their kind, not the values."""
    try:
        yield
    except (DataError, IntegrityError) as error:
        log.warning("not written", extra={"reason": type(error).__name__})
        raise Refusal(NOT_KEPT) from None
    except SQLAlchemyError as error:
        log.error("database failed", extra={"reason": type(error).__name__})  # noqa: TRY400
        raise Refusal(UNAVAILABLE) from None


@contextmanager
def open_accounts(settings: Settings, folder: Path, state: Path) -> Generator[Accounts]:
    """The accounts in a data folder, made at the first start.

    Raises:
        DatabaseError: they cannot be used.
    """
    with open_office(folder, settings.database) as office:
        accounts = Accounts(settings, office, state)
        try:
            yield accounts
        finally:
            accounts.journal.close()
