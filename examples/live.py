"""Transcribe the microphone on this machine until Ctrl-C: python examples/live.py (needs the extras engine and mic)."""

from contextlib import suppress

from sonant import DeepgramClient, LiveResults
from sonant.devices import Microphone


def main() -> None:
    """Print each final as it comes."""
    with (
        Microphone() as mic,
        DeepgramClient.local() as client,
        client.listen.live(**mic.options, punctuate=True) as live,
    ):
        for event in live.stream(mic):
            if isinstance(event, LiveResults) and event.is_final:
                print(event.transcript)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
