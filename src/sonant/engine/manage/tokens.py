"""Temporary tokens: JWTs that a key signs over to a browser for a while."""

import time
from typing import Any

import jwt

from sonant.contract.auth import AccessToken
from sonant.contract.faults import FORBIDDEN, INVALID_AUTH
from sonant.engine.manage.grants import Grant, new_id
from sonant.engine.manage.scopes import ROLES, VOICE
from sonant.engine.manage.secret import Secret
from sonant.engine.refusals import Refusal

TTL = 30.0
"""Seconds that a token is good for, unless asked otherwise."""
_ISSUER = "sonant"
_LONGEST = 4_096


def mint(secret: Secret, grant: Grant, ttl: float | None) -> AccessToken:
    """A token that opens what needs `usage:write`, and ends with its key.

    Raises:
        Refusal: the caller's key is weaker than a member's.
    """
    if not ROLES["member"] <= grant.scopes:
        raise Refusal(FORBIDDEN)
    seconds = TTL if ttl is None else ttl
    began = time.time()
    claims = {
        "iss": _ISSUER,
        "sub": grant.key_id,
        "project": grant.project_id,
        "scopes": [VOICE],
        "iat": began,
        "exp": began + seconds,
        "jti": new_id(),
    }
    return AccessToken(jwt.encode(claims, secret.signing, algorithm="HS256"), seconds)


def read_token(secret: Secret, token: str) -> str:
    """The id of the key that a token stands for.

    Raises:
        Refusal: it is none of ours, or its time is over.
    """
    if len(token) > _LONGEST:
        raise Refusal(INVALID_AUTH)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            secret.signing,
            algorithms=["HS256"],
            issuer=_ISSUER,
            options={"require": ["exp", "iat", "sub"], "verify_iat": False},
        )
    except jwt.InvalidTokenError:
        raise Refusal(INVALID_AUTH) from None
    return str(claims["sub"])
