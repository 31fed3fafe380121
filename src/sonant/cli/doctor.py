"""`sonant doctor`: what is here, what is missing, and what to do about it."""

import os
import platform
import re
import time
from collections.abc import Iterator
from importlib import metadata
from typing import TYPE_CHECKING

from msgspec import Struct

from sonant import __version__
from sonant.cli.service import KEYS
from sonant.cli.talk import FAILURE, OK, stderr
from sonant.client import DeepgramClient
from sonant.client.errors import SonantError

if TYPE_CHECKING:
    from sonant.engine.settings import Settings


class Finding(Struct, frozen=True):
    """What one check saw, and what to do about it if that is not well."""

    what: str
    ok: bool = True


def doctor() -> int:
    """Look over this installation: one line for each thing checked, with its remedy. Keys are never printed."""
    well = True
    for finding in _findings():
        well = well and finding.ok
        stderr.print(f"{'ok' if finding.ok else 'missing':8}", style="green" if finding.ok else "yellow", end="")
        stderr.print(finding.what, markup=False)
    return OK if well else FAILURE


def _findings() -> Iterator[Finding]:
    yield Finding(f"sonant {__version__} on Python {platform.python_version()}")
    yield _key()
    if not _installed("sonant"):
        yield Finding("sonant: runs out of a folder, without being installed. Run pip install -e .", ok=False)
        return
    missing = [name for name in requirements("engine") if not _installed(name)]
    if missing:
        yield Finding(f'engine: lacks {", ".join(missing)}. Run pip install "sonant[engine]".', ok=False)
        return
    yield Finding("engine: all its libraries are installed")
    yield from _models()
    yield _start()


def requirements(extra: str) -> list[str]:
    """The distributions that an extra brings."""
    wanted = re.compile(rf"""^([\w.-]+).*extra == ['"]{extra}['"]""")
    return [found[1] for line in metadata.requires("sonant") or [] if (found := wanted.match(line))]


def _installed(distribution: str) -> bool:
    try:
        return bool(metadata.version(distribution))
    except metadata.PackageNotFoundError:
        return False


def _models() -> Iterator[Finding]:
    from sonant.engine.settings import SettingsError, read_settings

    try:
        settings = read_settings()
    except SettingsError as error:
        yield Finding(f"settings: {error}.", ok=False)
        return
    yield _weights(settings)
    yield _turn_end(settings)


def _weights(settings: "Settings") -> Finding:
    from sonant.engine.models.catalog import find_entry
    from sonant.engine.models.entries import VOICE
    from sonant.engine.models.loading import LoadError, find_weights

    try:
        for weights in (VOICE, find_entry(settings.model).weights):
            find_weights(weights, settings.cache, fresh=True)
    except LoadError as error:
        return Finding(f"weights: {error}.", ok=False)
    return Finding(f"weights: {settings.model} is here, and what it should be")


def _turn_end(settings: "Settings") -> Finding:
    """A model that is not installed is no fault: turns end without it too."""
    from sonant.engine.models.catalog import open_turn_end
    from sonant.engine.models.entries import TURN_END_INSTALL
    from sonant.engine.models.loading import LoadError

    try:
        model = open_turn_end(settings.turn_model, settings.cache, fresh=True)
    except LoadError as error:
        return Finding(f"turns: {error}.", ok=False)
    if model is None:
        return Finding(f"turns: told by silence and words; to hear the voice as well, run {TURN_END_INSTALL}")
    return Finding(f"turns: Smart Turn is at work, from {model.path}")


def _start() -> Finding:
    began = time.monotonic()
    try:
        with DeepgramClient.local() as client:
            models = client.models.get_all()
    except SonantError as error:
        return Finding(f"engine: {error}", ok=False)
    names = ", ".join(model.name for model in models.stt)
    return Finding(f"engine: answers after {time.monotonic() - began:.1f} s, with {names}")


def _key() -> Finding:
    """A missing key is no fault: the engine needs none."""
    for name in KEYS:
        if os.environ.get(name):
            return Finding(f"credential: {name} is set")
    return Finding("credential: none in the environment; only the hosted service needs one")
