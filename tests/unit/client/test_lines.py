"""What the end of a connection says."""

import warnings

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from sonant.client.carriers.lines import read_end


class ForeignEnd(Exception):
    """How another client's connection may end."""

    code = 1008
    reason = "policy"


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (ConnectionClosedError(Close(1011, "NET-0000"), None), (1011, "NET-0000")),
        (ConnectionClosedError(Close(1000, ""), Close(1000, ""), True), (1000, "")),
        (ConnectionClosedError(None, None), (1006, "")),
        (ConnectionClosedError(None, Close(1000, "")), (1006, "sent 1000 (OK); no close frame received")),
        (ForeignEnd(), (1008, "policy")),
        (OSError("gone"), (1006, "gone")),
        (EOFError(), (1006, "EOFError")),
    ],
)
def test_an_end_is_read_without_what_is_deprecated(error: Exception, end: tuple[int, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_end(error) == end
