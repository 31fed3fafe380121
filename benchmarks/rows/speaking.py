"""The voice alone: seconds that hibari takes for each text, as a list of lists."""

from __future__ import annotations

import json
import sys
import time

from hibari import Hibari


def main() -> None:
    """Speak each text so many times."""
    texts, times = json.loads(sys.argv[1]), int(sys.argv[2])
    voice = Hibari()
    voice("Ready.")
    taken: list[list[float]] = [[] for _ in texts]
    for _ in range(times):
        for text, own in zip(texts, taken, strict=True):
            began = time.perf_counter()
            voice(text)
            own.append(time.perf_counter() - began)
    print(json.dumps(taken))


main()
