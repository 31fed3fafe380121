"""Settings in, ASGI app out: the one place where the parts are joined."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware

from sonant.contract.faults import TOO_MANY_SPEAK
from sonant.contract.listen import LISTEN_LIVE, LISTEN_TURNS, TRANSCRIBE
from sonant.contract.speak import SPEAK_LIVE, SPEAK_TURNS
from sonant.engine.api import (
    conversations,
    description,
    health,
    listen,
    live,
    models,
    speak,
    speaklive,
    speakturns,
    turns,
)
from sonant.engine.api.access import Access
from sonant.engine.api.admission import Admission
from sonant.engine.api.manners import Door, RequestIds, refuse_route
from sonant.engine.api.meter import Meters
from sonant.engine.api.parts import LoadRecognizer, LoadVoice, Parts, Voice, Voices
from sonant.engine.api.serving import Served, make_routes
from sonant.engine.api.sockets import make_closing_route, make_socket_route
from sonant.engine.api.streams import Streams
from sonant.engine.callbacks.run import Callbacks
from sonant.engine.callbacks.store import Promise, Result, Store
from sonant.engine.metrics import Metrics
from sonant.engine.models.casting import VoiceCatalog
from sonant.engine.models.catalog import (
    Catalog,
    find_entry,
    find_installed,
    load_recognizer,
    load_turn_end,
    load_voice_activity,
)
from sonant.engine.models.entries import Entry
from sonant.engine.models.ports import Recognizer, Speech, Synthesizer
from sonant.engine.models.voices import VoiceLoader, find_voices
from sonant.engine.models.workers import Urgency, Workers
from sonant.engine.settings import Settings

if TYPE_CHECKING:
    from sonant.engine.manage.accounts import Accounts

log = logging.getLogger(__name__)

SERVED = (
    listen.transcribe,
    speak.speak,
    speak.speak_flux,
    models.list_models,
    models.get_model,
    models.list_project_models,
    models.get_project_model,
    models.list_think_models,
)
"""What every engine serves. What is about projects comes from `api.managed`."""

_GOODBYE = 5.0
"""Seconds in which requests that were given up are answered."""

Load = Callable[[Settings], Voice]


def create_app(
    settings: Settings,
    store: Store,
    load: Load | None = None,
    load_speaker: LoadVoice | None = None,
    accounts: "Accounts | None" = None,
) -> Starlette:
    """The engine as an ASGI app. Its models load while it starts; until they have, requests wait for them.

    Args:
        settings: every knob.
        store: of the callbacks; it stays open as long as the app runs.
        load: makes the models, on a thread; the catalogue's unless given.
        load_speaker: makes a voice, on a thread; the catalogue's unless given.
        accounts: projects, keys and usage, open as long as the app runs; None for an engine that keeps none.

    Raises:
        LoadError: the settings name a voice that is not there.
    """
    voices = VoiceCatalog(find_voices(settings.cache, settings.voice_model), settings.voices, settings.voice_aliases)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        speakers = Voices(voices, load_speaker or VoiceLoader(settings.cache, settings.voice_model))
        parts = _make_parts(settings, store, load or load_voice, speakers, accounts)
        app.state.parts = parts
        if load is None:  # after the models that hear, which are waited for
            parts.loading.add_done_callback(lambda _: parts.voices.begin().add_done_callback(_note_speaking))
        if accounts:
            accounts.start({promise.request_id for promise in store.promises()})
        parts.callbacks.resume(lambda promise: _keep(promise, parts))
        try:
            yield
        finally:
            await parts.say_goodbye(_GOODBYE)
            await parts.callbacks.drain(settings.drain_seconds)
            await parts.workers.close()
            if accounts:
                await accounts.stop()

    app = Starlette(
        routes=[
            *make_routes(_choose_served(accounts), managed=accounts is not None),
            make_socket_route(LISTEN_LIVE, live.listen_live),
            make_socket_route(LISTEN_TURNS, turns.listen_turns),
            make_socket_route(SPEAK_LIVE, speaklive.speak_live),
            make_socket_route(SPEAK_TURNS, speakturns.speak_turns),
            *health.HEALTH_ROUTES,
            description.DESCRIPTION_ROUTE,
            conversations.CONVERSATIONS_ROUTE,
            make_closing_route(),
        ],
        middleware=[Middleware(RequestIds), Middleware(Door)],
        exception_handlers={404: refuse_route, 405: refuse_route},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # the API has no such paths, and a redirected upload is sent twice
    return app


def _choose_served(accounts: "Accounts | None") -> tuple[Served, ...]:
    if accounts is None:
        return SERVED
    from sonant.engine.api.managed import MANAGED  # it needs the database's library

    return SERVED + MANAGED


@contextmanager
def open_store(settings: Settings) -> Generator[Store]:
    """The callbacks of an engine with these settings, to itself.

    Raises:
        StoreError: the folder cannot be used, or another engine uses it.
    """
    if (
        settings.state is None and settings.data is None and settings.port == 0
    ):  # it will not be found again under its port
        with TemporaryDirectory(prefix="sonant-") as private, closing(Store(Path(private))) as store:
            yield store
        return
    kept_with_data = settings.data / "state" if settings.data else None
    folder = settings.state or kept_with_data or Path(f"~/.local/state/sonant/{settings.port}").expanduser()
    with closing(Store(folder)) as store:
        yield store


@contextmanager
def open_projects(settings: Settings, store: Store) -> "Generator[Accounts | None]":
    """The projects of an engine with these settings; None if they name no data folder.

    Raises:
        ProjectsError: they cannot be used.
    """
    if settings.data is None:
        yield None
        return
    from sonant.engine.manage.accounts import open_accounts
    from sonant.engine.store.ports import DatabaseError

    try:
        with open_accounts(settings, settings.data, store.folder) as accounts:
            yield accounts
    except DatabaseError as error:
        raise ProjectsError(str(error)) from None


class ProjectsError(Exception):
    """The database of projects cannot be used; the message names it and says what to do."""


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
    speech = Speech(recognizer, load_voice_activity(settings.cache), load_turn_end(settings.turn_model, settings.cache))
    return Voice(speech, catalog, load)


def _with_languages(entry: Entry, load: LoadRecognizer) -> Entry:
    """An entry whose languages are known; only the weights themselves tell those of a stranger."""
    return entry if entry.languages else replace(entry, languages=load(entry).capabilities.languages)


async def _keep(promise: Promise, parts: Parts) -> Result:
    """What a callback is sent, whatever was asked for."""
    if promise.path == TRANSCRIBE.path:
        return await listen.keep(promise, parts)
    return await speak.keep(promise, parts)


def _make_parts(settings: Settings, store: Store, load: Load, voices: Voices, accounts: "Accounts | None") -> Parts:
    loading = asyncio.ensure_future(asyncio.to_thread(load, settings))
    loading.add_done_callback(_note_loading)
    metrics = Metrics()
    parts = Parts(
        settings=settings,
        workers=Workers(settings.workers),
        admission=Admission(settings.concurrency, settings.queue_limit),
        streams=Streams(settings.streams, metrics),
        callbacks=Callbacks(settings, store, metrics),
        metrics=metrics,
        voices=voices,
        speaking=Admission(settings.speak_concurrency, settings.speak_queue, TOO_MANY_SPEAK),
        talking=Streams(settings.speak_streams, metrics, "tts"),
        loading=loading,
        access=Access(settings, accounts),
        meters=Meters(accounts),
        accounts=accounts,
    )
    _watch(parts)
    return parts


def _watch(parts: Parts) -> None:
    """Values that are there to be read at any time."""
    watch, admission = parts.metrics.watch, parts.admission
    watch("sonant_waiting_requests", "Requests that wait for their turn.", lambda: admission.inside - admission.working)
    for urgency in Urgency:
        name, of = f"sonant_waiting_{urgency.name.lower()}", f"Model calls that wait: {urgency.name.lower()}."
        watch(name, of, partial(parts.workers.waiting, urgency))
    watch("sonant_callbacks_queued", "Callbacks that are not delivered yet.", lambda: parts.callbacks.depth)
    watch("sonant_model_loaded", "1 once the model is loaded.", lambda: parts.is_ready)
    watch("sonant_streams_talking", "Live streams that send audio.", lambda: parts.streams.talking)
    watch("engine_estimated_stream_capacity", "Streams that can be served at once.", lambda: parts.streams.capacity)


def _note_speaking(loading: asyncio.Future[Synthesizer]) -> None:
    if not loading.cancelled() and (error := loading.exception()):
        log.error("voice not loaded", extra={"reason": str(error)})


def _note_loading(loading: asyncio.Future[Voice]) -> None:
    if loading.cancelled():
        return
    if error := loading.exception():
        log.error("model not loaded", extra={"reason": str(error)})
    else:
        log.info("model loaded")
