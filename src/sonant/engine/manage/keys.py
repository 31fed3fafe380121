"""API keys: random, shown once, kept hashed."""

import secrets

from sqlalchemy import Connection, delete, insert, select

from sonant.contract.faults import (
    EXPIRY_PAST,
    EXPIRY_TWICE,
    INVALID_JSON,
    KEY_NOT_FOUND,
    ROLE_TOO_LOW,
    UNKNOWN_SCOPE,
)
from sonant.contract.manage.keys import ApiKey, KeyCreation, KeyDetails, KeyEntry, KeyList, KeyMember, KeyStatus, NewKey
from sonant.engine.manage.grants import Grant, new_id
from sonant.engine.manage.projects import check_room
from sonant.engine.manage.scopes import EVERYTHING, UnknownScopeError, expand
from sonant.engine.manage.secret import Secret
from sonant.engine.manage.times import DAY, SECOND, now, to_datetime, to_moment
from sonant.engine.refusals import Refusal
from sonant.engine.store.ports import Record, Wanted
from sonant.engine.store.schema import keys, members

KEY_LENGTH = 40
"""Hexadecimal digits of a key: 160 random bits."""
_LONGEST_COMMENT = 1_000
_LONGEST_TAG = 128
_LONGEST_LIFE = 100 * 365 * DAY
_MOST = 100
"""Scopes or tags of one key."""


def make_key(connection: Connection, secret: Secret, project_id: str, member_id: str, wish: KeyCreation) -> NewKey:
    """Make a key for a member, whoever asks.

    Raises:
        Refusal: the wish does not fit together.
    """
    _check(wish)
    check_room(connection, keys, project_id)
    created = now()
    expires = _expiry(wish, created)
    key = secrets.token_hex(KEY_LENGTH // 2)
    made = NewKey(
        api_key_id=new_id(),
        key=key,
        comment=wish.comment,
        scopes=wish.scopes,
        tags=wish.tags or [],
        created=to_datetime(created),
        expiration_date=to_datetime(expires),
    )
    connection.execute(
        insert(keys).values(
            api_key_id=made.api_key_id,
            project_id=project_id,
            member_id=member_id,
            digest=secret.digest(key),
            comment=made.comment,
            scopes=made.scopes,
            tags=made.tags,
            created=created,
            expires=expires,
        )
    )
    return made


def create_key(connection: Connection, secret: Secret, grant: Grant, wish: KeyCreation) -> NewKey:
    """Make a key for the caller, that may do no more than the caller.

    Raises:
        Refusal: the wish does not fit together, or goes beyond what the caller may.
    """
    _check(wish)
    if not expand(wish.scopes) <= grant.scopes:
        raise Refusal(ROLE_TOO_LOW)
    return make_key(connection, secret, grant.project_id, grant.member_id, wish)


def _check(wish: KeyCreation) -> None:
    if wish.expiration_date and wish.time_to_live_in_seconds:
        raise Refusal(EXPIRY_TWICE)
    trouble = ""
    if (wish.time_to_live_in_seconds or 0) * SECOND > _LONGEST_LIFE:
        trouble = "`time_to_live_in_seconds` is more than a hundred years"
    elif len(wish.comment) > _LONGEST_COMMENT:
        trouble = f"`comment` is longer than {_LONGEST_COMMENT} characters"
    elif len(wish.scopes) > _MOST or len(wish.tags or ()) > _MOST:
        trouble = f"there are more than {_MOST} scopes or tags"
    elif any(len(tag) > _LONGEST_TAG for tag in wish.tags or ()):
        trouble = f"a tag is longer than {_LONGEST_TAG} characters"
    if trouble:
        raise Refusal(INVALID_JSON, f"Json deserialize error: {trouble}")
    for scope in wish.scopes:
        try:
            expand([scope])
        except UnknownScopeError:
            raise Refusal(UNKNOWN_SCOPE, scope[:_LONGEST_TAG]) from None


def _expiry(wish: KeyCreation, created: int) -> int | None:
    if wish.time_to_live_in_seconds:
        return created + wish.time_to_live_in_seconds * SECOND
    if wish.expiration_date is None:
        return None
    expires = to_moment(wish.expiration_date)
    if expires <= created:
        raise Refusal(EXPIRY_PAST)
    return expires


def list_keys(connection: Connection, grant: Grant, status: KeyStatus | None = None) -> KeyList:
    """The keys that the caller may see, oldest first: its member's own, or all."""
    wanted = _visible(grant).order_by(keys.c.created, keys.c.api_key_id)
    if status == "active":
        wanted = wanted.where((keys.c.expires.is_(None)) | (keys.c.expires > now()))
    elif status == "expired":
        wanted = wanted.where(keys.c.expires <= now())
    return KeyList([KeyEntry(_member(row), _key(row)) for row in connection.execute(wanted)])


def get_key(connection: Connection, grant: Grant, key_id: str) -> KeyDetails:
    """One key.

    Raises:
        Refusal: the caller sees no such key.
    """
    row = _find(connection, grant, key_id)
    return KeyDetails(member=_member(row), api_key=_key(row))


def delete_key(connection: Connection, grant: Grant, key_id: str) -> None:
    """Delete a key.

    Raises:
        Refusal: the caller sees no such key, or it may do what the caller may not.
    """
    row = _find(connection, grant, key_id)
    if row.member_id != grant.member_id:
        grant.need(f"{row.role}s:write:kick")
    connection.execute(delete(keys).where(keys.c.api_key_id == row.api_key_id))


def describe(connection: Connection, grant: Grant) -> KeyDetails:
    """The caller's own key."""
    row = connection.execute(_select().where(keys.c.api_key_id == grant.key_id)).first()
    if row is None:
        raise Refusal(KEY_NOT_FOUND)
    return KeyDetails(member=_member(row), api_key=_key(row))


def _find(connection: Connection, grant: Grant, key_id: str) -> Record:
    row = connection.execute(_visible(grant).where(keys.c.api_key_id == key_id.lower())).first()
    if row is None:
        raise Refusal(KEY_NOT_FOUND)
    return row


def _select() -> Wanted:
    person = (members.c.email, members.c.first_name, members.c.last_name, members.c.role)
    return select(keys, *person).join(members, members.c.member_id == keys.c.member_id)


def _visible(grant: Grant) -> Wanted:
    """A member sees its own keys; who may see the members sees theirs too."""
    wanted = _select().where(keys.c.project_id == grant.project_id)
    return wanted if "members:read" in grant.scopes else wanted.where(keys.c.member_id == grant.member_id)


def _member(row: Record) -> KeyMember:
    return KeyMember(row.member_id, row.email, row.first_name or None, row.last_name or None)


def _key(row: Record) -> ApiKey:
    created, expires = to_datetime(row.created), to_datetime(row.expires)
    return ApiKey(row.api_key_id, row.comment, row.scopes, row.tags, created, expires)


def effective_scopes(names: list[str], role: str) -> frozenset[str]:
    """What a key may do: no more than its member. Names that a later version left out grant nothing."""
    return _known(names) & _known([role])


def _known(names: list[str]) -> frozenset[str]:
    granted: frozenset[str] = frozenset()
    for name in names:
        try:
            granted |= expand([name])
        except UnknownScopeError:
            continue
    return granted & EVERYTHING
