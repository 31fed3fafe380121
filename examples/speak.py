"""Speak a text file of any length on this machine: python examples/speak.py FILE.txt OUT.mp3."""

import sys
from pathlib import Path

from sonant import DeepgramClient


def main(text: Path, out: Path) -> None:
    """Write the text as speech, and tell how far it is."""
    with DeepgramClient.local() as client:
        speech = client.speak.long(text.read_text(encoding="utf-8"), progress=lambda done, of: print(f"{done} of {of}"))
        speech.stream_to_file(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
