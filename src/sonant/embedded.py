"""The engine as a process of its own, owned by this one.

It is known here by its command line alone. Its standard input is a pipe that we hold: when this process ends, however
it ends, the pipe closes and the engine goes too.

    new ──start──► ready ──last release──► stopped
          ▲          │
          └──────────┘ the process died: the next start makes a new one
"""

from __future__ import annotations

import atexit
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from typing import IO, Any, cast

from sonant.client.errors import EngineError

START_LIMIT = 120.0
"""Seconds that the first start may take: it verifies the weights' checksums."""
STOP_LIMIT = 5.0
"""Seconds for the engine to finish what it does before it is killed."""

_COMMAND = (sys.executable, "-m", "sonant.engine.serve", "--host", "127.0.0.1", "--port", "0", "--announce", "--owned")
_SECRETS = ("DEEPGRAM_API_KEY", "DEEPGRAM_ACCESS_TOKEN", "DEEPGRAM_BASE_URL")
_NOTHING_KEPT = dict.fromkeys(
    ("SONANT_STATE", "SONANT_DATA", "SONANT_DATABASE", "SONANT_PRICES", "SONANT_LOG_DAYS"), ""
)
"""Settings of an engine that others share."""


class Engine:
    """One engine process, started when first needed and shared by those who acquired it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._users = 0
        self._pid = os.getpid()
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[str] | None = None
        self._url = ""
        self._key = secrets.token_hex(20)

    @property
    def is_ready(self) -> bool:
        """Whether the process runs and takes requests."""
        return bool(self._url) and self._process is not None and self._process.poll() is None

    @property
    def url(self) -> str:
        """Its address."""
        return self._url

    def read_key(self) -> str:
        """What its clients show it; nobody else on this machine knows it."""
        return self._key

    @property
    def is_ours(self) -> bool:
        """Whether this process started it, not the one that forked this one."""
        return self._pid == os.getpid()

    def start(self) -> None:
        """Start it unless it runs; return when it takes requests.

        Raises:
            EngineError: it is not installed, or did not start in time.
        """
        with self._lock:
            if not self.is_ready:
                self.stop()
                self._spawn()

    def use(self) -> None:
        """Count one more user."""
        with self._lock:
            self._users += 1

    def release(self) -> None:
        """Count one user less; the last one stops it."""
        with self._lock:
            self._users -= 1
            if self._users <= 0:
                self.stop()

    def _spawn(self) -> None:
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed in stop
        environment = {name: value for name, value in os.environ.items() if name not in _SECRETS}
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**environment, "SONANT_API_KEYS": self._key, **_NOTHING_KEPT},
        )
        try:
            self._url = self._await_announcement(self._process)
        except BaseException:
            self.stop()
            raise

    def _await_announcement(self, process: subprocess.Popen[str]) -> str:
        stdout = cast("IO[str]", process.stdout)
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.append(stdout.readline()), daemon=True)
        reader.start()
        reader.join(START_LIMIT)
        if not said:
            raise EngineError(f"The engine did not start within {START_LIMIT:.0f} s.", hint=self._last_words())
        announcement: dict[str, Any] = json.loads(said[0]) if said[0].startswith("{") else {}
        if "url" in announcement:
            return str(announcement["url"])
        process.wait(STOP_LIMIT)
        raise self._failure(str(announcement.get("error", "")))

    def _failure(self, reason: str) -> EngineError:
        words = self._last_words()
        if "ModuleNotFoundError" in words:
            return EngineError(f"The engine is not installed: {words}.", hint='Run pip install "sonant[engine]".')
        why = (reason or words).rstrip(". ") or "it said nothing"
        return EngineError(f"The engine did not start: {why}.", hint="`sonant doctor` looks for the cause.")

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        lines = self._log.read().strip().splitlines()
        return lines[-1] if lines else ""

    def stop(self) -> None:
        """End the process, whoever still uses it."""
        process, self._process, self._url = self._process, None, ""
        if process is not None and self.is_ours:
            _end(process)
        if self._log is not None:
            self._log.close()
            self._log = None


def _end(process: subprocess.Popen[str]) -> None:
    """Close its standard input, which ends it; kill it if that takes too long."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


_shared: Engine | None = None
_guard = threading.Lock()


def acquire() -> Engine:
    """The engine of this process, with one more user; it starts when `start` is called."""
    global _shared  # noqa: PLW0603 - one engine for the process is the point
    with _guard:
        if _shared is None or not _shared.is_ours:
            _shared = Engine()
            atexit.register(_shared.stop)
        _shared.use()
        return _shared
