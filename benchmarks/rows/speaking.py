"""The voice alone, in a process that stays: reads a text as a JSON string a line, answers with the seconds it took."""

from __future__ import annotations

import json
import sys
import time

from hibari import Hibari


def main() -> None:
    """Answer until the input ends."""
    voice = Hibari()
    voice("Ready.")
    print("ready", flush=True)
    for line in sys.stdin:
        text = json.loads(line)
        began = time.perf_counter()
        voice(text)
        print(json.dumps(time.perf_counter() - began), flush=True)


main()
