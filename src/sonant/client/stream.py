"""A conversation over a WebSocket as a user holds it, whatever it carries.

A method only says a message; `@sends` has it carried: at once on a `Stream[Sync]`, awaited on a `Stream[Async]`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import update_wrapper
from typing import Any, Concatenate, Generic, NoReturn, ParamSpec, Self, TypeVar, overload

from sonant.client.carriers.handlers import Handlers
from sonant.client.errors import ConfigError, StreamLost
from sonant.client.flavour import Async, F, Sync
from sonant.client.session import Session
from sonant.client.stats import Stats
from sonant.contract.wire import Message

P = ParamSpec("P")
E = TypeVar("E")
Handler = Callable[[E], object]
"""Called with an event; if it is a coroutine function, what it gives is awaited."""


class Stream(Generic[F]):
    """What both flavours of a live conversation share."""

    _names: frozenset[str]
    """Of the events that handlers may be registered for."""

    def __init__(self, session: Session, dial: Callable[[], Any], enlist: Callable[[Any], None]) -> None:
        """Begin.

        Args:
            session: what decides.
            dial: connects.
            enlist: has the stream end with its client.
        """
        self._session, self._handlers = session, Handlers()
        self._dial, self._enlist = dial, enlist
        self._carrier: Any = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._session.state}>"

    @property
    def stats(self) -> Stats:
        """Figures of the session so far."""
        return self._session.stats

    @property
    def request_id(self) -> str | None:
        """Of the connection there is, or was last."""
        return self._session.request_id

    def connection_state(self) -> str:
        """`connecting`, `open`, `closing` or `closed`."""
        return self._session.state

    def get_ready_state(self) -> int:
        """The same as the browsers' number: 0, 1, 2, 3."""
        return ("connecting", "open", "closing", "closed").index(self._session.state)

    def is_connected(self) -> bool:
        """Whether there is a connection."""
        return self._session.is_open

    def _register(self, event: str, handler: Handler[Any]) -> None:
        if event not in self._names:
            known = ", ".join(sorted(self._names))
            raise ConfigError(f"There is no event {str(event)!r}.", hint=f"There are {known}.")
        if self._carrier is None:
            self._handlers.add(event, handler)
        else:
            self._carrier.tell_early(event, handler)
            self._carrier.listen_to_handlers()

    def off(self, event: str, handler: Handler[Any]) -> None:
        """Call a handler no more."""
        self._handlers.remove(event, handler)

    def _begin(self, carrier: Any) -> Any:
        if self._carrier is not None:
            raise ConfigError("A stream can be used once.", hint="Open another one; reconnecting is done for you.")
        self._carrier = carrier
        self._enlist(carrier)
        return carrier

    def _check_open(self) -> None:
        if self._session.is_closed or self._session.is_closing:
            raise self._session.error or StreamLost("The stream is closed.", code=1000)

    def _check_lasts(self) -> None:
        if self._session.is_closed:
            raise self._session.error or StreamLost("The stream is closed.", code=1000)

    def _started(self) -> Any:
        if self._carrier is None:
            raise ConfigError("The stream is not connected yet.", hint="Use it in a `with` block, or call start().")
        return self._carrier

    def _unseen(self) -> Exception | None:
        """The error that nobody was told of."""
        error = self._session.error
        told = self._carrier.inbox.is_raised or "error" in self._handlers or "close" in self._handlers
        closed = isinstance(error, StreamLost) and error.close_code == 1000
        return None if told or closed else error


class sends(Generic[P]):  # noqa: N801 - used as a decorator
    """Makes a method that gives a message into one that sends it."""

    def __init__(self, build: Callable[Concatenate[Any, P], Message]) -> None:
        self._build = build
        update_wrapper(self, build)  # type: ignore[arg-type]  # help() then shows the method

    @overload
    def __get__(self, obj: None, owner: Any) -> sends[P]: ...
    @overload
    def __get__(self, obj: Stream[Sync], owner: Any) -> Callable[P, None]: ...
    @overload
    def __get__(self, obj: Stream[Async], owner: Any) -> Callable[P, Coroutine[Any, Any, None]]: ...
    def __get__(self, obj: Any, owner: Any) -> Any:
        if obj is None:
            return self
        build = self._build

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return obj.send_message(build(obj, *args, **kwargs))

        return update_wrapper(method, build)


