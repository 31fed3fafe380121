"""Credentials for fetching the service's own containers."""

from __future__ import annotations

from typing import Unpack

from sonant.client.arguments import make_body
from sonant.client.call import Call, CallExtras
from sonant.client.flavour import F, Namespace, operation
from sonant.contract.selfhosted import (
    CREATE_CREDENTIALS,
    DELETE_CREDENTIALS,
    GET_CREDENTIALS,
    LIST_CREDENTIALS,
    Credentials,
    CredentialsCreation,
    CredentialsList,
    CredentialsOptions,
)


class CredentialsArguments(CredentialsOptions, CallExtras, total=False):
    """What `create_credentials` takes beside the comment."""


class SelfHosted(Namespace[F]):
    """Credentials for fetching the service's own containers."""

    @operation
    def list_credentials(self, project_id: str, /, **extras: Unpack[CallExtras]) -> Call[CredentialsList]:
        """List the credentials of a project.

        Args:
            project_id: the project.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/self-hosted/distribution/credentials
        """
        return Call(LIST_CREDENTIALS, extras, ids={"project_id": project_id})

    @operation
    def get_credentials(
        self, project_id: str, credentials_id: str, /, **extras: Unpack[CallExtras]
    ) -> Call[Credentials]:
        """One set of credentials.

        Args:
            project_id: the project.
            credentials_id: the set's id.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or set.
            ApiError, TransportError: as everywhere.

        Spec: GET /v1/projects/{project_id}/self-hosted/distribution/credentials/{distribution_credentials_id}
        """
        return Call(GET_CREDENTIALS, extras, ids=_ids(project_id, credentials_id))

    @operation
    def create_credentials(
        self, project_id: str, /, *, comment: str | None = None, **options: Unpack[CredentialsArguments]
    ) -> Call[Credentials]:
        """Make a set of credentials.

        Args:
            project_id: the project.
            comment: what it is for.
            options: `scopes` and `provider`; and `extra_query`, `extra_headers`, `timeout`.

        Raises:
            UnknownOption, BadOptionValue: at once, before anything is sent.
            NotFound: there is no such project.
            ApiError, TransportError: as everywhere.

        Spec: POST /v1/projects/{project_id}/self-hosted/distribution/credentials
        """
        body = make_body(CredentialsCreation, comment=comment)
        return Call(CREATE_CREDENTIALS, options, ids={"project_id": project_id}, body=body)

    @operation
    def delete_credentials(
        self, project_id: str, credentials_id: str, /, **extras: Unpack[CallExtras]
    ) -> Call[Credentials]:
        """Delete a set of credentials; the reply is what it was, a message, or both.

        Args:
            project_id: the project.
            credentials_id: the set's id.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            NotFound: there is no such project or set.
            ApiError, TransportError: as everywhere.

        Spec: DELETE /v1/projects/{project_id}/self-hosted/distribution/credentials/{distribution_credentials_id}
        """
        return Call(DELETE_CREDENTIALS, extras, ids=_ids(project_id, credentials_id))


def _ids(project_id: str, credentials_id: str) -> dict[str, str]:
    return {"project_id": project_id, "distribution_credentials_id": credentials_id}
