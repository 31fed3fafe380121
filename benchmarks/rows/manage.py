"""A million requests in a data folder, and what is asked about them: python manage.py TASK FOLDER [ROWS]."""

import json
import os
import random
import resource
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from sonant.engine.manage import requests, usage
from sonant.engine.manage.ledger import record
from sonant.engine.manage.office import Office, list_all_projects, open_office
from sonant.engine.manage.times import DAY, now
from sonant.engine.metering import UsageRow, Use
from sonant.engine.store.schema import usage as usage_table
from sonant.engine.store.schema import usage_hours

AT_ONCE = 10_000
WRITERS, TURNS, EACH = 50, 10, 20
FEATURES = ["smart_format", "punctuate", "diarize", "keyterm", "search", "utterances", "numerals"]
ASKED: list[dict[str, Any]] = [
    {"page": page, "limit": 10, **more}
    for page in (1, 2, 100, 10_000, 50_000, 99_999, 200_000)
    for more in ({}, {"status": "failed"}, {"accessor": "k1", "method": "streaming"}, {"endpoint": "speak"})
]
"""Pages from the first to beyond the last, with and without filters."""
ROUNDS = 5


def build(office: Office, project: str, count: int) -> dict[str, Any]:
    """Requests of a month, evenly, with their features and tags at random."""
    chance, start = random.Random(1), now() - 30 * DAY
    kinds = [sorted(chance.sample(FEATURES, k=chance.randrange(4))) for _ in range(12)]
    for first in range(0, count, AT_ONCE):
        times = [start + number * 30 * DAY // count for number in range(first, min(first + AT_ONCE, count))]
        rows = [make_row(project, first + place, moment, chance, kinds) for place, moment in enumerate(times)]
        with office.database.write() as connection:
            record(connection, rows, {})
    return {}


def make_row(project: str, number: int, moment: int, chance: random.Random, kinds: list[list[str]]) -> UsageRow:
    """One request."""
    return UsageRow(
        request_id=f"{number:08x}-0000-7000-8000-000000000000",
        project_id=project,
        api_key_id=chance.choice(["k1", "k2", "k3"]),
        created=moment,
        path="/v1/listen?model=nova-3&smart_format=true",
        endpoint="listen",
        method=chance.choice(["sync", "streaming"]),
        features=chance.choice(kinds),
        tags=[chance.choice("abcd")],
        use=Use(model="base", model_id="m", language="en", seconds=chance.random() * 60),
        completed=moment,
        code=chance.choice([200] * 9 + [400]),
    )


def month(office: Office, project: str) -> dict[str, Any]:
    """Seconds of a summary, plain and with filters, and bytes of the whole process."""
    asked: list[Any] = [{}, {"diarize": True, "punctuate": False, "tag": "a"}]
    walls = [timed(office, lambda c, options=options: usage.summarize(c, project, options)) for options in asked]
    return {"wall": [max(walls)], "memory": [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]}


def page(office: Office, project: str) -> dict[str, Any]:
    """Seconds of the slowest page."""
    walls = [timed(office, lambda c, options=options: requests.list_requests(c, project, options)) for options in ASKED]
    return {"wall": [max(walls)]}


def timed(office: Office, ask: Callable[[Any], Any]) -> float:
    """Seconds of a question, the median of some."""
    walls = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with office.database.read() as connection:
            ask(connection)
        walls.append(time.perf_counter() - began)
    return sorted(walls)[ROUNDS // 2]


def writers(office: Office, project: str) -> dict[str, Any]:
    """Rows that fifty threads wrote at once, less those that are there, in the log and in its sums."""
    together, moment = threading.Barrier(WRITERS), now()

    def write(writer: int) -> None:
        chance = random.Random(writer)
        together.wait()
        for turn in range(TURNS):
            first = (writer * TURNS + turn) * EACH
            rows = [make_row(project, first + place, moment, chance, [[]]) for place in range(EACH)]
            with office.database.write() as connection:
                record(connection, rows, {})

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with office.database.read() as connection:
        logged = connection.execute(select(func.count()).select_from(usage_table)).scalar() or 0
        summed = int(connection.execute(select(func.sum(usage_hours.c.requests))).scalar() or 0)
    return {"lost": [WRITERS * TURNS * EACH - min(logged, summed)]}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {"build": build, "month": month, "page": page, "writers": writers}


def main() -> None:
    """Do the task, print what it measured."""
    task, folder, *more = sys.argv[1:]
    with open_office(Path(folder), os.environ.get("SONANT_DATABASE", "")) as office:
        with office.database.read() as connection:
            project = list_all_projects(connection)[0].project_id
        print(json.dumps(TASKS[task](office, project, *map(int, more))))


if __name__ == "__main__":
    main()
