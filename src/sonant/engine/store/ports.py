"""A database as the rest of the engine sees it, whichever it is."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Row, Select
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

P = ParamSpec("P")
R = TypeVar("R")

Record = Row[*tuple[Any, ...]]
"""A row of whatever was asked for."""
Wanted = Select[*tuple[Any, ...]]
"""What is asked for, as it is put together."""

WRITES = "sonant_writes"
"""Execution option of a connection that is going to write."""


class DatabaseError(Exception):
    """The database cannot be used; the message says which one it is and what to do, without its password."""


@dataclass(frozen=True)
class Database:
    """Transactions, from any thread; each call blocks."""

    engine: Engine
    place: str
    """What to call it in a message."""
    lock: Callable[[Connection], None]
    """Keeps others from migrating until the transaction ends."""
    file: str
    """What a copy is called."""
    copy: Callable[[Path], None]
    """Writes a copy of everything into a file, while others go on writing."""

    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8, "database"))

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A transaction that only reads."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that may write; it is undone when its block raises."""
        with self.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            yield connection

    async def call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do something with it on a thread of its own, whatever else keeps the machine busy."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Let go of all connections."""
        self.threads.shutdown()
        self.engine.dispose()


def explain(error: SQLAlchemyError, place: str) -> DatabaseError:
    """An error of the driver in a sentence that gives no password away."""
    reason = str(error.orig).strip().partition("\n")[0] if isinstance(error, DBAPIError) else type(error).__name__
    advice = "see that it runs and lets the engine in" if isinstance(error, OperationalError) else "see its log"
    return DatabaseError(f"{place} cannot be used: {reason}; {advice}")
