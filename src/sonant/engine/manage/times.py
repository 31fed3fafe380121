"""Milliseconds since 1970, as the database keeps them, and what the wire makes of them. All is UTC."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Final, overload

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def now() -> int:
    """This moment."""
    return time.time_ns() // 1_000_000


@overload
def to_datetime(moment: int) -> datetime: ...
@overload
def to_datetime(moment: int | None) -> datetime | None: ...
def to_datetime(moment: int | None) -> datetime | None:
    """A moment as the wire has it."""
    return None if moment is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)


def to_moment(when: date | datetime) -> int:
    """A time, or the first moment of a day; a time without a zone is read as UTC."""
    if not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=UTC)
    elif when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return round(when.timestamp() * 1_000)


def to_day(moment: int) -> date:
    """The day of a moment."""
    return to_datetime(moment).date()


def month_of(moment: int) -> int:
    """The first moment of a month."""
    return to_moment(to_day(moment).replace(day=1))
