"""Transcribe the microphone on this machine until Ctrl-C: python examples/live.py (needs the extras engine and mic)."""

from contextlib import suppress

from sonant import DeepgramClient
from sonant.devices import Microphone


def main() -> None:
    """Print each final as it comes."""
    with (
        Microphone() as mic,
        DeepgramClient.local() as client,
        client.listen.live(**mic.options, punctuate=True) as live,
    ):
        for event in live.stream(mic):
            if getattr(event, "is_final", False):
                print(event.transcript)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
