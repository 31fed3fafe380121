"""API keys: `/v1/projects/{project_id}/keys`."""

from datetime import datetime
from typing import Annotated, Literal, TypedDict

from msgspec import Meta, field
from msgspec.structs import force_setattr, replace

from sonant.contract.wire import Confidential, Done, NoOptions, Operation, Part, Reply

KeyStatus = Literal["active", "expired"]


class KeyListOptions(TypedDict, total=False):
    """Options of the list of keys."""

    status: KeyStatus
    """Only keys that are good, or only those that were."""


class ApiKey(Part, frozen=True):
    """What may be known of a key; the key itself is shown once, when it is made."""

    api_key_id: str
    comment: str | None = None
    scopes: list[str] = field(default_factory=lambda: [])
    """What it may do: a role (`owner`, `admin`, `member`), or scopes such as `usage:read`."""
    tags: list[str] | None = None
    created: datetime | None = None
    expiration_date: datetime | None = None
    """When it ceases to be good; None for never."""


class KeyMember(Part, frozen=True):
    """Whose key it is."""

    member_id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    api_key: ApiKey | None = None
    """Only where a service tells of the key inside its member; `KeyEntry` and `KeyDetails` have it beside, too."""


def _nobody() -> KeyMember:
    return KeyMember(member_id="")


def _nothing() -> ApiKey:
    return ApiKey(api_key_id="")


class KeyEntry(Part, frozen=True):
    """A key in the list of keys, and whose it is."""

    member: KeyMember = field(default_factory=_nobody)
    api_key: ApiKey = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        """Bring the key to its place if it came inside its member."""
        if not self.api_key.api_key_id and self.member.api_key:
            force_setattr(self, "api_key", self.member.api_key)


class KeyList(Reply, frozen=True):
    """The keys of a project."""

    api_keys: list[KeyEntry]


class KeyItem(Part, frozen=True):
    """The wrapping that the published description gives to one key."""

    member: KeyMember


class KeyDetails(Reply, frozen=True):
    """One key and whose it is.

    Services nest this in two ways. Whichever way it came, `member` and `api_key` have it; and whoever makes one of
    these two sends both ways.
    """

    item: KeyItem | None = None
    member: KeyMember = field(default_factory=_nobody)
    api_key: ApiKey = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        """Make the two ways tell the same."""
        inner = self.item.member if self.item else self.member
        key = self.api_key if self.api_key.api_key_id else inner.api_key or self.api_key
        force_setattr(self, "api_key", key)
        force_setattr(self, "member", self.member if self.member.member_id else replace(inner, api_key=None))
        force_setattr(self, "item", self.item or KeyItem(replace(self.member, api_key=key)))


class KeyCreation(Part, frozen=True):
    """A key to be made."""

    comment: str
    scopes: Annotated[list[str], Meta(min_length=1)]
    tags: list[str] | None = None
    expiration_date: datetime | None = None
    """When it ceases to be good; excludes `time_to_live_in_seconds`."""
    time_to_live_in_seconds: Annotated[int, Meta(ge=1)] | None = None
    """For how long it is good; excludes `expiration_date`."""


class NewKey(Confidential, frozen=True):
    """A key that was made: the only reply that shows `key`, which repr hides."""

    hidden = frozenset({"key"})

    api_key_id: str
    key: str
    comment: str | None = None
    scopes: list[str] = field(default_factory=lambda: [])
    tags: list[str] | None = None
    created: datetime | None = None
    expiration_date: datetime | None = None


LIST_KEYS: Operation[KeyListOptions, KeyList] = Operation(
    name="list_keys", method="GET", path="/v1/projects/{project_id}/keys", query=KeyListOptions, returns=KeyList
)
"""The keys of a project."""

CREATE_KEY: Operation[NoOptions, NewKey] = Operation(
    name="create_key",
    method="POST",
    path="/v1/projects/{project_id}/keys",
    query=NoOptions,
    returns=NewKey,
    json=KeyCreation,
)
"""Make a key."""

GET_KEY: Operation[NoOptions, KeyDetails] = Operation(
    name="get_key", method="GET", path="/v1/projects/{project_id}/keys/{key_id}", query=NoOptions, returns=KeyDetails
)
"""One key."""

DELETE_KEY: Operation[NoOptions, Done] = Operation(
    name="delete_key", method="DELETE", path="/v1/projects/{project_id}/keys/{key_id}", query=NoOptions, returns=Done
)
"""Delete a key; what uses it is shut out."""