class SyncStream(Stream[Sync], Generic[E]):
    """A live conversation from threads: `send` and the other methods may be called from any of them."""

    def start(self) -> None:
        """Connect; `with` does it for you.

        Raises:
            ApiError: the service refused.
            ConnectFailed, TimedOut: it could not be reached.
        """
        from sonant.client.carriers.live_sync import LiveCarrier

        self._begin(LiveCarrier(self._session, self._dial, self._handlers)).start()

    def send_message(self, message: Message) -> None:
        """Send a message of the contract, after what was sent so far."""
        self._started().say(message)

    def request_close(self) -> None:
        """Say that no more comes; the rest is done, then the stream ends."""
        self._started().close()

    finish = request_close

    def reconnect(self) -> None:
        """Change to a new connection; nothing is lost. While the stream ends, too, as long as not all is done.

        Raises:
            StreamLost: the stream is over.
        """
        self._check_lasts()
        self._started().rotate()

    def disconnect(self, code: int = 1000, reason: str = "") -> None:
        """End at once; what is not final is lost."""
        self._started().abandon(code, reason)

    def close(self) -> None:
        """Have the rest done, wait for it within `close_timeout`, and end.

        Raises:
            StreamError: the stream was lost, and nobody was told yet.
        """
        carrier = self._started()
        carrier.close()
        carrier.stop()
        if error := self._unseen():
            carrier.inbox.is_raised = True
            raise error

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self.close()
        else:
            self._carrier.abandon(1000, "left with an error")
            self._carrier.stop()

    async def __aenter__(self) -> NoReturn:
        raise ConfigError("This is the sync client's stream.", hint="Use `with`, or AsyncDeepgramClient.")

    async def __aexit__(self, *exception: object) -> None: ...

    def __iter__(self) -> Iterator[E]:
        """Everything that happens, until the stream ends.

        Raises:
            StreamLost: it ended, and not because it was to.
        """
        return self._started().events()  # type: ignore[no-any-return]


class AsyncStream(Stream[Async], Generic[E]):
    """A live conversation on an event loop."""

    async def start(self) -> None:
        """Connect; `async with` does it for you.

        Raises:
            ApiError: the service refused.
            ConnectFailed, TimedOut: it could not be reached.
        """
        from sonant.client.carriers.live_aio import AsyncLiveCarrier

        await self._begin(AsyncLiveCarrier(self._session, self._dial, self._handlers)).start()

    async def send_message(self, message: Message) -> None:
        """Send a message of the contract, after what was sent so far."""
        self._started().say(message)

    async def request_close(self) -> None:
        """Say that no more comes; the rest is done, then the stream ends."""
        self._started().close()

    finish = request_close

    async def reconnect(self) -> None:
        """Change to a new connection; nothing is lost. While the stream ends, too, as long as not all is done.

        Raises:
            StreamLost: the stream is over.
        """
        self._check_lasts()
        self._started().rotate()

    async def disconnect(self, code: int = 1000, reason: str = "") -> None:
        """End at once; what is not final is lost."""
        self._started().abandon(code, reason)

    async def close(self) -> None:
        """Have the rest done, wait for it within `close_timeout`, and end.

        Raises:
            StreamError: the stream was lost, and nobody was told yet.
        """
        carrier = self._started()
        carrier.close()
        await carrier.stop()
        if error := self._unseen():
            carrier.inbox.is_raised = True
            raise error

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            await self.close()
        else:
            self._carrier.abandon(1000, "left with an error")
            await self._carrier.stop()

    def __enter__(self) -> NoReturn:
        raise ConfigError("This is the async client's stream.", hint="Use `async with`, or DeepgramClient.")

    def __exit__(self, *exception: object) -> None: ...

    def __aiter__(self) -> AsyncIterator[E]:
        """Everything that happens, until the stream ends; a wait for the next event may be cancelled.

        Raises:
            StreamLost: it ended, and not because it was to.
        """
        from sonant.client.lenses import Events

        return Events(self._started().next_event)
