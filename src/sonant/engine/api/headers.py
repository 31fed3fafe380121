"""Texts as the headers of an answer may hold them. Pure."""


def header_text(text: str, most: int | None = None) -> str:
    """A text in printable ASCII, cut to `most` characters; other signs are escaped as in Python's literals."""
    return "".join(map(_escape, text.replace("…", "...")))[:most].strip()


def _escape(sign: str) -> str:
    return sign if " " <= sign <= "~" else sign.encode("unicode_escape").decode()
