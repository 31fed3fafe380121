"""`sonant captions`: the JSON of a transcript becomes captions."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from sonant.captions import Profile
from sonant.cli.talk import OK, CaptionFormat, caption, check_output, deliver, open_stdin


def captions(
    source: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    form: Annotated[CaptionFormat, Parameter(name=["--format", "-f"])] = "vtt",
    profile: Profile = "classic",
    line_length: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> int:
    """Make captions out of a transcript's JSON: a file, or - for standard input.

    Args:
        source: A JSON file, or - for standard input.
        form: Which kind of captions; vtt unless given, which is webvtt.
        profile: classic, a number of words in each cue; or readable, short lines that are shown long enough.
        line_length: Words in a cue, at most; 8 unless given. Not with readable.
        output: A file to write instead of standard output.
    """
    check_output(output)
    raw = open_stdin().read() if source == "-" else Path(source).read_bytes()
    deliver(caption(raw, form, profile, line_length), output)
    return OK
