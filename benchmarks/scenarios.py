"""The `faults` axis: what each client makes of the same trouble, side by side.

The server is the one of `tests/faults`; each scenario runs in a process of its own with a hard limit, because not
every client comes back.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from compare import table
from envs import ROOT
from processes import HERE, clean_environment

sys.path.append(str(ROOT / "tests"))

from faults.server import (
    MODELS,
    TRANSCRIPT,
    FaultServer,
    Seen,
    Step,
    answer,
    black_hole,
    drip,
    hang_up,
    refuse_and_close,
    refuse_and_drain,
    refusing_port,
    reset,
    stall,
    stop_reading,
    truncate,
)

AT_ONCE = 3
"""Scenarios that run at the same time: mostly they wait."""
DENIED = b'{"err_code":"INVALID_AUTH","err_msg":"Invalid credentials.","request_id":"r-1"}'
TOO_LARGE = b'{"err_code":"PAYLOAD_TOO_LARGE","err_msg":"Payload size exceeds limit of 2 GB."}'
ODD = b'{"stt":[{"name":7,"canonical_name":"n","architecture":"a","version":"v","uuid":"u"}],"tts":[]}'


@dataclass(frozen=True)
class Scenario:
    """One trouble.

    Attributes:
        title: what happens.
        script: the server's steps; none where there is no server.
        call: what the row does, see `rows/faults.py`.
        limits: time limits for the row, by phase or `total`.
        place: `server`, or what stands in for one.
        limit: seconds until the process is killed.
    """

    title: str
    script: tuple[Step, ...] = ()
    call: str = "models"
    limits: dict[str, float] = field(default_factory=dict)
    place: str = "server"
    limit: float = 20


GOOD, HEARD = answer(200, MODELS), answer(200, TRANSCRIPT)
BUSY, DOWN = partial(answer, 429), answer(503, DENIED)

SCENARIOS = (
    Scenario("429, Retry-After: 2", (BUSY(b"", {"Retry-After": "2"}), GOOD)),
    Scenario("429, Retry-After: 0", (BUSY(b"", {"Retry-After": "0"}), GOOD)),
    Scenario("429, retry-after-ms: 100", (BUSY(b"", {"retry-after-ms": "100"}), GOOD)),
    Scenario("503 for ever", (DOWN,)),
    Scenario("402", (answer(402, DENIED),)),
    Scenario("401 with a body", (answer(401, DENIED),)),
    Scenario("closes without answering a GET", (hang_up, GOOD)),
    Scenario("closes without answering a POST", (hang_up, HEARD), "url"),
    Scenario("resets instead of answering a GET", (reset, GOOD)),
    Scenario("resets instead of answering a POST", (reset, HEARD), "url"),
    Scenario("connection refused", place="refusing"),
    Scenario("connect timeout of 1 s", limits={"connect": 1}, place="black hole"),
    Scenario("read timeout of 1 s", (stall,), limits={"read": 1}),
    Scenario("one byte per 0.1 s, timeout of 1 s", (drip(MODELS, 0.1),), limits={"total": 1}),
    Scenario("truncated body of a GET", (truncate(MODELS), GOOD)),
    Scenario("truncated body of a POST", (truncate(TRANSCRIPT), HEARD), "url"),
    Scenario("stale keep-alive connection", (answer(200, MODELS, close=True), GOOD), "twice"),
    Scenario("malformed JSON with 200", (answer(200, b'{"stt": ['),)),
    Scenario("empty body with 200", (answer(200, b""),)),
    Scenario("JSON array with 200", (answer(200, b"[]"),)),
    Scenario("field of the wrong type", (answer(200, ODD),)),
    Scenario("early 413 and close, 200 MB upload", (refuse_and_close(413, TOO_LARGE),), "big", limit=90),
    Scenario("early 401, then slow reading, 200 MB upload", (refuse_and_drain(401, DENIED),), "big", limit=90),
    Scenario("stops reading, 200 MB upload, write timeout of 1 s", (stop_reading,), "big", {"write": 1}, limit=30),
    Scenario("503, then well: upload of bytes", (DOWN, HEARD), "bytes"),
    Scenario("503, then well: upload of an open file", (DOWN, HEARD), "file"),
    Scenario("503, then well: upload of a generator", (DOWN, HEARD), "generator"),
    Scenario("redirect to another host", place="redirect"),
    Scenario("HTTP_PROXY is set", (GOOD,), place="proxy"),
    Scenario("client dropped after use", (GOOD,), "dropped"),
)


class Nobody:
    """Stands where no server is."""

    seen: tuple[Seen, ...] = ()

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"


@contextmanager
def staged(scenario: Scenario) -> Iterator[tuple[Any, str, dict[str, str]]]:
    """The server whose requests count, the URL to call, and additions to the environment."""
    with ExitStack() as stack:
        if scenario.place in {"refusing", "black hole"}:
            nobody = Nobody(stack.enter_context(refusing_port() if scenario.place == "refusing" else black_hole()))
            yield nobody, nobody.url, {}
        elif scenario.place == "redirect":
            there = stack.enter_context(FaultServer(GOOD))
            location = {"Location": f"http://localhost:{there.port}/v1/models"}
            here = stack.enter_context(FaultServer(answer(307, b"", location)))
            yield there, here.url, {}
        else:
            server = stack.enter_context(FaultServer(*scenario.script))
            is_proxy = scenario.place == "proxy"
            yield (
                server,
                "http://api.invalid" if is_proxy else server.url,
                {"HTTP_PROXY": server.url} if is_proxy else {},
            )


def play(scenario: Scenario, impl: str, python: str) -> str:
    """What a client made of it, in words."""
    with staged(scenario) as (server, url, additions):
        limits = json.dumps(scenario.limits)
        command = [python, "-W", "default::ResourceWarning", str(HERE / "rows" / "faults.py")]
        command += ["--impl", impl, "--call", scenario.call, "--url", url, "--limits", limits]
        environment = {**clean_environment(), **additions}
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=scenario.limit, check=False
            )
        except subprocess.TimeoutExpired:
            return f"hangs: killed after {scenario.limit:g} s; {_seen(scenario, server.seen)}"
        warned = ", ResourceWarning" if scenario.call == "dropped" and "ResourceWarning" in done.stderr else ""
        outcome = done.stdout.strip() or (done.stderr.strip().splitlines() or ["nothing"])[-1]
        return f"{outcome}{warned}; {_seen(scenario, server.seen)}"


def _seen(scenario: Scenario, seen: Any) -> str:
    """What the server saw: attempts, and of uploads how much in each."""
    if scenario.place == "redirect":
        return "key sent along" if any("authorization" in one.headers for one in seen) else "key kept back"
    attempts = f"{len(seen)} attempt{'s' * (len(seen) != 1)}"
    if scenario.call not in {"big", "bytes", "file", "generator"}:
        return attempts
    sizes = ", ".join(f"{one.received / 1e6:.0f} MB" for one in seen)
    return f"{attempts} ({sizes})"


def replay(pythons: dict[str, str]) -> list[dict[str, str]]:
    """All scenarios for each client that is there."""
    impls = [impl for impl in ("official", "ours") if impl in pythons]
    print("replaying faults ...", file=sys.stderr)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        played = {impl: [pool.submit(play, scenario, impl, pythons[impl]) for scenario in SCENARIOS] for impl in impls}
    return [
        {"scenario": scenario.title, **{impl: played[impl][i].result() for impl in impls}}
        for i, scenario in enumerate(SCENARIOS)
    ]


def show(faults: list[dict[str, str]]) -> str:
    """The table of both clients' behaviour."""
    rows = [(fault["scenario"], fault.get("official", "skipped"), fault["ours"]) for fault in faults]
    return table([("fault", "official", "sonant"), *rows])
