"""What the log of a served engine leaves out."""

import logging
from collections.abc import Iterator

import pytest

from sonant.engine.logs import log_to_stderr


@pytest.fixture
def server() -> Iterator[logging.Logger]:
    """The logger of the HTTP server, as it was once the test is over."""
    logger = logging.getLogger("uvicorn.error")
    level, filters = logger.level, [*logger.filters]
    yield logger
    logger.setLevel(level)
    logger.filters[:] = filters


def test_no_client_fills_the_log_by_bytes_that_are_no_text(
    server: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    log_to_stderr("info", "text")
    server.error("Invalid UTF-8 sequence received from client.")
    server.error("a task failed")
    assert caplog.messages == ["a task failed"]
