"""`sonant serve`: the engine for others."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sonant.cli.flags import flags_of
from sonant.cli.talk import USAGE, complain
from sonant.engine.settings import SECRETS, Settings, SettingsError, read_settings

if TYPE_CHECKING:
    Flags = dict[str, Any]
else:
    Flags = flags_of(Settings, "Flags", without=SECRETS)  # they do not belong where `ps` shows them


def serve(*, settings: Annotated[Flags | None, Parameter(name="*", group="Settings")] = None) -> int:
    """Run the engine until it is told to stop (Ctrl-C, or SIGTERM).

    Every setting can come from the environment instead; what is secret only from there: the keys that are let in
    (SONANT_API_KEYS), the database's address (SONANT_DATABASE), the mail server's (SONANT_SMTP_URL).

    Args:
        settings: Settings of the engine.
    """
    from sonant.engine.serve import serve as run

    try:
        return run(read_settings(**(settings or {})))
    except SettingsError as error:
        complain(f"{error}.")
        return USAGE
