"""Credentials for fetching the service's own containers: `/v1/projects/{project_id}/self-hosted/...`."""

from datetime import datetime
from typing import Literal, TypedDict

from msgspec import field

from sonant.contract.wire import NoOptions, Operation, Part, Reply

ProductScope = Literal[
    "self-hosted:products",
    "self-hosted:product:api",
    "self-hosted:product:engine",
    "self-hosted:product:license-proxy",
    "self-hosted:product:dgtools",
    "self-hosted:product:billing",
    "self-hosted:product:hotpepper",
    "self-hosted:product:metrics-server",
]
Provider = Literal["quay"]


class CredentialsOptions(TypedDict, total=False):
    """Options of credentials to be made."""

    scopes: ProductScope | list[ProductScope]
    """What may be fetched; `self-hosted:products`, everything, unless given."""
    provider: Provider
    """Who hands it out; `quay` unless given."""


class CredentialsCreation(Part, frozen=True):
    """Credentials to be made. Older clients say here what the query says today; the query counts."""

    comment: str | None = None
    scopes: list[str] | None = None
    provider: str | None = None


class CredentialsMember(Part, frozen=True):
    """Who made the credentials."""

    member_id: str
    email: str | None = None


class DistributionCredentials(Part, frozen=True):
    """What is known of a set of credentials."""

    distribution_credentials_id: str
    provider: str | None = None
    comment: str | None = None
    scopes: list[str] = field(default_factory=lambda: [])
    created: datetime | None = None


def _nobody() -> CredentialsMember:
    return CredentialsMember(member_id="")


def _nothing() -> DistributionCredentials:
    return DistributionCredentials(distribution_credentials_id="")


class CredentialsEntry(Part, frozen=True):
    """A set of credentials in the list of them, and who made it."""

    member: CredentialsMember = field(default_factory=_nobody)
    distribution_credentials: DistributionCredentials = field(default_factory=_nothing)


class CredentialsList(Reply, frozen=True):
    """The credentials of a project."""

    distribution_credentials: list[CredentialsEntry]


class Credentials(Reply, frozen=True):
    """A set of credentials, and who made it."""

    member: CredentialsMember = field(default_factory=_nobody)
    distribution_credentials: DistributionCredentials = field(default_factory=_nothing)
    message: str | None = None
    """What a service says beside it, or instead, when it has deleted them."""


_MANY = "/v1/projects/{project_id}/self-hosted/distribution/credentials"
_ONE = "/v1/projects/{project_id}/self-hosted/distribution/credentials/{distribution_credentials_id}"
_OLD_MANY, _OLD_ONE = (_MANY.replace("self-hosted", "onprem"),), (_ONE.replace("self-hosted", "onprem"),)

LIST_CREDENTIALS: Operation[NoOptions, CredentialsList] = Operation(
    name="list_credentials", method="GET", path=_MANY, query=NoOptions, returns=CredentialsList, aliases=_OLD_MANY
)
"""The credentials of a project."""

CREATE_CREDENTIALS: Operation[CredentialsOptions, Credentials] = Operation(
    name="create_credentials",
    method="POST",
    path=_MANY,
    query=CredentialsOptions,
    returns=Credentials,
    json=CredentialsCreation,
    aliases=_OLD_MANY,
)
"""Make credentials."""

GET_CREDENTIALS: Operation[NoOptions, Credentials] = Operation(
    name="get_credentials", method="GET", path=_ONE, query=NoOptions, returns=Credentials, aliases=_OLD_ONE
)
"""One set of credentials."""

DELETE_CREDENTIALS: Operation[NoOptions, Credentials] = Operation(
    name="delete_credentials", method="DELETE", path=_ONE, query=NoOptions, returns=Credentials, aliases=_OLD_ONE
)
"""Delete credentials."""
