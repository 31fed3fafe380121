"""Runs the engine as a process: `python -m sonant.engine.serve --port 0 --announce --owned`.

With `--announce` it prints one line of JSON on standard output: `{"url": "http://127.0.0.1:PORT"}` once it is ready,
or `{"error": "..."}`. With `--owned` it ends when its standard input does: the pipe closes with its owner, even one
that was killed, so the engine never outlives whoever started it.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from sonant.engine.logs import log_to_stderr
from sonant.engine.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from uvicorn import Config, Server
    from uvicorn._types import ASGISendEvent

log = logging.getLogger("sonant.engine.serve")  # by name: run as a module, it is __main__

_LAST_GASP = 1.0
"""Seconds in which an engine without an owner may end by itself."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The command line; leaves with the exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings(**{name: getattr(options, name) for name in ("host", "port", "model", "workers")})
    except SettingsError as error:
        sys.exit(_fail(str(error), announce=options.announce))
    sys.exit(serve(settings, announce=options.announce, owned=options.owned))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sonant-engine", description="Run the local speech engine.")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="TCP port; 0 takes a free one")
    parser.add_argument("--model", help="name, folder or hub name of the model")
    parser.add_argument("--workers", type=int, help="recognitions at once")
    parser.add_argument("--announce", action="store_true", help="print one line of JSON when ready")
    parser.add_argument("--owned", action="store_true", help="end when standard input ends")
    return parser


def serve(settings: Settings, *, announce: bool = False, owned: bool = False) -> int:
    """Run the engine until it is told to stop; the exit code.

    It is 0 if the engine was stopped by SIGTERM, Ctrl-C or the end of its owner, after what was under way had
    `drain_seconds` to finish; 1 if it cannot listen, or its models cannot be loaded.

    Args:
        settings: every knob.
        announce: print the URL, or an error, as one line of JSON on standard output.
        owned: end when standard input does.
    """
    # One thread in each native library: the workers are the parallelism. To be said before the libraries load.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    log_to_stderr(settings.log_level, settings.log_format)
    from sonant.engine.app import ProjectsError, create_app, open_projects, open_store
    from sonant.engine.callbacks.store import StoreError
    from sonant.engine.models.loading import LoadError

    try:
        door = _bind(settings)
    except OSError as error:
        return _fail(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}", announce=announce)
    try:
        with door, open_store(settings) as store, open_projects(settings, store) as accounts:
            if accounts and accounts.first_key:
                _show_first_key(settings.data, accounts.first_key)
            app = create_app(settings, store, accounts=accounts)
            return _run(app, settings, door, announce=announce, owned=owned)
    except (StoreError, ProjectsError, LoadError) as error:
        return _fail(str(error), announce=announce)


def _show_first_key(folder: Path | None, key: str) -> None:
    """Tell of the key once: itself only where a person reads along, as logs are kept and read by others."""
    shown = f": {key}" if sys.stderr.isatty() else ""
    sys.stderr.write(f"sonant: made a project and its owner's key{shown}; it is in {folder}/first-key\n")


def _bind(settings: Settings) -> socket.socket:
    host = settings.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.create_server((host, settings.port), family=family, backlog=512)
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a head alone shall not keep its body waiting
    return door


def _run(app: "Starlette", settings: Settings, door: socket.socket, *, announce: bool, owned: bool) -> int:
    import uvicorn

    config = uvicorn.Config(
        app,
        access_log=False,  # it would hold queries, and with them what callers look for
        log_config=None,
        lifespan="on",
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
        server_header=False,
        ws=_make_protocol(),
        ws_per_message_deflate=False,  # audio does not compress
        # While a client's audio waits to be heard, its pongs are not read either; `idle_seconds` finds who is gone.
        ws_ping_timeout=None,
    )
    server = _make_server(config)
    if owned:
        threading.Thread(target=_follow_owner, args=(server,), daemon=True).start()
    failure = asyncio.run(_serve(server, app, door, announce=announce))
    return _fail(failure, announce=announce) if failure else 0


def _make_protocol() -> "type[asyncio.Protocol]":
    """WebSockets that note when a client pings, and whose handshake is over once it was refused.

    On some sockets a ping keeps a session open; and uvicorn's own logs an error for each handshake that is refused.
    """
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    from sonant.engine.api.incoming import PINGED

    class _Protocol(WebSocketsSansIOProtocol):
        async def send(self, message: "ASGISendEvent") -> None:
            await super().send(message)
            self.handshake_complete = self.handshake_complete or self.close_sent

        def handle_ping(self) -> None:
            scope: dict[str, object] = vars(self).get("scope", {})
            scope[PINGED] = time.monotonic()
            super().handle_ping()

    return _Protocol


def _make_server(config: "Config") -> "Server":
    """A server that a signal stops, and no more: uvicorn's own raises the signal again once it has stopped."""
    import uvicorn

    class _Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None]:
            if threading.current_thread() is not threading.main_thread():  # only there are signals heard
                yield
                return
            before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    return _Server(config)


async def _serve(server: "Server", app: "Starlette", door: socket.socket, *, announce: bool) -> str:
    """Serve until the end; why it never became ready, or an empty text."""
    url = url_of(door)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    failure = await _wait_ready(server, app, serving)
    if failure:
        server.should_exit = True
    elif not serving.done():
        log.info("listening on %s", url)
        if announce:
            _say({"url": url})
    await serving
    return failure


async def _wait_ready(server: "Server", app: "Starlette", serving: "asyncio.Task[None]") -> str:
    while not server.started and not serving.done():  # noqa: ASYNC110  # uvicorn says so in a flag only
        await asyncio.sleep(0.005)
    if serving.done():
        return ""
    loading = app.state.parts.loading
    await asyncio.wait({loading, serving}, return_when=asyncio.FIRST_COMPLETED)
    error = loading.exception() if loading.done() and not loading.cancelled() else None
    return str(error) if error else ""


def url_of(door: socket.socket) -> str:
    """The URL under which a listening socket is reached."""
    host, port = door.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _follow_owner(server: "Server") -> None:
    """Stop when standard input ends."""
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    server.should_exit = True
    # Nobody is left to wait for an answer, so a recognition that runs is not waited for either.
    threading.Timer(_LAST_GASP, os._exit, args=(0,)).start()


def _fail(reason: str, *, announce: bool) -> int:
    if announce:
        _say({"error": reason})
    else:
        sys.stderr.write(f"sonant: {reason}\n")
    return 1


def _say(line: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
