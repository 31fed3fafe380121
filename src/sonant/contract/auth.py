"""Temporary tokens, and who is calling: `/v1/auth`."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, field

from sonant.contract.manage.keys import KeyMember
from sonant.contract.wire import Confidential, NoOptions, Operation, Part, Reply


class Grant(Part, frozen=True):
    """A token to be granted. Nothing at all asks for one of 30 seconds."""

    ttl_seconds: Annotated[float, Meta(ge=1, le=3600)] | None = None
    """For how long it is good, 30 seconds unless given."""


class AccessToken(Confidential, frozen=True):
    """A token that opens the voice and reading APIs for a while; repr hides it."""

    hidden = frozenset({"access_token"})

    access_token: str
    """A JWT; it goes as `Bearer`."""
    expires_in: float | None = None
    """Seconds."""


class TokenDetails(Reply, frozen=True):
    """The key that a caller uses."""

    api_key_id: str
    scopes: list[str] = field(default_factory=lambda: [])
    created: datetime | None = None
    comment: str | None = None
    tags: list[str] | None = None
    expiration_date: datetime | None = None
    member: KeyMember | None = None


GRANT_TOKEN: Operation[NoOptions, AccessToken] = Operation(
    name="grant_token", method="POST", path="/v1/auth/grant", query=NoOptions, returns=AccessToken, json=Grant
)
"""A token for a short time, for browsers and the like."""

GET_TOKEN_DETAILS: Operation[NoOptions, TokenDetails] = Operation(
    name="get_token_details", method="GET", path="/v1/auth/token", query=NoOptions, returns=TokenDetails
)
"""What the caller's own key is."""
