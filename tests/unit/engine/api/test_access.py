import pytest

from sonant.contract.faults import FOREIGN_CALLER, INVALID_AUTH
from sonant.engine.api.access import admit, check_neighbour, read_key
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings
from unit.engine.fakes import engine

OPEN, CLOSED = Settings(), Settings(api_keys=("right", "other"))


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Token k", "k"),
        ("token k", "k"),
        ("TOKEN k", "k"),
        ("Bearer k", ""),
        ("Basic k", ""),
        ("", ""),
        (None, ""),
        ("Token", ""),
        ("Token  k ", "k"),
    ],
)
def test_keys_in_headers(header: str | None, key: str) -> None:
    assert read_key(header) == key


@pytest.mark.parametrize("header", [None, "Token anything", "Bearer anything", "nonsense"])
def test_without_configured_keys_all_come_in(header: str | None) -> None:
    assert isinstance(admit(header, OPEN), str)


def test_with_configured_keys_only_those() -> None:
    assert admit("Token right", CLOSED) == admit("token right", CLOSED) != admit("Token other", CLOSED)
    for header in (None, "Bearer right", "Token wrong", "right", "Token ", "Token rightother"):
        with pytest.raises(Refusal) as caught:
            admit(header, CLOSED)
        assert caught.value.fault is INVALID_AUTH


def test_ids_do_not_give_the_key_away() -> None:
    assert "right" not in admit("Token right", CLOSED)
    assert admit(None, OPEN) == ""


@pytest.mark.parametrize("host", [None, "localhost", "localhost:8080", "127.0.0.1:1", "127.9.9.9", "[::1]:8080"])
@pytest.mark.parametrize("origin", [None, "http://localhost:3000", "https://127.0.0.1", "http://[::1]:5"])
def test_neighbours_come_in_without_a_key(host: str | None, origin: str | None) -> None:
    check_neighbour(host, origin, OPEN)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("rebound.example", None),
        ("rebound.example:8080", None),
        ("192.168.1.5", None),
        ("localhost.example", None),
        ("[", None),
        ("localhost", "https://page.example"),
        ("localhost", "null"),
        ("localhost", "http://localhost.example"),
    ],
)
def test_pages_of_others_do_not_come_in_without_a_key(host: str, origin: str | None) -> None:
    with pytest.raises(Refusal) as caught:
        check_neighbour(host, origin, OPEN)
    assert caught.value.fault is FOREIGN_CALLER
    check_neighbour(host, origin, CLOSED)


async def test_the_door_covers_every_path() -> None:
    async with engine() as door:
        for path in ("/v1/listen", "/v1/models", "/healthz", "/metrics", "/nowhere"):
            answer = await door.ask("GET", path, headers={"host": "rebound.example"})
            assert (answer.status, answer.json["err_code"]) == (403, "FOREIGN_CALLER")
            assert answer.headers["dg-request-id"] == answer.json["request_id"]
    async with engine(api_keys=("right",)) as door:
        assert (await door.ask("GET", "/healthz", headers={"host": "speech.example"})).status == 200
