"""A microphone and a speaker (extra `mic`). Audio libraries are imported when a device is opened, not before."""

from sonant.devices.microphone import Dropped, Heard, InputStream, Microphone, OpenStream, open_portaudio
from sonant.devices.portaudio import Device
from sonant.devices.speaker import OpenOutput, OutputStream, Played, Speaker, Wanted

__all__ = [
    "Device",
    "Dropped",
    "Heard",
    "InputStream",
    "Microphone",
    "OpenOutput",
    "OpenStream",
    "OutputStream",
    "Played",
    "Speaker",
    "Wanted",
    "open_portaudio",
]
