"""Who is asking, and whether they may: the one place where every operation and socket is checked.

An engine without a data folder knows the keys of its settings, if any. With one it knows projects: a key belongs to one
of them, and of the others it learns nothing, not even whether they exist.
"""

import hmac
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import NAMESPACE_OID, UUID, uuid5

from msgspec.structs import replace

from sonant.contract.faults import (
    BAD_UUID,
    FOREIGN_CALLER,
    INVALID_AUTH,
    NOT_MANAGED,
    PROJECT_NOT_FOUND,
    ROLE_TOO_LOW,
)
from sonant.engine.api.brake import Brake
from sonant.engine.api.rules import Rule
from sonant.engine.manage.grants import Grant
from sonant.engine.manage.scopes import VOICE
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings, is_loopback

if TYPE_CHECKING:
    from sonant.engine.manage.accounts import Accounts
    from sonant.engine.manage.keyring import Entry

_KEY_LENGTH = 40
_HEXADECIMAL = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Asker:
    """What a request shows of its caller."""

    authorization: str | None
    address: str
    """Where it comes from."""
    project_id: str | None = None
    """The project in its path."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who was let in."""

    key_id: str = ""
    """Does not give the key away; empty for a caller without one."""
    grant: Grant | None = None
    """What it may do; None in an engine without projects."""
    entry: "Entry | None" = None


class Access:
    """Lets callers in, or raises a Refusal."""

    def __init__(self, settings: Settings, accounts: "Accounts | None") -> None:
        self._settings, self._accounts = settings, accounts
        self._brake = Brake()

    async def let_in(self, rule: Rule, asker: Asker) -> Caller:
        """Check a caller against a rule.

        Raises:
            Refusal: it is not known, or may not, or asks for what is not its own.
        """
        if rule.public:
            return Caller()
        if self._accounts is None:
            caller = await self.let_operator_in(asker)
            if rule.managed:
                raise Refusal(NOT_MANAGED)
            return caller
        caller = await self._slowly(asker, _identify(self._accounts, asker.authorization, tokens=rule.tokens))
        grant = caller.grant
        if asker.project_id is not None and (grant is None or read_project(asker.project_id) != grant.project_id):
            raise Refusal(PROJECT_NOT_FOUND)
        if rule.scope and grant:
            grant.need(rule.scope)
        return caller

    async def let_operator_in(self, asker: Asker) -> Caller:
        """Check a caller against the keys of the settings.

        Raises:
            Refusal: it has none of them.
        """
        return await self._slowly(asker, _recognize(asker.authorization, self._settings))

    async def _slowly(self, asker: Asker, finding: Awaitable[Caller]) -> Caller:
        """Who it is; the wrong keys of one address are answered more and more slowly."""
        try:
            return await finding
        except Refusal as refusal:
            if refusal.fault is INVALID_AUTH:
                await self._brake.press(asker.address)
            raise


async def _recognize(authorization: str | None, settings: Settings) -> Caller:
    return Caller(admit(authorization, settings))


async def _identify(accounts: "Accounts", authorization: str | None, *, tokens: bool) -> Caller:
    if token := _read(authorization, "bearer"):
        from sonant.engine.manage.tokens import read_token

        entry = await accounts.keyring.find(key_id=read_token(accounts.secret, token))
        if entry and entry.grant and not tokens:
            raise Refusal(ROLE_TOO_LOW)
        allowed = frozenset({VOICE})
    else:
        key = read_key(authorization)
        sound = len(key) == _KEY_LENGTH and _HEXADECIMAL.issuperset(key)
        entry = await accounts.keyring.find(digest=accounts.secret.digest(key)) if sound else None
        allowed = None
    if entry is None or entry.grant is None:
        raise Refusal(INVALID_AUTH)
    grant = entry.grant if allowed is None else replace(entry.grant, scopes=entry.grant.scopes & allowed)
    return Caller(grant.key_id, grant, entry)


def read_project(text: str) -> str:
    """A project's id, as it is kept.

    Raises:
        Refusal: it is no UUID; the answer says where, as the service's does.
    """
    try:
        return str(UUID(text))
    except ValueError:
        raise Refusal(BAD_UUID, _find_flaw(text)) from None


def _find_flaw(text: str) -> str:
    for place, character in enumerate(text, 1):
        if character.lower() not in _HEXADECIMAL and character != "-":
            expected = "expected an optional prefix of `urn:uuid:` followed by [0-9a-zA-Z]"
            return f"invalid character: {expected}, found `{character}` at {place}"
    return f"invalid length: expected length 32 for simple format, found {len(text.replace('-', ''))}"


def admit(authorization: str | None, settings: Settings) -> str:
    """The id of a key of the settings, which does not give the key away; empty for a caller without one.

    Without configured keys every caller is let in: the engine then listens on loopback only.

    Raises:
        Refusal: keys are configured, and the caller's is none of them.
    """
    key = read_key(authorization)
    if settings.has_keys and not _is_known(key, settings.api_keys):
        raise Refusal(INVALID_AUTH)
    return str(uuid5(NAMESPACE_OID, key)) if key else ""


def check_neighbour(host: str | None, origin: str | None, settings: Settings) -> None:
    """See that a caller without a key calls from this machine on purpose.

    Pages of other sites run in browsers on this machine too: their Origin tells, or the Host of a name that was made
    to lead here. Where keys are configured, those decide.

    Raises:
        Refusal: Host or Origin is not this machine.
    """
    if settings.has_keys:
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
    return _read(authorization, "token")


def _read(authorization: str | None, wanted: str) -> str:
    scheme, _, value = (authorization or "").strip().partition(" ")
    return value.strip() if scheme.lower() == wanted else ""


def _is_known(key: str, keys: tuple[str, ...]) -> bool:
    """Compare with each key, always taking the same time."""
    return bool(sum(hmac.compare_digest(key.encode(), known.encode()) for known in keys))
