"""Temporary tokens."""

from __future__ import annotations

from typing import Unpack

from sonant.client.arguments import make_body
from sonant.client.call import Call, CallExtras
from sonant.client.flavour import F, Namespace, operation
from sonant.contract.auth import GRANT_TOKEN, AccessToken, Grant


class Auth(Namespace[F]):
    """Temporary tokens."""

    @operation
    def grant_token(self, *, ttl_seconds: float | None = None, **extras: Unpack[CallExtras]) -> Call[AccessToken]:
        """A token that opens the voice and reading APIs for a while, for browsers and the like.

        It has to be good only while a request or a stream begins. Give it to a client as `access_token=`.

        Args:
            ttl_seconds: for how long it is good, 1 to 3600; 30 unless given.
            extras: `extra_query`, `extra_headers`, `timeout`.

        Raises:
            BadOptionValue: at once, a value does not fit.
            Forbidden: the key may grant none.
            ApiError, TransportError: as everywhere.

        Spec: POST /v1/auth/grant
        """
        return Call(GRANT_TOKEN, extras, body=make_body(Grant, ttl_seconds=ttl_seconds))
