"""The building blocks of the wire: operations, sockets, and what travels through them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Literal, TypedDict, TypeVar

import msgspec
from msgspec import Struct

Q = TypeVar("Q")
R = TypeVar("R")

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class NoOptions(TypedDict):
    """The options of an operation that has none."""


class Part(Struct, frozen=True, omit_defaults=True):
    """A piece of a JSON body. Fields without a default are always on the wire."""


class Leaf(Part, frozen=True, gc=False):
    """A part of numbers and strings, there by the thousand: the garbage collector need not visit it."""


class Reply(Part, frozen=True, dict=True):
    """A JSON body that a server sends. Beside its fields it keeps what arrived with them."""

    @property
    def raw(self) -> bytes:
        """The body as it arrived, undecoded; empty when the reply was made here."""
        raw: bytes = vars(self).get("raw", b"")
        return raw

    @property
    def oddities(self) -> tuple[str, ...]:
        """What did not fit the contract, one sentence each; such values are kept as they came."""
        oddities: tuple[str, ...] = vars(self).get("oddities", ())
        return oddities

    @property
    def headers(self) -> Mapping[str, str]:
        """The HTTP headers of the reply, names in lower case."""
        headers: Mapping[str, str] = vars(self).get("headers", NO_HEADERS)
        return headers

    @property
    def request_id(self) -> str | None:
        """The id to give to whoever runs the service."""
        return find_request_id(self.headers)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles keep what came with the fields."""
        return _restore, (type(self), msgspec.structs.astuple(self), dict(vars(self)))


def _restore(kind: type[Reply], fields: tuple[Any, ...], facts: dict[str, Any]) -> Reply:
    reply = kind(*fields)
    attach(reply, **facts)
    return reply


class Confidential(Reply, frozen=True):
    """A reply with a secret in it, which is read by its name and not shown by repr, nor by rich."""

    hidden: ClassVar[frozenset[str]] = frozenset()

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The fields and their values, but for what is hidden."""
        names = [field.name for field in fields_of(type(self))]
        return [(name, "..." if name in self.hidden else getattr(self, name)) for name in names]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"


class Done(Reply, frozen=True):
    """What is told where a thing was done and there is nothing to give; some services then send nothing at all."""

    message: str | None = None


class Message(Struct, frozen=True, omit_defaults=True, tag_field="type", tag=True):
    """One WebSocket payload in JSON, told apart by its `type`."""


class Event(Message, frozen=True, dict=True):
    """A message that a server sends. Beside its fields it keeps what the session noted when it came."""

    @property
    def connection(self) -> int:
        """Which connection of the session brought it, from 0."""
        number: int = vars(self).get("connection", 0)
        return number

    @property
    def sent_at(self) -> float | None:
        """When the last audio it is about was sent, as `time.monotonic()`; None if that is not known."""
        moment: float | None = vars(self).get("sent_at")
        return moment

    @property
    def arrived_at(self) -> float | None:
        """When it arrived, as `time.monotonic()`."""
        moment: float | None = vars(self).get("arrived_at")
        return moment


class Operation(Struct, Generic[Q, R], frozen=True):
    """One REST call: what it is named, where it goes, what may be asked and what comes back."""

    name: str
    method: Method
    path: str
    """With `{name}` where an id stands."""
    query: type[Q]
    """A TypedDict: the options that travel in the query string."""
    returns: type[R]
    """The Struct of a JSON answer; bytes where it is audio."""
    json: type | None = None
    """The Struct of a JSON request body, where there may be one; without required fields, the body may be left out."""
    media: bool = False
    """Whether the request body may be audio, any container or codec."""
    text: bool = False
    """Whether the request body may be plain text."""
    strict_query: bool = False
    """Whether an unknown query parameter is refused (contract of `/v1/read` and of v2) or ignored."""
    aliases: tuple[str, ...] = ()
    """Other paths that lead to the same, for older clients."""


class Socket(Struct, Generic[Q], frozen=True):
    """One WebSocket conversation: where it goes, what may be asked, what each side says."""

    name: str
    path: str
    query: type[Q]
    says: Any
    """The union of the client's messages."""
    hears: Any
    """The union of the server's messages."""
    strict_query: bool = False
    says_audio: bool = False
    """Whether the client's binary messages are audio; else it has none."""
    hears_audio: bool = False
    """Whether the server's are."""


def attach(reply: Reply, **facts: Any) -> None:
    """Note beside a reply's fields what arrived with it (`raw`, `oddities`, `headers`)."""
    vars(reply).update(facts)


def find_request_id(headers: Mapping[str, str]) -> str | None:
    """The id of a request in the headers of its answer, names in lower case."""
    return headers.get("dg-request-id") or headers.get("x-dg-request-id") or None


def fill_path(path: str, ids: Mapping[str, str]) -> str:
    """Put ids into a path template, percent-encoded.

    Raises:
        ValueError: an id is empty, or one the template needs is missing.
    """
    if "{" not in path:
        return path
    from urllib.parse import quote

    for name, value in ids.items():
        if not value:
            raise ValueError(f"{name} is empty")
        if value in {".", ".."}:
            raise ValueError(f"{name} is {value!r}, which is no id")
        path = path.replace("{" + name + "}", quote(value, safe=""))
    if "{" in path:
        raise ValueError(f"{path} still lacks an id")
    return path


def fields_of(struct: type) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The wire fields of a Struct: names as encoded, types, defaults."""
    return msgspec.structs.fields(struct)
