"""`sonant speak`: a text becomes a file, or sound."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sonant.cli.flags import flags_of
from sonant.cli.progress import Meter
from sonant.cli.service import connect
from sonant.cli.talk import OK, Failed, Mistyped, NoInput, check_output, deliver, note, open_stdin
from sonant.client import DeepgramClient
from sonant.client.longspeech import SyncLongSpeech
from sonant.client.pcm import find_samples
from sonant.client.speak import FLUX_MODEL, MOST_CHARACTERS
from sonant.client.speech import SyncSpeech
from sonant.contract.query import options_of
from sonant.contract.speak import SpeakFluxOptions, SpeakOptions
from sonant.devices import Speaker

if TYPE_CHECKING:
    Flags = dict[str, Any]
    FluxFlags = dict[str, Any]
else:
    Flags = flags_of(SpeakOptions, "Flags")
    FluxFlags = flags_of(SpeakFluxOptions, "FluxFlags", without=options_of(SpeakOptions))

ENDINGS: dict[str, dict[str, str]] = {
    ".mp3": {"encoding": "mp3"},
    ".wav": {"encoding": "linear16", "container": "wav"},
    ".raw": {"encoding": "linear16", "container": "none"},
    ".pcm": {"encoding": "linear16", "container": "none"},
    ".flac": {"encoding": "flac"},
    ".ogg": {"encoding": "opus"},
    ".opus": {"encoding": "opus"},
    ".aac": {"encoding": "aac"},
}
"""What a file's name says of the audio in it."""
PLAYED = {"encoding": "linear16", "container": "none"}
_AS_TEXT = "Give a file of plain text; iconv turns other encodings into UTF-8."
_TEXT_FILES = {".txt", ".md", ".text", ".rst"}


def speak(
    source: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], allow_leading_hyphen=True)] = None,
    play: Annotated[bool, Parameter(negative=())] = False,
    device: str | None = None,
    base_url: str | None = None,
    local: Annotated[bool, Parameter(negative=())] = False,
    options: Annotated[Flags | None, Parameter(name="*", group="Options of the speech")] = None,
    flux_options: Annotated[FluxFlags | None, Parameter(name="*", group="Options of Flux (--model flux-...)")] = None,
) -> int:
    """Speak a text: one given here, a file of text, or - for standard input.

    The audio goes to a file, whose name says how it is coded (mp3, wav, flac, ogg, opus, aac, raw), or to standard
    output (as mp3, or by --encoding), or to the loudspeaker. A long text goes in parts cut at sentences. With a key in
    the environment the hosted service does it, else an engine on this machine. With --callback the audio goes there,
    and its request id is printed.

    Args:
        source: A text, the name of a file with one, or - for standard input.
        output: A file to write, which has its name only once it is whole; - for standard output.
        play: Play it; with --output too if that is a wav or raw file.
        device: Loudspeaker, by index or a part of its name.
        base_url: The address of another service; it wants a key, unless it is on this machine.
        local: Use an engine on this machine even though there is a key.
        options: Options of the speech.
        flux_options: Options of Flux.
    """
    if is_piped := output is not None and str(output) == "-":
        output = None
    check_output(output)
    _check_model(options or {}, flux_options or {})
    given = _numbers({**(options or {}), **(flux_options or {})})
    asked = {**_format(output, play=play), **given}
    _check_ending(output, given)
    if play and is_piped:
        raise Mistyped("What is played does not go to standard output too: leave --play or -o out.")
    if play and asked.get("encoding") != "linear16":
        raise Mistyped("What is played is linear16: leave --encoding out, and write a .wav or .raw file if any.")
    if device is not None and not play:
        raise Mistyped("--device is for --play.")
    text = _read(source)
    speaker = _speaker(device, asked) if play else None
    with connect(base_url, local=local) as client:
        if callback := asked.pop("callback", None):
            return _send(client, text, callback, asked)
        with Meter() as meter:
            speech = _ask(client, text, asked, meter)
            _hand_over(speech, output, speaker, meter)
    _tell(speech)
    return OK


def _read(source: str) -> str:
    """The text, with words in it.

    Raises:
        Mistyped: what was typed is empty.
        Failed, NoInput: what was to be read is.
    """
    if source == "-":
        text = _decode(open_stdin().read(), "Standard input")
        if not text.strip():
            raise NoInput("Standard input has only blanks.")
    elif (path := _find(source)) is not None:
        text = _decode(path.read_bytes(), source)
        if not text.strip():
            raise Failed(f"{source} has no text in it.")
    else:
        text = source
        if not text.strip():
            raise Mistyped("The text is empty: give some words, the name of a file, or - for standard input.")
    return text


