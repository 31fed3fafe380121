"""Which data folder a command is about."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Concatenate, ParamSpec, TypeVar

from cyclopts import Parameter

from sonant.cli.talk import Failed, Mistyped, deliver, note
from sonant.engine.refusals import Refusal
from sonant.engine.settings import SettingsError, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from sonant.contract.manage.keys import NewKey
    from sonant.engine.manage.office import Office

P = ParamSpec("P")
R = TypeVar("R")

_DATA = "The data folder; SONANT_DATA unless given. A database beside it comes from SONANT_DATABASE."


@dataclass(frozen=True)
class DataFolder:
    """The folder at hand."""

    data: Annotated[Path | None, Parameter(help=_DATA)] = None

    @contextmanager
    def open(self) -> Generator["Desk"]:
        """Open the folder.

        Raises:
            Mistyped: no folder was named.
            Failed: it cannot be used, or what was to be done in it was refused.
        """
        try:
            settings = read_settings(data=self.data)
        except SettingsError as error:
            raise Mistyped(f"{error}.") from None
        if settings.data is None:
            raise Mistyped("Name the data folder with --data, or set SONANT_DATA.")
        from sqlalchemy.exc import SQLAlchemyError

        from sonant.engine.manage.office import open_office
        from sonant.engine.store.ports import DatabaseError, explain

        try:
            with open_office(settings.data, settings.database) as office:
                if office.first_key:
                    note(f"Made a project and its owner's key: it is in {settings.data}/first-key.")
                yield Desk(office, settings.data)
        except Refusal as refusal:
            raise Failed(str(refusal), refusal.fault.hint) from None
        except DatabaseError as error:
            raise Failed(f"{error}.") from None
        except SQLAlchemyError as error:
            raise Failed(f"{explain(error, str(settings.data))}.") from None


@dataclass(frozen=True)
class Desk:
    """An opened folder."""

    office: "Office"
    folder: Path

    def read(self, work: "Callable[Concatenate[Connection, P], R]", *args: P.args, **kwargs: P.kwargs) -> R:
        """Do something that only reads."""
        with self.office.database.read() as connection:
            return work(connection, *args, **kwargs)

    def write(self, work: "Callable[Concatenate[Connection, P], R]", *args: P.args, **kwargs: P.kwargs) -> R:
        """Do something that writes, whole or not at all."""
        with self.office.database.write() as connection:
            return work(connection, *args, **kwargs)


HERE = DataFolder()
Asked = Annotated[DataFolder, Parameter(name="*")]


def show_key(made: "NewKey") -> None:
    """Print a key to standard output, and say that this is the only time."""
    deliver(made.key, None)
    note(f"This is the only time that the key is shown. Its id is {made.api_key_id}.")
