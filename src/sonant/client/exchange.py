"""One call from first attempt to last: what to do next, as a generator that a carrier drives.

    ┌─► Authorize ─► Send ─► success ─► reply
    │                 └────► failure ─► give up: raise
    └────── Wait ◄───────────────┘

It yields steps and is sent their outcome; the drivers in `carriers` are a loop each. No clock, no socket here but the
`clock` handed in.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from random import random
from time import monotonic, time
from typing import Any, TypeVar

from sonant.client import retry
from sonant.client.call import Call, HttpRequest, HttpResponse, Opened
from sonant.client.config import Scope, Timeouts
from sonant.client.credentials import Credential
from sonant.client.errors import SonantError, TimedOut, TransportError
from sonant.client.refusals import refusal
from sonant.contract.wire import Reply

R = TypeVar("R", bound=Reply)


class Authorize:
    """Step: read the credential; its outcome is the secret."""

    __slots__ = ("credential",)

    def __init__(self, credential: Credential) -> None:
        self.credential = credential


class Send:
    """Step: send the request; its outcome is an `HttpResponse`, or a `TransportError` is thrown in.

    If `request.streams`, the outcome of success is an `Opened`: until its first piece is there, all can be tried again.
    """

    __slots__ = ("request", "scope")

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        self.request, self.scope = request, scope


class Wait:
    """Step: let so many seconds pass."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


Step = Authorize | Send | Wait
Exchange = Generator[Step, Any, R]


class Limits:
    """What is left of a call's time."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._start = monotonic()

    def left(self) -> float | None:
        """Seconds left of the total, if there is one."""
        total = self._timeouts.total
        return None if total is None else total - (monotonic() - self._start)

    def now(self) -> Timeouts:
        """The limits of the next attempt.

        Raises:
            TimedOut: nothing is left.
        """
        left = self.left()
        if left is None:
            return self._timeouts
        if left <= 0:
            raise self._spent()
        return self._timeouts.replace({"total": left})

    def _spent(self) -> TimedOut:
        total = self._timeouts.total
        return TimedOut(f"The call's {total} s are over.", phase="total", elapsed={"total": monotonic() - self._start})


def exchange(
    call: Call[R],
    scope: Scope,
    credential: Credential,
    quota: retry.Quota,
    *,
    retry_lost_replies: bool = False,
) -> Exchange[R]:
    """Carry a call through: authorise, send, and on failures that may pass try again."""
    limits = Limits(call.timeouts(scope))
    attempt = 0
    while True:
        attempt += 1
        secret = yield Authorize(credential)
        request = call.request(scope, credential.header(secret), limits.now())
        failure: SonantError
        try:
            response: HttpResponse | Opened = yield Send(request, scope)
        except TransportError as error:
            failure = error
        else:
            if isinstance(response, Opened) or 200 <= response.status < 300:
                quota.give()
                return call.reply(response)  # type: ignore[arg-type]  # `Opened` is for an AudioCall alone
            failure = refusal(response, retry.read_retry_after(response.headers, time()), path=call.path)
        _note(call, failure, attempt)
        yield Wait(_pause_or_raise(failure, call, scope, attempt, limits, quota, retry_lost_replies))


def _pause_or_raise(
    failure: SonantError,
    call: Call[Any],
    scope: Scope,
    attempt: int,
    limits: Limits,
    quota: retry.Quota,
    retry_lost_replies: bool,
) -> float:
    """Seconds to wait before the next attempt; raises the failure if there should be none."""
    may_repeat = retry_lost_replies or call.is_repeatable
    if not retry.is_transient(failure, call.operation.method, retry_lost_replies=may_repeat):
        raise failure
    pause = retry.pause(attempt, getattr(failure, "retry_after", None), random)
    left = limits.left()
    if attempt > scope.max_retries or pause is None or (left is not None and pause >= left):
        raise failure
    if not call.rewind() or not quota.take():
        raise failure
    return pause


def _note(call: Call[Any], failure: SonantError, attempt: int) -> None:
    """Log a failed attempt, if anybody has set logging up."""
    if "logging" in sys.modules:
        import logging

        logging.getLogger("sonant.client").info(
            "attempt failed",
            extra={
                "operation": call.operation.name,
                "attempt": attempt,
                "status": failure.status,
                "failure": type(failure).__name__,
                "request_id": failure.request_id,
            },
        )
