"""One public method, two flavours.

A method of a namespace only *says* what to do: it returns a `Call`. `@operation` carries it out: on a
`Namespace[Sync]` the method gives the reply, on a `Namespace[Async]` something to await. On the class itself it is
the builder, for tests: `Prerecorded.transcribe_url.build(...)` is a `Call`. `@download` does the same for an
`AudioCall`, whose reply streams.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from sonant.client.call import AudioCall, Call
from sonant.client.speech import AsyncSpeech, SyncSpeech
from sonant.contract.wire import Reply

P = ParamSpec("P")
R = TypeVar("R", bound=Reply)


class Sync:
    """Methods give their reply."""


class Async:
    """Methods give something to await."""


F = TypeVar("F", bound=Sync | Async)


class Runner(Protocol):
    """What carries calls out: a client. Its answer is a reply, or an awaitable of one."""

    def run(self, call: Call[Any], namespace: Any) -> Any:
        """Carry out a call with the settings of a namespace."""
        ...

    def download(self, call: AudioCall, namespace: Any) -> Any:
        """Carry out a call whose reply streams; gives the speech, or an awaitable of it, once it begins to come."""
        ...


class Namespace(Generic[F]):
    """Methods that belong together and share settings."""

    def __init__(self, runner: Runner, scope: str) -> None:
        self._runner, self._scope = runner, scope

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._runner!r}>"


class operation(Generic[P, R]):  # noqa: N801 - used as a decorator
    """Makes a method that builds a `Call` into one that carries it out."""

    def __init__(self, build: Callable[Concatenate[Any, P], Call[R]]) -> None:
        self._build = build
        update_wrapper(self, build)  # type: ignore[arg-type]  # help() then shows the method

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def build(self, *args: P.args, **kwargs: P.kwargs) -> Call[R]:
        """The call that the method would carry out."""
        return self._build(None, *args, **kwargs)

    @overload
    def __get__(self, obj: None, owner: Any) -> operation[P, R]: ...
    @overload
    def __get__(self, obj: Namespace[Sync], owner: Any) -> Callable[P, R]: ...
    @overload
    def __get__(self, obj: Namespace[Async], owner: Any) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __get__(self, obj: Any, owner: Any) -> Any:
        if obj is None:
            return self
        build, runner, scope = self._build, obj._runner, obj._scope  # noqa: SLF001 - its own namespace

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return runner.run(build(obj, *args, **kwargs), scope)

        obj.__dict__[self._name] = update_wrapper(method, build)
        return method


class download(Generic[P]):  # noqa: N801 - used as a decorator
    """Makes a method that builds an `AudioCall` into one that carries it out."""

    def __init__(self, build: Callable[Concatenate[Any, P], AudioCall]) -> None:
        self._build = build
        update_wrapper(self, build)  # type: ignore[arg-type]  # help() then shows the method

    def build(self, *args: P.args, **kwargs: P.kwargs) -> AudioCall:
        """The call that the method would carry out."""
        return self._build(None, *args, **kwargs)

    @overload
    def __get__(self, obj: None, owner: Any) -> download[P]: ...
    @overload
    def __get__(self, obj: Namespace[Sync], owner: Any) -> Callable[P, SyncSpeech]: ...
    @overload
    def __get__(self, obj: Namespace[Async], owner: Any) -> Callable[P, Coroutine[Any, Any, AsyncSpeech]]: ...
    def __get__(self, obj: Any, owner: Any) -> Any:
        if obj is None:
            return self
        build, runner, scope = self._build, obj._runner, obj._scope  # noqa: SLF001 - its own namespace

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return runner.download(build(obj, *args, **kwargs), scope)

        return update_wrapper(method, build)
