"""What every row does: read its arguments, watch itself, print one JSON line. Imports nothing that costs."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self


def arguments() -> dict[str, str]:
    """`--name value` pairs by name."""
    words = sys.argv[1:]
    return {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}


def memory(field: str = "VmHWM") -> int:
    """Bytes of memory at the peak (`VmHWM`) or now (`VmRSS`), from Linux; elsewhere 0.

    `ru_maxrss` would not do: it is inherited from the process that forked this one.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - pathlib would be measured too
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))
    except OSError:
        return 0


def emit(**facts: float | str) -> None:
    """Print facts as a JSON line; without `json`, which would be measured too."""
    print(
        "{"
        + ", ".join(f'"{name}": "{v}"' if isinstance(v, str) else f'"{name}": {v}' for name, v in facts.items())
        + "}"
    )


class Watch:
    """Measures a `with` block: `wall` and `cpu` (of all threads) in seconds."""

    wall = cpu = 0.0

    def __enter__(self) -> Self:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *exception: object) -> None:
        self.wall, self.cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
