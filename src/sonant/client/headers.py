"""What the first bytes of a stream tell, and whether options say the same. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sonant.client.containers import Mp4Track, OggTrack, WebmTrack
from sonant.client.errors import BadOptionValue, SourceError
from sonant.client.framed import AmrTrack, FlacTrack, FramedTrack
from sonant.client.samples import SAMPLE_FILES, describe_wave, read_samples
from sonant.client.tracks import PacketTrack, RawTrack, Track
from sonant.contract.audio import FIXED_SAMPLE_RATES, SAMPLE_BYTES
from sonant.contract.frames import FRAME_HEADER, read_frame

SNIFF = 12
"""Bytes that tell most containers from bare samples."""
LONGEST_HEADER = 8192
"""Bytes in which the end of a header is waited for."""
_FRAMES = 3
"""Frames in a row that tell MP3 and AAC from bare samples, which may look like one."""
_AMR_MAGICS = {"amr-nb": b"#!AMR\n", "amr-wb": b"#!AMR-WB\n"}
_MARKS: dict[bytes, tuple[str, Callable[[], Track]]] = {
    b"RIFF": ("WAV", Track),
    b"RF64": ("WAV", Track),
    b"OggS": ("Ogg", OggTrack),
    b"\x1aE\xdf\xa3": ("WebM", WebmTrack),
    b"fLaC": ("FLAC", FlacTrack),
    b"ID3": ("MP3", FramedTrack),
    b"FORM": ("AIFF", Track),
    b"caff": ("CAF", Track),
    b"#!AMR\n": ("AMR", lambda: AmrTrack(b"#!AMR\n")),
    b"#!AMR-WB\n": ("AMR", lambda: AmrTrack(b"#!AMR-WB\n")),
    b"#!AMR": ("AMR", Track),
}
"""How a container begins, its name, and its track."""
_CONTAINED = {
    "ogg-opus": {"Ogg"},
    "opus": {"Ogg"},
    "speex": {"Ogg"},
    "flac": {"FLAC", "Ogg"},
    "amr-nb": {"AMR"},
    "amr-wb": {"AMR"},
}
"""Encodings, and the containers in which they may come all the same."""


def choose_track(options: Mapping[str, Any]) -> Track | None:
    """The track that options describe; None where the first bytes have to tell.

    Raises:
        BadOptionValue: headerless audio lacks its sample rate.
    """
    encoding = options.get("encoding")
    if encoding is None:
        return None
    rate = options.get("sample_rate") or FIXED_SAMPLE_RATES.get(encoding)
    if encoding in SAMPLE_BYTES:
        if rate is None:
            raise BadOptionValue(
                f"encoding={encoding} is headerless: it needs sample_rate.",
                hint="Add sample_rate=16000, or what it is.",
            )
        return RawTrack(rate, SAMPLE_BYTES[encoding] * int(options.get("channels") or 1))
    match encoding:
        case "amr-nb" | "amr-wb":
            return AmrTrack(_AMR_MAGICS[encoding], declared=True)
        case "ogg-opus":
            return OggTrack()
        case "flac":
            return FlacTrack(rate or 0)
        case _:
            return PacketTrack()


def recognise(head: bytes) -> tuple[str, Track] | None:
    """The container that a stream begins with: its name and its track; None if it is none that is known.

    Args:
        head: the first bytes, as many as `needs_more` asks for, or all there are.

    Raises:
        SourceError: the header is damaged.
    """
    for mark, (name, make) in _MARKS.items():
        if head.startswith(mark):
            return name, read_samples(head) or make()
    if head[4:8] == b"ftyp":
        return "MP4", Mp4Track()
    return ("MP3 or AAC", FramedTrack()) if _count_frames(head) else None


def needs_more(head: bytes) -> bool:
    """Whether more bytes are needed to see what a stream is."""
    if len(head) < SNIFF:
        return True
    if len(head) >= LONGEST_HEADER:
        return False
    if head.startswith(SAMPLE_FILES):
        return read_samples(head) is None
    return _count_frames(head) is None


def _count_frames(head: bytes) -> bool | None:
    """Whether frame follows frame; None if more bytes have to tell."""
    at = 0
    for _ in range(_FRAMES):
        if at + FRAME_HEADER > len(head):
            return None
        frame = read_frame(head[at : at + FRAME_HEADER])
        if frame is None:
            return False
        at += frame.size
    return True


def sniff_track(head: bytes) -> Track:
    """The track that a stream's first bytes tell: as many as `needs_more` asks for, or all there are.

    Raises:
        SourceError: they are bare samples, or nothing that is known.
    """
    found = recognise(head)
    if found is not None:
        return found[1]
    raise SourceError(
        "The audio has no header that is known, so it has to be described.",
        hint="Headerless samples need encoding= and sample_rate=, e.g. encoding='linear16', sample_rate=16000.",
    )


def check_header(head: bytes, options: Mapping[str, Any]) -> Track | None:
    """See that a header, if audio that was said to have none has one, says the same.

    Returns:
        The track of the container in which such audio comes after all; None if it is as it was said to be.

    Raises:
        SourceError: the header says something else.
    """
    encoding = str(options.get("encoding"))
    found = recognise(head)
    if found is None or (found[0] == "MP3 or AAC" and encoding not in SAMPLE_BYTES):
        return None
    name, track = found
    if name == "WAV":
        _check_wave(head, options)
        return None
    if name not in _CONTAINED.get(encoding, ()):
        raise SourceError(
            f"The audio is {name}, not {encoding}.",
            hint="Leave encoding, sample_rate and channels out: a container tells them itself.",
        )
    return track


def _check_wave(head: bytes, options: Mapping[str, Any]) -> None:
    said = describe_wave(head)
    for name, value in said.items():
        asked = options.get(name, 1 if name == "channels" else value)
        if value is not None and asked != value:
            raise SourceError(
                f"The WAV header says {name}={value}, the options say {asked}.",
                hint="Leave encoding, sample_rate and channels out, or correct them.",
            )
