"""Who is asking: the key of a request. The accounts of a later version take this module's place."""

import hmac
from urllib.parse import urlsplit
from uuid import NAMESPACE_OID, uuid5

from sonant.contract.faults import FOREIGN_CALLER, INVALID_AUTH
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings, is_loopback


def admit(authorization: str | None, settings: Settings) -> str:
    """The id of the caller's key, which does not give the key away; empty for a caller without one.

    Without configured keys every caller is let in: the engine then listens on loopback only.

    Raises:
        Refusal: keys are configured, and the caller's is none of them.
    """
    key = read_key(authorization)
    if settings.api_keys and not _is_known(key, settings.api_keys):
        raise Refusal(INVALID_AUTH)
    return str(uuid5(NAMESPACE_OID, key)) if key else ""


def check_neighbour(host: str | None, origin: str | None, settings: Settings) -> None:
    """See that a caller without a key calls from this machine on purpose.

    Pages of other sites run in browsers on this machine too: their Origin tells, or the Host of a name that was made
    to lead here. Where keys are configured, those decide.

    Raises:
        Refusal: Host or Origin is not this machine.
    """
    if settings.api_keys:
        return
    if (host and not _is_here(f"//{host}")) or (origin and not _is_here(origin)):
        raise Refusal(FOREIGN_CALLER)


def _is_here(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def read_key(authorization: str | None) -> str:
    """The key in an Authorization header: `Token KEY`; empty if there is none. `Bearer` is for temporary tokens."""
    scheme, _, key = (authorization or "").strip().partition(" ")
    return key.strip() if scheme.lower() == "token" else ""


def _is_known(key: str, keys: tuple[str, ...]) -> bool:
    """Compare with each key, always taking the same time."""
    return bool(sum(hmac.compare_digest(key.encode(), known.encode()) for known in keys))
