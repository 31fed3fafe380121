"""API keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Unpack

from sonant.client.arguments import make_body
from sonant.client.call import Call, CallExtras
from sonant.client.errors import BadOptionValue
from sonant.client.flavour import F, Namespace, operation
from sonant.contract.auth import GET_TOKEN_DETAILS, TokenDetails
from sonant.contract.manage.keys import (
    CREATE_KEY,
    DELETE_KEY,
    GET_KEY,
    LIST_KEYS,
    KeyCreation,
    KeyDetails,
    KeyList,
    KeyListOptions,
    NewKey,
)
from sonant.contract.wire import Done


class KeyListArguments(KeyListOptions, CallExtras, total=False):
    """What `get_project_keys` takes."""


class Keys(Namespace[F]):
    """API keys."""

    @operation
    def get_token_details(self, **extras: Unpack[CallExtras]) -> Call[TokenDetails]:
        """What the caller's own key is: its id, its scopes, whose it is.

        Args:
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            Unauthorized: the key is not good.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/auth/token
        """
        return Call(GET_TOKEN_DETAILS, extras)

    @operation
    def get_project_keys(self, project_id: str, /, **options: Unpack[KeyListArguments]) -> Call[KeyList]:
        """List the keys of a project.

        Args:
            project_id: the project.
            options: `status`, `active` or `expired`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/keys
        """
        return Call(LIST_KEYS, options, ids={"project_id": project_id})

    @operation
    def get_project_key(self, project_id: str, key_id: str, /, **extras: Unpack[CallExtras]) -> Call[KeyDetails]:
        """One key, without the key itself.

        Args:
            project_id: the project.
            key_id: the key's id, not the key itself.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or key.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/keys/{key_id}
        """
        return Call(GET_KEY, extras, ids={"project_id": project_id, "key_id": key_id})

    @operation
    def create_project_key(
        self,
        project_id: str,
        /,
        *,
        comment: str,
        scopes: str | Sequence[str],
        tags: str | Sequence[str] | None = None,
        expiration_date: datetime | date | str | None = None,
        time_to_live_in_seconds: int | None = None,
        **extras: Unpack[CallExtras],
    ) -> Call[NewKey]:
        """Make a key. The reply's `key` is the only place that ever shows it.

        Args:
            project_id: the project.
            comment: what it is for.
            scopes: what it may do: a role (`owner`, `admin`, `member`), or scopes such as `usage:read`.
            tags: tags for its requests.
            expiration_date: when it ceases to be good, with its zone; a date is its beginning in UTC.
            time_to_live_in_seconds: for how long it is good instead.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadOptionValue: at once, a value does not fit, or both ways to expire are given.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: POST /v1/projects/{project_id}/keys
        """
        body = make_body(
            KeyCreation,
            comment=comment,
            scopes=[scopes] if isinstance(scopes, str) else scopes,
            tags=[tags] if isinstance(tags, str) else tags,
            expiration_date=_moment(expiration_date),
            time_to_live_in_seconds=time_to_live_in_seconds,
        )
        return Call(CREATE_KEY, extras, ids={"project_id": project_id}, body=_check_expiry(body))

    @operation
    def delete_project_key(self, project_id: str, key_id: str, /, **extras: Unpack[CallExtras]) -> Call[Done]:
        """Delete a key; what uses it is shut out.

        Args:
            project_id: the project.
            key_id: the key's id, not the key itself.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or key.
            ApiError, TransportError: as everywhere.

        Spec: DELETE /v1/projects/{project_id}/keys/{key_id}
        """
        return Call(DELETE_KEY, extras, ids={"project_id": project_id, "key_id": key_id})


def _moment(given: datetime | date | str | None) -> datetime | str | None:
    if isinstance(given, date) and not isinstance(given, datetime):
        return datetime.combine(given, time(), UTC)
    return given


def _check_expiry(key: KeyCreation) -> KeyCreation:
    if key.expiration_date and key.time_to_live_in_seconds:
        raise BadOptionValue("expiration_date: time_to_live_in_seconds is given, too; a key expires in one way.")
    if key.expiration_date and key.expiration_date.tzinfo is None:
        raise BadOptionValue("expiration_date: it has no time zone; a time here is not the same time there.")
    return key
