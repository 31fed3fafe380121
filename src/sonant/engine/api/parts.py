"""What the handlers work with; made by `app.py`."""

import asyncio
from dataclasses import dataclass, field

from sonant.contract.faults import UNAVAILABLE
from sonant.engine.api.admission import Admission
from sonant.engine.callbacks.run import Callbacks
from sonant.engine.metrics import Metrics
from sonant.engine.models.catalog import Catalog
from sonant.engine.models.ports import Speech
from sonant.engine.models.workers import Workers
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings


@dataclass(frozen=True, slots=True)
class Voice:
    """The loaded models, and the catalogue they appear in."""

    speech: Speech
    catalog: Catalog


@dataclass(frozen=True, slots=True)
class Parts:
    """The engine's parts, handed to each handler."""

    settings: Settings
    workers: Workers
    admission: Admission
    callbacks: Callbacks
    metrics: Metrics
    loading: asyncio.Future[Voice]
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
