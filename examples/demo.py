"""Transcribe a recording on this machine and print it as text and captions: python examples/demo.py [FILE]."""

import sys
from pathlib import Path

from sonant import DeepgramClient, SonantError
from sonant.captions import CaptionError, webvtt

SPACEWALK = Path(__file__).parent / "audio" / "spacewalk.flac"


def main(recording: Path) -> None:
    """Transcribe a recording, print its text, then captions that read well."""
    with DeepgramClient.local() as client:
        reply = client.listen.prerecorded.transcribe_file(recording, punctuate=True, utterances=True)
    print(f"{recording.name}, {reply.metadata.duration:.1f} s, transcribed on this machine:\n")
    print(reply.transcript)
    print("\nThe same as captions (WebVTT; SRT too):\n")
    print(webvtt(reply, profile="readable"))


if __name__ == "__main__":
    own = sys.argv[1:]
    try:
        main(Path(own[0]) if own else SPACEWALK)
    except SonantError as error:
        sys.exit("\n".join(part for part in (error.message, error.hint) if part))
    except CaptionError as error:
        sys.exit(str(error))
    if not own:
        print("Now one of your own: make demo FILE=talk.mp3, or .venv/bin/sonant transcribe talk.mp3")
