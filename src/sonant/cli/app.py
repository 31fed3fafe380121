"""The commands joined, and their errors turned into lines and exit codes."""

import errno
import os
import sys
from collections.abc import Callable, Sequence

from cyclopts import App, CycloptsError

from sonant import __version__
from sonant.captions import CaptionError
from sonant.cli import admin
from sonant.cli.captions import captions
from sonant.cli.doctor import doctor
from sonant.cli.hints import in_commands, mistake
from sonant.cli.listen import listen
from sonant.cli.manage import GROUPS as MANAGING
from sonant.cli.models import models
from sonant.cli.pull import pull
from sonant.cli.serve import serve
from sonant.cli.speak import speak
from sonant.cli.talk import FAILURE, INTERRUPTED, USAGE, Failed, Mistyped, NoInput, complain
from sonant.cli.transcribe import transcribe
from sonant.cli.version import version
from sonant.client.errors import BadOptionValue, SonantError, UnknownOption

HELP = """Speech on the command line: an independent project that speaks the Deepgram API.

Exit codes: 0 done, 1 failed, 2 mistyped, 130 interrupted (Ctrl-C). `serve`, and `listen` to a microphone, end with 0
when told to stop.
"""

app = App(name="sonant", version=__version__, help=HELP, suppress_keyboard_interrupt=False)
COMMANDS = (transcribe, listen, speak, captions, serve, models, doctor, version)
BELOW: dict[Callable[..., int], tuple[Callable[..., int], ...]] = {models: (pull,)}
"""Commands of two words, by the first of them, which is a command too."""
GROUPS = {**MANAGING, "admin": (admin.ABOUT, admin.COMMANDS)}
"""The commands that have commands: what each is about, and its own by name."""
for command in COMMANDS:
    if command in BELOW:
        group = App(name=command.__name__, version_flags=[])
        group.default(command)
        for one in BELOW[command]:
            group.command(one)
        app.command(group)
    else:
        app.command(command, version_flags=[])  # some options are called --version
for name, (about, commands) in GROUPS.items():
    group = App(name=name, help=about, version_flags=[])
    for word, command in commands.items():
        group.command(command, name=word, version_flags=[])
    app.command(group)


_DISK_HINTS: dict[int | None, str] = dict.fromkeys(
    (errno.ENOSPC, errno.EDQUOT), "Make room there, or have it written to another disk."
)


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line; returns its exit code."""
    try:
        code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except (CycloptsError, UnknownOption, BadOptionValue, Mistyped) as error:
        message = mistake(error, arguments) if isinstance(error, CycloptsError) else _sentence(error)
        complain(message, "`sonant --help` lists the commands, `sonant COMMAND --help` the options.")
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if (error.name or "sonant").startswith("sonant"):
            raise
        complain(f"{error.name} is not installed.", 'Run pip install "sonant[engine]".')
        return FAILURE
    except BrokenPipeError:
        return _stdout_is_gone()
    except (SonantError, CaptionError, Failed, NoInput, OSError) as error:
        message, _, more = _sentence(error).partition("\n")
        complain(
            message, in_commands(getattr(error, "hint", "")) or _DISK_HINTS.get(getattr(error, "errno", None), more)
        )
        return FAILURE
    return code if isinstance(code, int) else 0  # help and --version give nothing


def _sentence(error: Exception) -> str:
    if isinstance(error, SonantError):
        return f"{error.message} (request id {error.request_id})" if error.request_id else error.message
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}."
    return str(error)


def _stdout_is_gone() -> int:
    """The reader of a pipe left, as `head` does: leave too, without a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILURE
