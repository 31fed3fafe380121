import pytest

from sonant.contract.faults import INVALID_AUTH
from sonant.engine.api.access import admit, read_key
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings

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
