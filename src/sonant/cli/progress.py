"""How far a transcription or a speech is, on a terminal."""

from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sonant.cli.talk import stderr


class Meter:
    """A line on the terminal that goes away at the end; nothing at all where stderr is no terminal."""

    def __init__(self, console: Console = stderr) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("Connecting", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def wait(self) -> None:
        """The service has it all and is at work."""
        self._progress.update(self._task, description="Transcribing", total=None)

    def work(self, what: str) -> None:
        """The service is at work."""
        self._progress.update(self._task, description=what, total=None)

    def spoken(self, done: int, total: int) -> None:
        """So many characters are spoken, of so many."""
        self._progress.update(self._task, description=f"Speaking {done} of {total}", total=total, completed=done)

    def sent(self, done: int, total: int | None) -> None:
        """So many bytes have gone out, of so many if that is known."""
        if done == total:
            self.wait()
        else:
            size = f"{decimal(done)} of {decimal(total)}" if total else decimal(done)
            self._progress.update(self._task, description=f"Sending {size}", total=total, completed=done)