def _find(source: str) -> Path | None:
    """The file that is meant, if it is not the text itself."""
    try:
        path = Path(source)
        if path.is_file():
            return path
        is_folder = "/" in source and path.is_dir()
        is_name = path.suffix.lower() in _TEXT_FILES and not any(letter.isspace() for letter in source)
    except (OSError, ValueError):  # too long for a name, or no name at all
        return None
    if is_folder:
        raise IsADirectoryError(21, "It is a folder", source)
    if is_name:
        raise FileNotFoundError(2, "No such file", source)
    return None


def _decode(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failed(f"{name} is not UTF-8 text: see byte {error.start}.", _AS_TEXT) from None
    if "\0" in text:
        raise Failed(f"{name} is not text: it holds a zero byte.", _AS_TEXT)
    return text


def _check_model(options: dict[str, Any], flux_options: dict[str, Any]) -> None:
    """See that what only Flux knows goes to Flux."""
    model = str(options.get("model", ""))
    if flux_options and not model.startswith(FLUX_MODEL):
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in flux_options)
        raise Mistyped(f"{flags}: for Flux voices alone; name one, such as --model flux-kit-en.")


def _format(output: Path | None, *, play: bool) -> dict[str, str]:
    """What is asked for, unless the options say something else."""
    if output is not None:
        known = ENDINGS.get(output.suffix.lower())
        if known is None:
            raise Mistyped(f"{output.name} does not say what it is to be: end it with {', '.join(ENDINGS)}.")
        return known
    if play:
        return dict(PLAYED)
    if sys.stdout.isatty():
        raise Mistyped("Where to? Name a file with -o, play it with --play, or pipe it into something.")
    return {}


_HOLDS = {".wav": {"linear16", "mulaw", "alaw"}, ".raw": {"linear16", "mulaw", "alaw"}, ".pcm": {"linear16"}}
"""Encodings that a file of that name may have, where there are several."""


def _check_ending(output: Path | None, given: dict[str, Any]) -> None:
    """See that the options do not say something else than the file's name."""
    if output is None:
        return
    ending = output.suffix.lower()
    known = ENDINGS[ending]
    encoding = given.get("encoding", known["encoding"])
    if encoding not in _HOLDS.get(ending, {known["encoding"]}):
        raise Mistyped(f"{output.name} is to hold {known['encoding']}, and --encoding says {encoding}: change either.")
    container = given.get("container", "")
    if container and container != known.get("container", container):
        raise Mistyped(f"{output.name} has container {known['container']}, and --container says {container}.")


def _numbers(options: dict[str, Any]) -> dict[str, Any]:
    """The options, those as numbers that are checked here; what is no number is refused with the rest."""
    return {name: _number(value) if name in {"sample_rate", "bit_rate"} else value for name, value in options.items()}


def _number(value: Any) -> Any:
    return int(value) if str(value).isdecimal() else value


def _speaker(device: str | None, asked: dict[str, Any]) -> Speaker:
    chosen = int(device) if device and device.isdecimal() else device
    speaker = Speaker(chosen, sample_rate=asked.get("sample_rate") or 24_000)
    speaker.open()  # before anything is asked for
    return speaker


def _send(client: DeepgramClient, text: str, callback: str, asked: dict[str, Any]) -> int:
    flux = str(asked.get("model", "")).startswith(FLUX_MODEL)
    ask = client.speak.request_flux_callback if flux else client.speak.request_callback
    deliver(ask(text, callback, **asked).request_id, None)
    return OK


def _ask(client: DeepgramClient, text: str, asked: dict[str, Any], meter: Meter) -> SyncSpeech | SyncLongSpeech:
    meter.work("Speaking")
    if len(text) > MOST_CHARACTERS:
        return client.speak.long(text, progress=meter.spoken, **asked)
    if str(asked.get("model", "")).startswith(FLUX_MODEL):
        return client.speak.request_flux(text, **asked)
    return client.speak.request(text, **asked)


def _hand_over(speech: SyncSpeech | SyncLongSpeech, output: Path | None, speaker: Speaker | None, meter: Meter) -> None:
    if speaker is not None:
        with speaker:
            _play(speech, output, speaker)
    elif output is not None:
        speech.stream_to_file(output)
    else:
        _write(speech)
    meter.work("Done")
    if output is not None:
        note(f"Written to {output}.")


def _play(speech: SyncSpeech | SyncLongSpeech, output: Path | None, speaker: Speaker) -> None:
    if output is None:
        for piece in speech:
            speaker.play(piece)
        return
    speech.stream_to_file(output)
    audio = output.read_bytes()
    speaker.play(audio[(find_samples(audio) or 0) if audio.startswith(b"RIFF") else 0 :])


def _write(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


def _tell(speech: SyncSpeech | SyncLongSpeech) -> None:
    for warning in speech.warnings:
        note(f"There is a warning about the text: {warning}.")
