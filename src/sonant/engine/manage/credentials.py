"""Distribution credentials: for fetching containers. Here they are records."""

from sqlalchemy import Connection, delete, insert, select

from sonant.contract.faults import CREDENTIALS_NOT_FOUND, INVALID_JSON, UNKNOWN_SCOPE
from sonant.contract.selfhosted import (
    Credentials,
    CredentialsCreation,
    CredentialsEntry,
    CredentialsList,
    CredentialsMember,
    CredentialsOptions,
    DistributionCredentials,
)
from sonant.engine.manage.grants import Grant, new_id
from sonant.engine.manage.projects import check_room
from sonant.engine.manage.scopes import PRODUCTS
from sonant.engine.manage.times import now, to_datetime
from sonant.engine.refusals import Refusal
from sonant.engine.store.ports import Record, Wanted
from sonant.engine.store.schema import credentials, members

_ALL_PRODUCTS = "self-hosted:products"
_PROVIDER = "quay"
_LONGEST_COMMENT = 1_000


def list_credentials(connection: Connection, grant: Grant) -> CredentialsList:
    """The credentials of a project, oldest first."""
    rows = connection.execute(_select(grant).order_by(credentials.c.created, credentials.c.credentials_id))
    return CredentialsList([CredentialsEntry(*_show(row)) for row in rows])


def get_credentials(connection: Connection, grant: Grant, credentials_id: str) -> Credentials:
    """One set of credentials.

    Raises:
        Refusal: there is none such.
    """
    return Credentials(*_show(_find(connection, grant, credentials_id)))


def create_credentials(
    connection: Connection, grant: Grant, options: CredentialsOptions, wish: CredentialsCreation
) -> Credentials:
    """Make credentials; the query counts before the body.

    Raises:
        Refusal: a scope or the provider is none.
    """
    asked = options.get("scopes") or wish.scopes or [_ALL_PRODUCTS]
    scopes: list[str] = [asked] if isinstance(asked, str) else [*asked]
    provider = options.get("provider") or wish.provider or _PROVIDER
    _check(scopes, provider, wish.comment or "")
    check_room(connection, credentials, grant.project_id)
    credentials_id = new_id()
    connection.execute(
        insert(credentials).values(
            credentials_id=credentials_id,
            project_id=grant.project_id,
            member_id=grant.member_id,
            provider=provider,
            comment=wish.comment,
            scopes=scopes,
            created=now(),
        )
    )
    return get_credentials(connection, grant, credentials_id)


def delete_credentials(connection: Connection, grant: Grant, credentials_id: str) -> Credentials:
    """Delete credentials; returns what they were.

    Raises:
        Refusal: there are none such.
    """
    row = _find(connection, grant, credentials_id)
    connection.execute(delete(credentials).where(credentials.c.credentials_id == row.credentials_id))
    return Credentials(*_show(row), message="Successfully deleted distribution credentials.")


def _check(scopes: list[str], provider: str, comment: str) -> None:
    if strange := [scope for scope in scopes if scope not in PRODUCTS]:
        raise Refusal(UNKNOWN_SCOPE, strange[0][:100])
    trouble = ""
    if provider != _PROVIDER:
        trouble = f"`provider` is `{_PROVIDER}`"
    elif len(comment) > _LONGEST_COMMENT:
        trouble = f"`comment` is longer than {_LONGEST_COMMENT} characters"
    if trouble:
        raise Refusal(INVALID_JSON, f"Json deserialize error: {trouble}")


def _select(grant: Grant) -> Wanted:
    joined = select(credentials, members.c.email).join(members, members.c.member_id == credentials.c.member_id)
    return joined.where(credentials.c.project_id == grant.project_id)


def _find(connection: Connection, grant: Grant, credentials_id: str) -> Record:
    wanted = _select(grant).where(credentials.c.credentials_id == credentials_id.lower())
    row = connection.execute(wanted).first()
    if row is None:
        raise Refusal(CREDENTIALS_NOT_FOUND)
    return row


def _show(row: Record) -> tuple[CredentialsMember, DistributionCredentials]:
    made = DistributionCredentials(row.credentials_id, row.provider, row.comment, row.scopes, to_datetime(row.created))
    return CredentialsMember(row.member_id, row.email), made
