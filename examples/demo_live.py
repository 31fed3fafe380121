"""Transcribe a recording as if it were spoken now, on this machine: python examples/demo_live.py [FILE]."""

import sys
from pathlib import Path

from sonant import DeepgramClient, LiveResults, SonantError

SPACEWALK = Path(__file__).parent / "audio" / "spacewalk.flac"
ERASE = "\r\x1b[2K"


def main(recording: Path) -> None:
    """Show what is understood so far in place, and what is final as lines."""
    print(f"{recording.name}, as fast as it was spoken, transcribed on this machine:\n")
    with DeepgramClient.local() as client, client.listen.live(interim_results=True, punctuate=True) as live:
        for event in live.stream(recording):
            if isinstance(event, LiveResults):
                show(event)
    stats = live.stats
    if stats.first_interim is not None:
        print(
            f"\nFirst words {stats.first_interim:.2f} s after the stream began, {live.ledger.lost.seconds:.0f} s lost."
        )


def show(results: LiveResults) -> None:
    """A final as a line; an interim only where it can be painted over."""
    if results.is_final:
        line = f"{results.start:6.2f}  {results.transcript}\n" if results.transcript else ""
        print(f"{ERASE if sys.stdout.isatty() else ''}{line}", end="", flush=True)
    elif sys.stdout.isatty():
        print(f"{ERASE}        {results.transcript[-70:]}", end="", flush=True)


if __name__ == "__main__":
    own = sys.argv[1:]
    try:
        main(Path(own[0]) if own else SPACEWALK)
    except SonantError as error:
        sys.exit("\n".join(part for part in (error.message, error.hint) if part))
