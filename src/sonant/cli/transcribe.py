"""`sonant transcribe`: a recording becomes text, captions or JSON."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

from cyclopts import Parameter

from sonant.captions import Profile
from sonant.cli.flags import flags_of
from sonant.cli.progress import Meter
from sonant.cli.service import connect
from sonant.cli.talk import OK, Format, Mistyped, check_output, deliver, note, open_stdin, render
from sonant.client import DeepgramClient
from sonant.contract.listen import Accepted, TranscribeOptions, Transcript

if TYPE_CHECKING:
    Flags = dict[str, Any]
else:
    Flags = flags_of(TranscribeOptions, "Flags")


ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
"""How a URL begins; all else is a file."""


def transcribe(
    source: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    form: Annotated[Format, Parameter(name=["--format", "-f"])] = "text",
    profile: Profile = "classic",
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    base_url: str | None = None,
    local: Annotated[bool, Parameter(negative=())] = False,
    options: Annotated[Flags | None, Parameter(name="*", group="Options of the transcription")] = None,
) -> int:
    """Transcribe a recording: a file, a URL, or - for standard input.

    With a key in the environment (DEEPGRAM_API_KEY or DEEPGRAM_ACCESS_TOKEN) the hosted service does it, else an engine
    on this machine. Text and captions ask for punctuation, captions also for utterances, unless told otherwise. With
    --callback the result goes there, and its request id is printed.

    Args:
        source: A file, a URL, or - for standard input.
        form: What to print; text unless given. vtt is webvtt.
        profile: Of captions: classic, eight words in each cue; or readable, short lines that are shown long enough.
        output: A file to write instead of standard output.
        base_url: The address of another service; it wants a key, unless it is on this machine.
        local: Use an engine on this machine even though there is a key.
        options: Options of the transcription.
    """
    check_output(output)
    if profile == "readable" and form in {"text", "json"}:
        raise Mistyped("--profile is for captions: --format vtt or srt.")
    asked = {**_wished(form), **(options or {})}
    recording = open_stdin() if source == "-" else _check_address(source)
    with connect(base_url, local=local) as client, Meter() as meter:
        reply = _ask(client, recording, asked, meter)
    if isinstance(reply, Accepted):
        deliver(reply.request_id, output)
        return OK
    for warning in reply.metadata.warnings or []:
        note(f"{warning.parameter}: {warning.message}")
    if not reply.transcript:
        note("No speech was found. Headerless audio needs its true --encoding and --sample-rate.")
    deliver(render(reply, form, profile), output)
    return OK


def _check_address(source: str) -> str:
    """A file's name, or a URL of the kinds that can be fetched."""
    if ADDRESS.match(source) and not re.match(r"https?://[^/]", source):
        raise Mistyped(f"{source} is not an http(s) URL.")
    return source


def _ask(
    client: DeepgramClient, source: str | BinaryIO, options: dict[str, Any], meter: Meter
) -> Transcript | Accepted:
    prerecorded = client.listen.prerecorded
    callback = options.pop("callback", None)
    if isinstance(source, str) and ADDRESS.match(source):
        meter.wait()
        if callback:
            return prerecorded.transcribe_url_callback(source, callback, **options)
        return prerecorded.transcribe_url(source, **options)
    if callback:
        return prerecorded.transcribe_file_callback(source, callback, progress=meter.sent, **options)
    return prerecorded.transcribe_file(source, progress=meter.sent, **options)


def _wished(form: Format) -> dict[str, Any]:
    """What a format needs to read well; JSON is what was asked for and no more."""
    if form == "json":
        return {}
    return {"punctuate": True} if form == "text" else {"punctuate": True, "utterances": True}
