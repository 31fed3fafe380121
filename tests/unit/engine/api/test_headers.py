"""What headers can hold."""

import pytest

from sonant.engine.api.headers import header_text


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Not found.", "Not found."),
        (r"C:\a 'b'", r"C:\a 'b'"),
        ("'xxx… is too long", "'xxx... is too long"),
        ("日本 é", r"\u65e5\u672c \xe9"),
        ("a\r\nb\0\x7f", r"a\r\nb\x00\x7f"),
        ("\ud800", r"\ud800"),
        (" a\n", r"a\n"),
        ("", ""),
    ],
)
def test_any_text_can_stand_in_a_header(text: str, header: str) -> None:
    assert header_text(text) == header


def test_what_is_long_is_cut_as_it_is_written() -> None:
    assert header_text("日" * 300, 200) == (r"\u65e5" * 34)[:200]
