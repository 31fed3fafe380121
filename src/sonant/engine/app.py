"""Settings in, ASGI app out: the one place where the parts are joined."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.middleware import Middleware

from sonant.engine.api import health, listen, models
from sonant.engine.api.admission import Admission
from sonant.engine.api.manners import RequestIds, refuse_route
from sonant.engine.api.parts import LoadRecognizer, Parts, Voice
from sonant.engine.api.serving import make_routes
from sonant.engine.callbacks import Callbacks
from sonant.engine.models.catalog import (
    Catalog,
    Entry,
    find_entry,
    find_installed,
    load_recognizer,
    load_voice_activity,
)
from sonant.engine.models.ports import Recognizer, Speech
from sonant.engine.models.workers import Workers
from sonant.engine.settings import Settings

log = logging.getLogger(__name__)

SERVED = (
    listen.transcribe,
    models.list_models,
    models.get_model,
    models.list_project_models,
    models.get_project_model,
)

_GOODBYE = 5.0
"""Seconds in which requests that were given up are answered."""

Load = Callable[[Settings], Voice]


def create_app(settings: Settings, load: Load | None = None) -> Starlette:
    """The engine as an ASGI app. Its models load while it starts; until they have, requests wait for them.

    Args:
        settings: every knob.
        load: makes the models, on a thread; the catalogue's unless given.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        parts = _make_parts(settings, load or load_voice)
        app.state.parts = parts
        try:
            yield
        finally:
            await parts.say_goodbye(_GOODBYE)
            await parts.callbacks.drain(settings.drain_seconds)
            await parts.workers.close()

    app = Starlette(
        routes=[*make_routes(SERVED), *health.HEALTH_ROUTES],
        middleware=[Middleware(RequestIds)],
        exception_handlers={404: refuse_route, 405: refuse_route},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # the API has no such paths, and a redirected upload is sent twice
    return app


def load_voice(settings: Settings) -> Voice:
    """The models that the settings name: the default one loaded, the others at hand.

    Raises:
        LoadError: weights are absent or damaged, or an alias leads nowhere.
    """

    def load(entry: Entry) -> Recognizer:
        return load_recognizer(entry, workers=settings.workers, cache=settings.cache)

    entry = find_entry(settings.model)
    recognizer = load(entry)
    others = [find_entry(name) for name in settings.models] or find_installed()
    known = [_with_languages(other, load) for other in others if other != entry]
    catalog = Catalog([replace(entry, languages=recognizer.capabilities.languages), *known], settings.aliases)
    return Voice(Speech(recognizer, load_voice_activity(settings.cache)), catalog, load)


def _with_languages(entry: Entry, load: LoadRecognizer) -> Entry:
    """An entry whose languages are known; only the weights themselves tell those of a stranger."""
    return entry if entry.languages else replace(entry, languages=load(entry).capabilities.languages)


def _make_parts(settings: Settings, load: Load) -> Parts:
    loading = asyncio.ensure_future(asyncio.to_thread(load, settings))
    loading.add_done_callback(_note_loading)
    return Parts(
        settings=settings,
        workers=Workers(settings.workers),
        admission=Admission(settings.concurrency, settings.queue_limit),
        callbacks=Callbacks(settings),
        loading=loading,
    )


def _note_loading(loading: asyncio.Future[Voice]) -> None:
    if loading.cancelled():
        return
    if error := loading.exception():
        log.error("model not loaded", extra={"reason": str(error)})
    else:
        log.info("model loaded")
