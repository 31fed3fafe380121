"""What the handlers work with; made by `app.py`."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sonant.contract.faults import UNAVAILABLE
from sonant.engine.api.access import Access
from sonant.engine.api.admission import Admission
from sonant.engine.api.incoming import Backlog
from sonant.engine.api.meter import Meters
from sonant.engine.api.streams import Streams
from sonant.engine.callbacks.run import Callbacks
from sonant.engine.metrics import Metrics
from sonant.engine.models.casting import VoiceCatalog
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.entries import Entry
from sonant.engine.models.loading import LoadError
from sonant.engine.models.ports import Recognizer, Speech, Synthesizer
from sonant.engine.models.voices import VoiceEntry
from sonant.engine.models.workers import Workers
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings

if TYPE_CHECKING:
    from sonant.engine.manage.accounts import Accounts

log = logging.getLogger(__name__)


LoadRecognizer = Callable[[Entry], Recognizer]


class Voice:
    """The models, each loaded when it is first asked for, and the catalogue they appear in."""

    def __init__(self, speech: Speech, catalog: Catalog, load: LoadRecognizer | None = None) -> None:
        """Begin with the default model; `load` brings the others, on a thread."""
        self.catalog = catalog
        self._load = load
        self._loading: dict[str, asyncio.Future[Recognizer]] = {}
        self._default = speech

    async def speech_for(self, entry: Entry) -> Speech:
        """What hears with a model.

        Raises:
            Refusal: it could not be loaded; the next request tries again.
        """
        if entry == self.catalog.entries[0] or self._load is None:
            return self._default
        loading = self._loading.get(entry.uuid)
        if loading is None or (loading.done() and loading.exception()):
            loading = self._loading[entry.uuid] = asyncio.ensure_future(asyncio.to_thread(self._load, entry))
        try:
            return replace(self._default, recognizer=await asyncio.shield(loading))
        except LoadError as error:
            log.exception("model not loaded", extra={"model": entry.name})
            raise Refusal(UNAVAILABLE) from error


LoadVoice = Callable[[VoiceEntry], Synthesizer]


class Voices:
    """The voices, each loaded when it is first asked for, and the catalogue they appear in."""

    def __init__(self, catalog: VoiceCatalog, load: LoadVoice) -> None:
        self.catalog = catalog
        self._load = load
        self._loading: dict[str, asyncio.Future[Synthesizer]] = {}

    def begin(self) -> asyncio.Future[Synthesizer]:
        """Load the default voice, so that nobody waits for it later."""
        return self._start(self.catalog.entries[0])

    async def voice_for(self, entry: VoiceEntry) -> Synthesizer:
        """What speaks with a voice.

        Raises:
            Refusal: it could not be loaded; the next request tries again.
        """
        try:
            return await asyncio.shield(self._start(entry))
        except LoadError as error:
            log.exception("voice not loaded", extra={"voice": entry.name})
            raise Refusal(UNAVAILABLE) from error

    def _start(self, entry: VoiceEntry) -> asyncio.Future[Synthesizer]:
        loading = self._loading.get(entry.uuid)
        if loading is None or (loading.done() and loading.exception()):
            loading = self._loading[entry.uuid] = asyncio.ensure_future(asyncio.to_thread(self._load, entry))
        return loading


@dataclass(frozen=True, slots=True)
class Parts:
    """The engine's parts, handed to each handler."""

    settings: Settings
    workers: Workers
    admission: Admission
    streams: Streams
    callbacks: Callbacks
    metrics: Metrics
    voices: Voices
    speaking: Admission
    """Of the texts that are spoken for a request."""
    talking: Streams
    """The live voices."""
    loading: asyncio.Future[Voice]
    access: Access
    meters: Meters
    accounts: "Accounts | None" = None
    """Projects, keys and usage; None in an engine that keeps none."""
    backlog: Backlog = field(default_factory=Backlog)
    answering: set[asyncio.Task[object]] = field(default_factory=set[asyncio.Task[object]])
    """Requests under way."""

    async def voice(self) -> Voice:
        """The models, waited for while they load.

        Raises:
            Refusal: they could not be loaded.
        """
        try:
            return await asyncio.shield(self.loading)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever kept the model from loading was logged when it happened
            raise Refusal(UNAVAILABLE) from error

    async def say_goodbye(self, seconds: float) -> None:
        """Let requests that were cancelled at shutdown be answered."""
        if cancelled := {task for task in self.answering if task.cancelling()}:
            await asyncio.wait(cancelled, timeout=seconds)

    @property
    def is_ready(self) -> bool:
        """Whether the models are loaded."""
        return self.loading.done() and not self.loading.cancelled() and self.loading.exception() is None
