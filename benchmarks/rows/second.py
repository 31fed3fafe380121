"""One more client in a process that has one."""

from __future__ import annotations

import clients
import measure


def main() -> None:
    """Construct many, keep them all."""
    given = measure.arguments()
    make = {"official": clients.official, "ours": clients.ours}[given["impl"]]
    count = 20 if given["impl"] == "official" else 2000
    made = [make(given["url"])]
    before = measure.memory("VmRSS")
    with measure.Watch() as watch:
        for _ in range(count):
            made.append(make(given["url"]))  # noqa: PERF401 - the loop is what is measured
    added = (measure.memory("VmRSS") - before) // count
    measure.emit(n=count, wall=watch.wall, cpu=watch.cpu, hwm=measure.memory(), added=added, check="constructed")


main()
