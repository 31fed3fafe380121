"""`sonant captions`: the JSON of a transcript becomes captions."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from sonant.cli.talk import CAPTIONS, OK, CaptionFormat, deliver


def captions(
    source: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    form: Annotated[CaptionFormat, Parameter(name=["--format", "-f"])] = "webvtt",
    line_length: Annotated[int, Parameter(validator=Number(gte=1))] = 8,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> int:
    """Make captions out of a transcript's JSON: a file, or - for standard input.

    Args:
        source: A JSON file, or - for standard input.
        form: Which kind of captions; webvtt unless given.
        line_length: Words in a cue, at most; 8 unless given.
        output: A file to write instead of standard output.
    """
    raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    deliver(CAPTIONS[form](raw, line_length), output)
    return OK
