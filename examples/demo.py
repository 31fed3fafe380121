"""Transcribe a recording on this machine and print it as text and captions: python examples/demo.py [FILE]."""

import sys
from pathlib import Path

from sonant import DeepgramClient
from sonant.captions import srt, webvtt

SPACEWALK = Path(__file__).parent / "audio" / "spacewalk.flac"


def main(recording: Path) -> None:
    """Transcribe a recording, print its text, then its captions."""
    with DeepgramClient.local() as client:
        reply = client.listen.prerecorded.transcribe_file(recording, punctuate=True, utterances=True)
    print(f"{recording.name}, {reply.metadata.duration:.1f} s, transcribed on this machine:\n")
    print(reply.transcript)
    print("\nThe same as WebVTT captions:\n")
    print(webvtt(reply))
    print(f"As SRT it has {srt(reply).count('-->')} cues: sonant.captions.srt(reply).")


if __name__ == "__main__":
    own = sys.argv[1:]
    main(Path(own[0]) if own else SPACEWALK)
    if not own:
        print("Now one of your own: make demo FILE=talk.mp3")
