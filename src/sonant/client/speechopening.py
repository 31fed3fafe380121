"""From the arguments of a speaking method to a voice that is not connected yet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sonant.client.opening import prepare
from sonant.client.session import Session
from sonant.client.settings import SpeechSettings
from sonant.client.speaking import AsyncSpeakLive, AsyncSpeakTurns, SyncSpeakLive, SyncSpeakTurns
from sonant.client.speechfollowing import VoiceFollower, VoiceTurnFollower
from sonant.client.textfeed import TextFeed
from sonant.contract.speak import SPEAK_TURNS
from sonant.contract.wire import Socket

_SETTINGS = frozenset(SpeechSettings.__annotations__)
_STALL = 30.0
"""Seconds that a voice may take to think."""


def open_voice(runner: Any, scope: Any, socket: Socket[Any], arguments: Mapping[str, Any]) -> Any:
    """A voice of the runner's flavour, checked and ready to connect.

    Raises:
        UnknownOption, BadOptionValue: an argument is not known, or has a value that is not allowed.
    """
    wanted = prepare({"stall_timeout": _STALL, **arguments}, socket, _SETTINGS)
    turns = socket is SPEAK_TURNS
    feed = TextFeed(wanted.options, wanted.settings, turns=turns)
    session = Session(feed, VoiceTurnFollower(feed) if turns else VoiceFollower(feed), wanted.settings)
    kinds: Any = (SyncSpeakTurns, AsyncSpeakTurns) if turns else (SyncSpeakLive, AsyncSpeakLive)
    dial = partial(runner.dial, socket.path, scope, wanted.query, wanted.headers)
    return kinds[runner.is_async](session, dial, runner.enlist, feed)
