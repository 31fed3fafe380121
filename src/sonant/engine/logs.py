"""Log lines with their fields, for whoever runs the engine as a process. The library itself attaches no handler."""

import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import msgspec

current_request: ContextVar[str] = ContextVar("current_request", default="")
"""The id of the request that is being served; every line written meanwhile carries it."""

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What was given as `extra`, and the request at hand."""
    fields = {name: value for name, value in vars(record).items() if name not in _USUAL}
    request_id = current_request.get()
    return {"request_id": request_id, **fields} if request_id else fields


class FieldFormatter(logging.Formatter):
    """A phrase and its fields: `12:00:00 INFO sonant.engine.app model loaded seconds=0.4`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name is logging's
        """The line, with what was given as `extra` at its end."""
        fields = (f"{name}={value!r}" for name, value in fields_of(record).items())
        return " ".join([super().formatMessage(record), *fields])


class JsonFormatter(logging.Formatter):
    """A JSON object on a line, for programs that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


def _is_no_clients_fault(record: logging.LogRecord) -> bool:
    """Whether a line is not one that any client can have written, with a traceback, by bytes that are no text."""
    return not record.getMessage().startswith("Invalid UTF-8 sequence received from client")


def log_to_stderr(level: str, style: str) -> None:
    """Write the log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if style == "json" else FieldFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    server = logging.getLogger("uvicorn.error")
    server.setLevel("WARNING")  # it tells each step of its start and end
    server.addFilter(_is_no_clients_fault)
