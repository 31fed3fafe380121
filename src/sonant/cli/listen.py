"""`sonant listen`: a live transcript in the terminal, from the microphone, a file or a pipe."""

import mimetypes
import select
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, BinaryIO

from cyclopts import Parameter
from rich.console import Console

from sonant.cli.decoding import decode
from sonant.cli.flags import flags_of
from sonant.cli.painter import JsonPainter, Painter, TextPainter
from sonant.cli.service import connect
from sonant.cli.talk import INTERRUPTED, OK, Mistyped, check_output, deliver, note, open_stdin
from sonant.client import DeepgramClient
from sonant.client.errors import SourceError
from sonant.client.headers import LONGEST_HEADER, needs_more, recognise
from sonant.client.intake import check_begin
from sonant.client.live import SyncLive, SyncTurns
from sonant.client.sources import first_bytes, open_source
from sonant.contract.listen import LiveOptions, TurnOptions
from sonant.contract.query import options_of
from sonant.devices import Microphone

if TYPE_CHECKING:
    Flags = dict[str, Any]
    TurnFlags = dict[str, Any]
else:
    Flags = flags_of(LiveOptions, "Flags")
    TurnFlags = flags_of(TurnOptions, "TurnFlags", without=options_of(LiveOptions))

PIECE = 4096
"""Bytes read at once."""
GLANCE = 0.2
"""Seconds after which a silent pipe is left to see whether Ctrl-C was pressed."""


class Recording:
    """A file or a pipe, piece by piece until it is closed.

    Attributes:
        options: what the service has to know of it.
    """

    def __init__(self, chunks: Iterator[bytes], options: dict[str, Any] | None = None) -> None:
        self._chunks = chunks
        self.options: Mapping[str, Any] = options or {}
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        """The pieces; empty ones while a pipe gives nothing."""
        for chunk in self._chunks:
            for start in range(0, len(chunk) or 1, PIECE):
                if self._closed:
                    return
                yield chunk[start : start + PIECE]

    def close(self) -> None:
        """Give no more."""
        self._closed = True


def listen(
    source: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    /,
    *,
    device: str | None = None,
    devices: Annotated[bool, Parameter(negative=())] = False,
    speed: float = 1.0,
    json: Annotated[bool, Parameter(negative=())] = False,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    base_url: str | None = None,
    local: Annotated[bool, Parameter(negative=())] = False,
    options: Annotated[Flags | None, Parameter(name="*", group="Options of the transcription")] = None,
    turn_options: Annotated[TurnFlags | None, Parameter(name="*", group="Options of turns (--model flux-...)")] = None,
) -> int:
    """Transcribe speech while it is spoken: the microphone, a file, or - for standard input.

    Finals go to standard output, a line each; on a terminal what is understood so far is shown below them. With a key
    in the environment the hosted service does it, else an engine on this machine. A model whose name begins with flux-
    prints a line for each turn. Ctrl-C ends the recording: what was heard is still transcribed, a second one leaves at
    once. The exit code is then 0 for the microphone, whose usual end it is, and 130 for a file or a pipe.

    Args:
        source: A file in any container, or - for standard input; the microphone unless given.
        device: Microphone, by index or a part of its name.
        devices: List the microphones.
        speed: How many times as fast as spoken a file or pipe is sent; inf for no limit.
        json: Print each event as a line of JSON.
        output: A file to write instead of standard output.
        base_url: The address of another service; it wants a key, unless it is on this machine.
        local: Use an engine on this machine even though there is a key.
        options: Options of the transcription.
        turn_options: Options of turns.
    """
    if devices:
        deliver("\n".join(f"{d.index}: {d.name}, {d.channels} channels" for d in Microphone.devices()), None)
        return OK
    check_output(output)
    if not speed > 0:
        raise Mistyped("--speed must be a positive number.")
    asked = _numbers({**(options or {}), **(turn_options or {})})
    audio = _open(source, device, asked)
    if isinstance(audio, Microphone):
        audio.open()  # what is said while the service is reached waits in its queue
    asked |= audio.options
    with closing(audio), connect(base_url, local=local) as client, _out(output) as out:
        painter: Painter = JsonPainter(out) if json else TextPainter(out, _screen())
        with _start(client, asked, _wished(json)) as live:
            interrupted = _show(live, audio, speed, painter)
    return INTERRUPTED if interrupted and source is not None else OK


