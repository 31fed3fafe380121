"""Speak a sentence on this machine, write it, play it where that can be, and read it back: demo_speak.py [TEXT]."""

import sys
from pathlib import Path

from sonant import DeepgramClient, DeviceError, SonantError
from sonant.devices import Speaker

TEXT = "Speech that was made on this machine, and is understood on it, too."
FILE = Path("speech.wav")


def main(text: str) -> None:
    """Write the sentence to a file, play it, and print what is understood of it."""
    with DeepgramClient.local() as client:
        speech = client.speak.request(text, encoding="linear16")
        size = speech.stream_to_file(FILE)
        print(f"{speech.model_name} said it in {FILE} ({size / 48_000:.1f} s).")
        print("Played." if play(FILE.read_bytes()) else "Not played: there is no loudspeaker here.")
        reply = client.listen.prerecorded.transcribe_file(FILE, punctuate=True)
    print(f"Understood: {reply.transcript}")


def play(audio: bytes) -> bool:
    """Play a WAV file of ours; whether there is something to play it with."""
    try:
        with Speaker() as speaker:
            speaker.play(audio[44:])
    except DeviceError:
        return False
    return True


if __name__ == "__main__":
    try:
        main(" ".join(sys.argv[1:]) or TEXT)
    except SonantError as error:
        sys.exit("\n".join(part for part in (error.message, error.hint) if part))
