"""A PostgreSQL server on loopback, in a folder of its own, run by somebody who is not root."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

_NUMBERS = count()


class Postgres:
    """A running server."""

    def __init__(self, port: int) -> None:
        self._port = port

    def make_database(self) -> str:
        """A new, empty database; its URL."""
        import psycopg

        name = f"sonant_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://sonant@127.0.0.1:{self._port}/{name}"


@contextmanager
def run_postgres() -> Iterator[Postgres]:
    """Start a server and stop it; skips the test where there is none to start."""
    programs, user = _find_programs(), _find_user()
    folder = Path(tempfile.mkdtemp(prefix="sonant-postgres-"))
    try:
        if user:
            os.chown(folder, *_ids(user))
        data, port = folder / "data", _free_port()
        _run([programs / "initdb", "-D", data, "-U", "sonant", "-A", "trust", "-E", "UTF8", "--no-sync"], user)
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        control = [programs / "pg_ctl", "-D", data, "-w"]
        _run([*control, "-l", folder / "log", "-o", options, "start"], user)
        try:
            yield Postgres(port)
        finally:
            _run([*control, "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _find_programs() -> Path:
    places = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    pytest.skip("PostgreSQL is not here; on Debian: apt install postgresql")


def _find_user() -> str | None:
    """Who runs it: PostgreSQL refuses to run as root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("nobody but root is here, and PostgreSQL does not run as root")


def _ids(user: str) -> tuple[int, int]:
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


def _run(command: list[str | Path], user: str | None) -> None:
    who = {"user": user, "group": _ids(user)[1], "extra_groups": []} if user else {}
    done = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        **who,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