def _show(live: SyncLive | SyncTurns, audio: Microphone | Recording, speed: float, painter: Painter) -> bool:
    """Show all events; whether Ctrl-C ended it."""
    with _closing_on_interrupt(audio.close) as pressed:
        if isinstance(audio, Microphone):
            note("Listening; Ctrl-C ends it.")
        try:
            for event in live.stream(audio, speed=speed):
                painter.take(event)
        except BaseException:
            painter.clear()
            raise
        painter.finish()
    if isinstance(audio, Microphone) and audio.dropped.bytes:
        note(f"{audio.dropped.seconds:.1f} s of the recording were dropped: they could not be sent in time.")
    return bool(pressed)


def _open(source: str | None, device: str | None, asked: dict[str, Any]) -> Microphone | Recording:
    if source is None:
        if asked.get("encoding", "linear16") != "linear16":
            raise Mistyped("The microphone gives linear16; leave --encoding out.")
        chosen = int(device) if device and device.isdecimal() else device
        return Microphone(chosen, sample_rate=asked.get("sample_rate", 16_000), channels=asked.get("channels", 1))
    if device is not None:
        raise Mistyped("--device is for the microphone; leave the file out.")
    if source == "-":
        return Recording(_read_pipe(_check_pipe(open_stdin(), asked)))
    return _open_file(source, asked)


def _open_file(path: str, asked: dict[str, Any]) -> Recording:
    """A file as it is, if it can be streamed so; else what is in it."""
    begin = first_bytes(path, LONGEST_HEADER)
    try:
        check_begin(begin, asked)
    except SourceError as error:
        if "encoding" in asked or not (recognise(begin) or _is_media(path)):
            raise
        samples, options = decode(Path(path), error, multichannel=bool(asked.get("multichannel")))
        note(f"{path} cannot be streamed as it is; it is decoded here.")
        return Recording(samples, options)
    return Recording(map(bytes, open_source(path).chunks()))


def _is_media(path: str) -> bool:
    """Whether a file's name says that there is sound in it: a decoder alone hears some even in bare samples."""
    return str(mimetypes.guess_type(path)[0]).startswith(("audio/", "video/"))


def _check_pipe(pipe: BinaryIO, asked: dict[str, Any]) -> BinaryIO:
    """See that what is in a pipe so far can be streamed."""
    peek: Callable[[], bytes] | None = getattr(pipe, "peek", None)
    begin = peek() if peek else b""
    if not needs_more(begin):
        check_begin(begin, asked)
    return pipe


def _read_pipe(pipe: BinaryIO) -> Iterator[bytes]:
    """What is in a pipe, as it comes; empty while nothing does."""
    while True:
        if not _is_ready(pipe):
            yield b""
        elif chunk := getattr(pipe, "read1", pipe.read)(
            1 << 16
        ):  # more than its buffer, so that select tells the truth
            yield chunk
        else:
            return


def _is_ready(pipe: BinaryIO) -> bool:
    if getattr(pipe, "peek", None) is None or sys.platform == "win32":
        return True
    try:
        return bool(select.select([pipe], [], [], GLANCE)[0])
    except (OSError, ValueError):  # no file of the system
        return True


def _start(client: DeepgramClient, asked: dict[str, Any], wished: dict[str, Any]) -> SyncLive | SyncTurns:
    if str(asked.get("model", "")).startswith("flux-"):
        return client.listen.turns(**asked)
    return client.listen.live(**{**wished, **asked})


def _wished(json: bool) -> dict[str, Any]:
    """What text needs to read well; JSON is what was asked for and no more."""
    return {} if json else {"punctuate": True, "interim_results": sys.stdout.isatty()}


def _numbers(options: dict[str, Any]) -> dict[str, Any]:
    """The options, those as numbers that the session itself reckons with."""
    counted = {"sample_rate", "channels"}
    return {
        name: int(value) if name in counted and str(value).isdecimal() else value for name, value in options.items()
    }


def _screen() -> Console | None:
    """The terminal, if results go to one."""
    return Console(highlight=False) if sys.stdout.isatty() else None


def _out(output: Path | None) -> AbstractContextManager[IO[str]]:
    return output.open("w", encoding="utf-8") if output else nullcontext(sys.stdout)


@contextmanager
def _closing_on_interrupt(close: Callable[[], None]) -> Generator[list[int]]:
    """Have Ctrl-C close the source; a second one interrupts as usual. Gives the signals that came."""
    came: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        came.append(number)
        signal.signal(signal.SIGINT, before)
        close()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)
