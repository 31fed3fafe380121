"""One `Results` of the stub, and what each client makes of its text."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent))

from stub_live import CHUNK, RATE, results

SAMPLE = results(CHUNK / 2 / RATE).decode()


def decoder(impl: str) -> Callable[[str], Any]:
    """From text to a typed message."""
    if impl == "official":
        return _official()
    if impl == "ours":
        return _ours()
    import msgspec

    from sonant.contract.listen import LiveResults

    return msgspec.json.Decoder(LiveResults).decode


def _official() -> Callable[[str], Any]:
    from deepgram.core.unchecked_base_model import construct_type
    from deepgram.listen.v1.socket_client import V1SocketClientResponse

    return lambda text: construct_type(type_=V1SocketClientResponse, object_=json.loads(text))


def _ours() -> Callable[[str], Any]:
    from sonant.contract.codec import decode_message
    from sonant.contract.listen import LISTEN_LIVE

    return lambda text: decode_message(text, LISTEN_LIVE.hears)
