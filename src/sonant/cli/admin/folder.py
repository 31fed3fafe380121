"""The folder itself: bring it up to date, copy it."""

from pathlib import Path

from sonant.cli.admin.target import HERE, Asked
from sonant.cli.manage.target import Commands
from sonant.cli.talk import OK, deliver


def migrate(*, target: Asked = HERE) -> int:
    """Bring the database up to date with this version, as the engine does when it starts.

    Args:
        target: Which folder.
    """
    from sonant.engine.store.migrations import HEAD

    with target.open() as desk:
        deliver(f"{desk.office.database.place} is up to date, at revision {HEAD}.", None)
    return OK


def back_up(folder: Path, /, *, target: Asked = HERE) -> int:
    """Copy the database and its secret, also while the engine runs.

    Args:
        folder: Where to: a folder that is not there yet.
        target: Which data folder.
    """
    from sonant.engine.manage.office import back_up as copy

    with target.open() as desk:
        for path in copy(desk.office.database, desk.folder, folder):
            deliver(str(path), None)
    return OK


COMMANDS: Commands = {"migrate": migrate, "backup": back_up}
