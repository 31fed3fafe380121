"""Spans of time as management asks for them. Left out means not sent; the defaults belong to the server."""

from datetime import date, datetime
from typing import TypedDict

Day = date | str
"""A day, or its text `YYYY-MM-DD`; of a datetime, its day."""
Moment = date | datetime | str
"""A day or a time, to the second, or the text of either; a time without a zone is read as the server's, UTC."""


class DayOptions(TypedDict, total=False):
    """A span of days."""

    start: Day
    """The first day."""
    end: Day
    """The last day."""


class MomentOptions(TypedDict, total=False):
    """A span of time."""

    start: Moment
    """From when on: a day, or a time."""
    end: Moment
    """Until when: a day, or a time."""
