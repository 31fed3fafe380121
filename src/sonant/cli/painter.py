"""What `sonant listen` shows of each event: finals as lines, interims repainted in place, the rest as notes."""

from collections.abc import Callable
from typing import IO, Any, Protocol

import msgspec
from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from sonant.cli.talk import note
from sonant.client.events import AudioLost, Reconnected, Reconnecting
from sonant.contract.codec import Unknown
from sonant.contract.listen import LiveMetadata, LiveResults, TurnInfo
from sonant.contract.listen.live import LiveError
from sonant.contract.listen.turns import TurnError

CLEAR = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))


class Painter(Protocol):
    """Shows events."""

    def take(self, event: object) -> None:
        """Show one."""

    def clear(self) -> None:
        """Take the interim away, if one is shown."""

    def finish(self) -> None:
        """The stream went to its end."""


class JsonPainter:
    """Each event as a line of JSON."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def take(self, event: object) -> None:
        """Print it; what the session itself tells has its name as `type` too."""
        self._out.write(msgspec.json.encode(_fields(event)).decode() + "\n")
        self._out.flush()

    def clear(self) -> None:
        """Nothing is left over."""

    def finish(self) -> None:
        """Nothing more to say."""


class TextPainter:
    """Finals as lines; interims in the last line of `screen`, if there is one; anything unusual as a note."""

    def __init__(self, out: IO[str], screen: Console | None = None, tell: Callable[[str], None] = note) -> None:
        self._out, self._screen, self._tell = out, screen, tell
        self._painted = self._spoken = False
        self._open_turn = ""

    def take(self, event: object) -> None:
        """Show it."""
        if (line := final_line(event)) is not None:
            self._settle(line)
        elif (line := interim_line(event)) is not None:
            self._paint(line)
        if isinstance(event, TurnInfo):
            self._open_turn = "" if event.event == "EndOfTurn" else event.transcript
        for text in notes(event):
            self.clear()
            self._tell(text)

    def clear(self) -> None:
        """Take the interim away, if one is shown."""
        if self._painted and self._screen is not None:
            self._screen.control(CLEAR)
            self._painted = False

    def finish(self) -> None:
        """Print the turn that the end of the audio cut, and say if there was nothing to hear."""
        self._settle(self._open_turn)
        if not self._spoken:
            self._tell("No speech was found. Headerless audio needs its true --encoding and --sample-rate.")

    def _settle(self, line: str) -> None:
        self.clear()
        if line:
            self._out.write(line + "\n")
            self._out.flush()
            self._spoken = True

    def _paint(self, line: str) -> None:
        if self._screen is None:
            return
        self.clear()
        self._screen.print(Text(fit(line, self._screen.width - 1), style="dim"), end="", soft_wrap=True)
        self._painted = True


def fit(line: str, width: int) -> str:
    """The end of a line that is wider than the terminal: the newest words are what one wants to see."""
    if cell_len(line) <= width:
        return line
    end = chop_cells(line[::-1], max(1, width - 1))[0]
    return "…" + end[::-1]


def final_line(event: object) -> str | None:
    """What will not change any more; empty where nothing was said, None of all other events."""
    if isinstance(event, LiveResults) and event.is_final:
        return _label(event, event.transcript)
    if isinstance(event, TurnInfo) and event.event == "EndOfTurn":
        return event.transcript
    return None


def interim_line(event: object) -> str | None:
    """What may still change; None of all other events."""
    if isinstance(event, LiveResults) and not event.is_final:
        return _label(event, event.transcript)
    if isinstance(event, TurnInfo) and event.event != "EndOfTurn":
        return event.transcript
    return None


def notes(event: object) -> list[str]:
    """What a user should know beside the text."""
    match event:
        case Reconnecting(planned=False):
            return [f"Connection lost ({event.reason}); attempt {event.attempt} in {event.delay:.1f} s."]
        case Reconnected(replayed_seconds=replayed, lost_seconds=lost):
            return [f"Connected again; {replayed:.1f} s are sent again{f', {lost:.1f} s are lost' if lost else ''}."]
        case AudioLost():
            return [f"Audio from {event.start:.1f} s to {event.end:.1f} s is lost: {event.reason}."]
        case LiveError() | TurnError():
            return [event.description]
        case LiveMetadata(warnings=warnings):
            return [f"{warning.parameter}: {warning.message}" for warning in warnings or []]
        case _:
            return []


def _label(results: LiveResults, text: str) -> str:
    channel, count = results.channel_index[0], results.channel_index[-1]
    return f"Channel {channel}: {text}" if text and len(results.channel_index) > 1 and count > 1 else text


def _fields(event: object) -> Any:
    if isinstance(event, Unknown):
        return event.data
    return {"type": type(event).__name__} | msgspec.to_builtins(event)
