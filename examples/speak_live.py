"""Speak what is typed, sentence by sentence, until Ctrl-D: python examples/speak_live.py (extras engine and mic)."""

import sys
from contextlib import suppress

from sonant import DeepgramClient
from sonant.devices import Speaker


def main() -> None:
    """Play each line as it is spoken; Ctrl-C stops one."""
    with Speaker() as speaker, DeepgramClient.local() as client, client.speak.live() as live:
        for line in sys.stdin:
            with suppress(KeyboardInterrupt):
                for chunk in live.say(line):
                    speaker.play(chunk)
                continue
            heard = speaker.interrupt()
            print(f"stopped after {heard.seconds:.1f} s")


if __name__ == "__main__":
    main()
