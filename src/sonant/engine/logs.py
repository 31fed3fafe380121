"""Log lines with their fields, for whoever runs the engine as a process. The library itself attaches no handler."""

import logging

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class FieldFormatter(logging.Formatter):
    """A phrase and its fields: `12:00:00 INFO sonant.engine.app model loaded seconds=0.4`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name is logging's
        """The line, with what was given as `extra` at its end."""
        fields = (f"{name}={value!r}" for name, value in vars(record).items() if name not in _USUAL)
        return " ".join([super().formatMessage(record), *fields])


def log_to_stderr(level: str) -> None:
    """Write the log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(FieldFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.getLogger("uvicorn.error").setLevel("WARNING")  # it tells each step of its start and end
