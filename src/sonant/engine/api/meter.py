"""Writes down what requests and streams use: a row before the work, settled after it, however it ends."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect

from sonant.contract.faults import TOO_MANY_REQUESTS, TOO_MANY_SPEAK
from sonant.engine.api.access import Caller
from sonant.engine.api.rules import Rule
from sonant.engine.manage.features import feature_of
from sonant.engine.metering import Journal, UsageRow, Use
from sonant.engine.models.entries import Entry
from sonant.engine.models.voices import VoiceEntry
from sonant.engine.refusals import Refusal

if TYPE_CHECKING:
    from sonant.engine.manage.accounts import Accounts

CLIENT_GONE = 499
"""Status of an answer that nobody waits for any more; only logs see it."""
_CLOSED = {1000: 200, 1001: 200, 1005: 200, 1006: CLIENT_GONE, 1008: 400, 1012: 503}
"""Statuses of streams by their close codes; others are 500."""
_LONGEST_PATH = 2_000
_LONGEST_TAG = 128
_MOST_TAGS = 50
_NO = frozenset({"false", ""})


class Meter:
    """What a handler tells about the use it makes.

    Attributes:
        use: written to at any time while the work goes on.
    """

    def __init__(self, use: Use) -> None:
        self.use = use
        self.code = 200
        self.is_deferred = False

    def note_model(self, model: Entry, language: str) -> None:
        """This model does the work."""
        self.use.model, self.use.model_id = model.name, model.uuid
        self.use.version, self.use.language = model.version, language

    def note_voice(self, voice: VoiceEntry) -> None:
        """This voice speaks."""
        self.use.model, self.use.model_id = voice.canonical_name, voice.uuid
        self.use.version, self.use.language = voice.version, voice.language

    def defer(self) -> None:
        """The work goes on after this request; `resume` settles it."""
        self.is_deferred = True

    def close(self, code: int, status: int | None = None) -> None:
        """A stream ended with a close code; `status` where that does not tell enough."""
        self.code = status or _CLOSED.get(code, 500)


class Meters:
    """Makes meters. In an engine without projects they lead nowhere."""

    def __init__(self, accounts: "Accounts | None") -> None:
        self._accounts = accounts

    @asynccontextmanager
    async def measure(
        self, rule: Rule, caller: Caller, request_id: str, path: str, query: str, *, streams: bool = False
    ) -> AsyncGenerator[Meter]:
        """Write down one request for as long as the block lasts, within the limits of its project.

        Raises:
            Refusal: the limits of its project are reached, or the disk is full.
        """
        if self._accounts is None or caller.grant is None or not rule.endpoint:
            yield Meter(Use())
            return
        row = _make_row(rule, caller, request_id, path, query, streams=streams)
        journal = self._accounts.journal
        journal.begin(row)
        with _settling(journal, row) as meter:
            too_many = TOO_MANY_SPEAK if rule.endpoint == "speak" else TOO_MANY_REQUESTS
            async with self._accounts.gate.enter(caller.grant, too_many):
                yield meter

    @contextmanager
    def resume(self, request_id: str) -> Generator[Meter]:
        """Go on with the work of a request that was deferred, perhaps before the last start."""
        row = self._accounts.journal.open.get(request_id) if self._accounts else None
        if self._accounts is None or row is None:
            yield Meter(Use())
            return
        with _settling(self._accounts.journal, row) as meter:
            try:
                yield meter
            except asyncio.CancelledError:  # the next start goes on with it
                meter.defer()
                raise


@contextmanager
def _settling(journal: Journal, row: UsageRow) -> Generator[Meter]:
    meter = Meter(row.use)
    code = 500
    try:
        yield meter
        code = meter.code
    except Refusal as refusal:
        code = refusal.fault.status
        raise
    except asyncio.CancelledError:  # the engine stops
        code = 503
        raise
    except ClientDisconnect:
        code = CLIENT_GONE
        raise
    finally:
        row.deferred = meter.is_deferred
        if not row.deferred:
            row.code, row.completed = code, _now()
        journal.keep(row)


def _make_row(rule: Rule, caller: Caller, request_id: str, path: str, query: str, *, streams: bool) -> UsageRow:
    asked: dict[str, list[str]] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        asked.setdefault(name, []).append(text.replace("\0", ""))
    callback = asked.get("callback", [None])[-1]
    return UsageRow(
        request_id=request_id,
        project_id=caller.grant.project_id if caller.grant else "",
        api_key_id=caller.key_id,
        created=_now(),
        path=f"{path}?{query}"[:_LONGEST_PATH] if query else path,
        endpoint=rule.endpoint,
        method="streaming" if streams else "async" if callback else "sync",
        features=list({feature_of(name) for name, texts in asked.items() if texts[-1].lower() not in _NO} - {""}),
        tags=list(dict.fromkeys(tag[:_LONGEST_TAG] for tag in asked.get("tag", []) if tag))[:_MOST_TAGS],
        callback=callback and callback[:_LONGEST_PATH],
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
