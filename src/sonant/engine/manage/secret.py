"""The secret of an installation: keys are hashed and tokens are signed with it. It is a file beside the database."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, insert, select

from sonant.engine.store.ports import DatabaseError
from sonant.engine.store.schema import facts

FILE = "secret"
_SIZE = 32
_FACT = "secret_fingerprint"


class Secret:
    """What only this installation knows; repr does not show it."""

    def __init__(self, raw: bytes) -> None:
        self._keys = _derive(raw, "keys")
        self.signing = _derive(raw, "tokens")
        self.fingerprint = _derive(raw, "fingerprint").hex()

    def digest(self, key: str) -> str:
        """What is kept of a key. Keys are long and random, so a fast hash is as good as a slow one."""
        return hmac.digest(self._keys, key.encode(), "sha256").hex()


def _derive(raw: bytes, purpose: str) -> bytes:
    return hmac.digest(raw, f"sonant {purpose}".encode(), hashlib.sha256)


def read_secret(folder: Path) -> Secret:
    """The secret of a data folder, made the first time; only its owner can read the file.

    Raises:
        DatabaseError: the file cannot be read, or has been cut short.
    """
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
        raw = path.read_bytes()
    except OSError as error:
        raise DatabaseError(f"{path}: {error.strerror}; the engine must be able to read and write it") from None
    if len(raw) != _SIZE:
        raise DatabaseError(f"{path} is damaged; put the file back from a backup: without it no key is known")
    return Secret(raw)


def _make(path: Path) -> None:
    """Write the file whole or not at all, and never over another."""
    if path.exists():
        return
    fresh = path.with_name(f"{FILE}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_SIZE))
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()


def check_secret(connection: Connection, secret: Secret, place: str) -> None:
    """See that a database goes with this secret; a new database takes it.

    Raises:
        DatabaseError: its keys were hashed with another.
    """
    known = connection.execute(select(facts.c.value).where(facts.c.name == _FACT)).scalar()
    if known is None:
        connection.execute(insert(facts).values(name=_FACT, value=secret.fingerprint))
    elif not hmac.compare_digest(str(known), secret.fingerprint):
        raise DatabaseError(
            f"{place} goes with another secret: copy the file `{FILE}` of its data folder into this one"
        )
