"""What a caller was found to be, and may do."""

import uuid

from msgspec import Struct

from sonant.contract.faults import ROLE_TOO_LOW
from sonant.engine.refusals import Refusal


class Limits(Struct, frozen=True):
    """What a project may use; None for as much as it likes."""

    concurrency: int | None = None
    """Requests and streams at once."""
    requests_per_minute: int | None = None
    monthly_spend: int | None = None
    """Billionths of a US dollar."""
    prepaid: bool = False
    """Whether it may use no more than was bought for it."""


class Grant(Struct, frozen=True):
    """A caller: one key of one project."""

    key_id: str
    project_id: str
    member_id: str
    scopes: frozenset[str]
    """All that it may do: what both its key and its member's role allow."""
    expires: int | None = None
    """Milliseconds since 1970; None for never."""
    limits: Limits = Limits()

    def need(self, scope: str) -> None:
        """See that the caller may do something.

        Raises:
            Refusal: it may not.
        """
        if scope not in self.scopes:
            raise Refusal(ROLE_TOO_LOW)


def new_id() -> str:
    """An id for something new; it tells nothing and cannot be guessed."""
    return str(uuid.uuid4())
