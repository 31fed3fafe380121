"""What the command line says: results to stdout or a file, the rest to stderr in single lines."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal

from rich.console import Console

from sonant.captions import Profile, srt, webvtt
from sonant.captions.cues import Source, captions
from sonant.contract.listen import Transcript

OK, FAILURE, USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: done; it failed; the command was mistyped; Ctrl-C."""

CaptionFormat = Literal["vtt", "srt", "webvtt"]
Format = Literal["text", "json", "vtt", "srt", "webvtt"]
CAPTIONS = {"vtt": webvtt, "webvtt": webvtt, "srt": srt}

stderr = Console(stderr=True, highlight=False, soft_wrap=True)


class Mistyped(Exception):
    """Arguments that do not go together."""


class Failed(Exception):
    """What was asked for could not be done.

    Attributes:
        hint: what to do about it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class NoInput(Exception):
    """Standard input has nothing to read."""

    hint = "Pipe something into it, or name a file."


def open_stdin() -> BinaryIO:
    """Standard input, once it has something.

    Raises:
        NoInput: it is a terminal, or it is at its end.
    """
    if sys.stdin.isatty():
        raise NoInput("Standard input is a terminal.")
    stdin: BinaryIO = sys.stdin.buffer
    peek: Callable[[int], bytes] | None = getattr(stdin, "peek", None)
    if peek and not peek(1):
        raise NoInput("Standard input is empty.")
    return stdin


def note(text: str) -> None:
    """Tell something beside the result."""
    stderr.print(text, style="dim", markup=False)


def complain(message: str, hint: str = "") -> None:
    """One line about what failed, and one about what to do."""
    stderr.print(f"sonant: {message}", style="red", markup=False)
    if hint:
        stderr.print(hint, markup=False)


def deliver(text: str, output: Path | None) -> None:
    """Write a result to a file, or to stdout."""
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    else:
        output.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
        note(f"Written to {output}.")


def check_output(output: Path | None) -> None:
    """See that a result can be written, before the work for it begins; touches nothing.

    Raises:
        OSError: the target is a folder or may not be written, or its folder is not there.
    """
    if output is None:
        return
    target = output.resolve()
    if target.is_dir():
        raise _refuse(errno.EISDIR, output)
    if target.exists():
        if not os.access(target, os.W_OK):
            raise _refuse(errno.EACCES, output)
    elif not target.parent.is_dir():
        raise _refuse(errno.ENOTDIR if target.parent.exists() else errno.ENOENT, output)
    elif not os.access(target.parent, os.W_OK | os.X_OK):
        raise _refuse(errno.EACCES, output)


def _refuse(number: int, path: Path) -> OSError:
    return OSError(number, os.strerror(number), str(path))


def caption(source: Source, form: CaptionFormat, profile: Profile, line_length: int | None = None) -> str:
    """Captions of a source; tells how many are too fast to read.

    Raises:
        Mistyped: `line_length` is given to the profile that counts characters.
    """
    if profile == "readable":
        if line_length is not None:
            raise Mistyped("--line-length counts words; --profile readable counts characters.")
        rushed = sum(cue.rushed for cue in captions(source, profile=profile).cues)
        if rushed:
            note(f"{rushed} of the cues are shown for less time than it takes to read them: the speech is fast.")
    return CAPTIONS[form](source, line_length, profile=profile)


def render(reply: Transcript, form: Format, profile: Profile) -> str:
    """A transcript in one of the formats."""
    if form == "json":
        import msgspec

        return msgspec.json.format(reply.raw, indent=2).decode()
    if form == "text":
        return _text(reply)
    return caption(reply, form, profile)


def _text(reply: Transcript) -> str:
    """Turns where speakers are told apart, lines where channels are, else paragraphs if there are any."""
    turns = reply.turns()
    if any(turn.speaker is not None for turn in turns):
        return "\n".join(f"Speaker {turn.speaker}: {turn.text}" for turn in turns)
    best = [channel.alternatives[0] for channel in reply.results.channels if channel.alternatives]
    if len(best) > 1:
        spoken = sorted(reply.results.utterances or [], key=lambda utterance: utterance.start)
        lines = [(u.channel, u.transcript) for u in spoken] or list(enumerate(b.transcript for b in best))
        return "\n".join(f"Channel {channel}: {text}" for channel, text in lines)
    paragraphs = best[0].paragraphs if best else None
    return paragraphs.transcript.strip() if paragraphs else reply.transcript
