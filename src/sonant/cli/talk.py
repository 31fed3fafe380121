"""What the command line says: results to stdout or a file, the rest to stderr in single lines."""

import sys
from pathlib import Path
from typing import Literal, get_args

from rich.console import Console

from sonant.captions import srt, webvtt
from sonant.contract.listen import Transcript

OK, FAILURE, USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: done; it failed; the command was mistyped; Ctrl-C."""

CaptionFormat = Literal["webvtt", "srt"]
Format = Literal["text", "json", "webvtt", "srt"]
CAPTIONS = {"webvtt": webvtt, "srt": srt}
FORMATS: tuple[Format, ...] = get_args(Format)

stderr = Console(stderr=True, highlight=False, soft_wrap=True)


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


def render(reply: Transcript, form: Format) -> str:
    """A transcript in one of the formats."""
    if form == "json":
        import msgspec

        return msgspec.json.format(reply.raw, indent=2).decode()
    if form == "text":
        return _text(reply)
    return CAPTIONS[form](reply)


def _text(reply: Transcript) -> str:
    """Turns where speakers or channels are told apart, else paragraphs, else one line for each channel."""
    turns = reply.turns()
    if any(turn.speaker is not None for turn in turns):
        return "\n".join(f"Speaker {turn.speaker}: {turn.text}" for turn in turns)
    if len(reply.results.channels) > 1:
        return "\n".join(f"Channel {turn.channel}: {turn.text}" for turn in turns)
    best = reply.results.channels[0].alternatives[:1] if reply.results.channels else []
    paragraphs = best[0].paragraphs if best else None
    return paragraphs.transcript.strip() if paragraphs else reply.transcript
