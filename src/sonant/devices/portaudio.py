"""PortAudio: what both kinds of device need of it. It is imported when a device is opened, not before."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from sonant.client.errors import DeviceError

SAMPLE_BYTES = 2
"""Of linear16."""


class Device(Struct, frozen=True):
    """A device that can record, or play."""

    index: int
    name: str
    channels: int
    """How many it can record, or play, at most."""
    sample_rate: int
    """Its own, in hertz; most can do others."""


def list_devices(way: Literal["input", "output"]) -> list[Device]:
    """The devices that can record, or play.

    Raises:
        DeviceError: PortAudio or its Python package is not installed.
    """
    found: list[dict[str, Any]] = list(portaudio("microphone" if way == "input" else "speaker").query_devices())
    return [
        Device(index, entry["name"], entry[f"max_{way}_channels"], int(entry["default_samplerate"]))
        for index, entry in enumerate(found)
        if entry[f"max_{way}_channels"] > 0
    ]


def portaudio(what: str) -> Any:
    """The library, with its own message about what is missing turned into what to install.

    Args:
        what: the device it is for, as messages name it.
    """
    try:
        import sounddevice  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError as error:
        raise DeviceError(f"The {what} needs sounddevice.", hint='Run pip install "sonant[mic]".') from error
    except OSError as error:
        hint = "Debian and Ubuntu: apt install libportaudio2; Fedora: dnf install portaudio."
        raise DeviceError(f"The {what} needs the PortAudio library.", hint=hint) from error
    return sounddevice
