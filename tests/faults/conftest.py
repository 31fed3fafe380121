from __future__ import annotations

import faulthandler
import signal
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import trustme

from faults.flavours import AsyncSession, Connect, Session, SyncSession, list_models, transcribe_file, transcribe_url
from faults.server import MODELS, TRANSCRIPT, FaultServer

LIMIT = 30


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"limit(seconds): the hard time limit of a test, else {LIMIT} s")


@pytest.fixture(autouse=True)
def _hard_limit(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test hangs: first an exception, then, where no exception gets through, the end of the process."""
    marker = request.node.get_closest_marker("limit")
    seconds = marker.args[0] if marker else LIMIT

    def late(*_: object) -> None:
        pytest.fail(f"still running after {seconds} s", pytrace=True)

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    faulthandler.dump_traceback_later(2 * seconds, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy or address of the machine's, and no waiting between attempts unless the server asks for it."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for module in ("exchange", "session"):
        monkeypatch.setattr(f"sonant.client.{module}.random", lambda: 0.0)


@pytest.fixture(params=[SyncSession, AsyncSession], ids=["sync", "async"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Makes a client of either flavour for a server or URL, and closes it after the test."""
    with ExitStack() as stack:

        def make(server: FaultServer | str, **options: Any) -> Session:
            url = server if isinstance(server, str) else server.url
            return stack.enter_context(closing(request.param(url, **options)))

        yield make


@pytest.fixture(
    params=[(list_models, MODELS), (transcribe_url, TRANSCRIPT), (transcribe_file, TRANSCRIPT)],
    ids=["get", "post", "upload"],
)
def ask(request: pytest.FixtureRequest) -> Any:
    """A call of each kind, and the body of a good answer to it."""
    return request.param


@pytest.fixture
def authority(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """A server's context under a private authority, and the authority's file."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return context, str(tmp_path / "ca.pem")
