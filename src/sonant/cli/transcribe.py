"""`sonant transcribe`: a recording becomes text, captions or JSON."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sonant.cli.flags import flags_of
from sonant.cli.talk import OK, Format, check_output, deliver, note, render, stderr
from sonant.client import DeepgramClient
from sonant.contract.listen import Accepted, TranscribeOptions, Transcript

if TYPE_CHECKING:
    Flags = dict[str, Any]
else:
    Flags = flags_of(TranscribeOptions, "Flags")

KEYS = ("DEEPGRAM_ACCESS_TOKEN", "DEEPGRAM_API_KEY")
"""Where the client looks for a credential."""


def transcribe(
    source: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    form: Annotated[Format, Parameter(name=["--format", "-f"])] = "text",
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
        form: What to print; text unless given.
        output: A file to write instead of standard output.
        base_url: The address of another service; it wants a key.
        local: Use an engine on this machine even though there is a key.
        options: Options of the transcription.
    """
    check_output(output)
    asked = {**_wished(form), **(options or {})}
    with _client(base_url, local=local) as client, stderr.status("Transcribing …"):
        reply = _ask(client, source, asked)
    if isinstance(reply, Accepted):
        deliver(reply.request_id, output)
        return OK
    for warning in reply.metadata.warnings or []:
        note(f"{warning.parameter}: {warning.message}")
    deliver(render(reply, form), output)
    return OK


def _client(base_url: str | None, *, local: bool) -> DeepgramClient:
    if local:
        return DeepgramClient.local()
    if base_url:
        return DeepgramClient(base_url=base_url)
    if any(os.environ.get(name) for name in KEYS):
        return DeepgramClient()
    note("No key in the environment: using the engine on this machine.")
    return DeepgramClient.local()


def _ask(client: DeepgramClient, source: str, options: dict[str, Any]) -> Transcript | Accepted:
    prerecorded = client.listen.prerecorded
    callback = options.pop("callback", None)
    if source.startswith(("http://", "https://")):
        if callback:
            return prerecorded.transcribe_url_callback(source, callback, **options)
        return prerecorded.transcribe_url(source, **options)
    recording = sys.stdin.buffer if source == "-" else source
    if callback:
        return prerecorded.transcribe_file_callback(recording, callback, **options)
    return prerecorded.transcribe_file(recording, **options)


def _wished(form: Format) -> dict[str, Any]:
    """What a format needs to read well; JSON is what was asked for and no more."""
    return {
        "json": {},
        "text": {"punctuate": True},
        "webvtt": {"punctuate": True, "utterances": True},
        "srt": {"punctuate": True, "utterances": True},
    }[form]
