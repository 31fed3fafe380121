"""Addresses as people read them out: `https://example.com/help` is "example dot com slash help"."""

import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote

_MAIL = re.compile(r"(?:mailto:)?([\w.+%-]{1,64})@([\w-]+(?:\.[\w-]+)+)", re.IGNORECASE)
_ENDINGS = (
    "com|org|net|edu|gov|mil|info|biz|app|dev|io|ai|co|me|tv|eu|uk|us|ca|au|nz|de|fr|es|it|nl|be|ch|at|se|no|dk|fi|pl|"
    "jp|cn|in|br|mx|ru|ie"
)
_URL = re.compile(
    rf"(?:(?:https?|ftp|wss?)://(?:www\.)?|www\.)(?P<full>[^\s<>\"']+)"
    rf"|(?<![\w.@/])(?P<bare>(?:[a-z0-9-]+\.)+(?:{_ENDINGS})(?:[/?][^\s<>\"']*)?)(?![\w@])",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?)]}'\"\u2026"
ENGLISH = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "+": "plus", "%": "percent", "~": "tilde", "@": "at",
    ":": "port", "?": "question mark", "=": "equals", "&": "and", "#": "hash",
}  # fmt: skip
"""The words for the signs of addresses."""
_SAID_AS_WORDS = frozenset("co me in it be so to is no at".split())
"""Endings of two letters that are read as a word."""
_MOST_PATH = 40
"""Characters of a path that are read out, with what follows it if that fits; a longer one is left out."""


def say_links(text: str, words: Mapping[str, str] = ENGLISH) -> str:
    """Text with its URLs and e-mail addresses in words."""
    if "@" in text:
        text = _MAIL.sub(partial(_say_mail, words), text)
    return _URL.sub(partial(_say_url, words), text) if "." in text or "://" in text else text


def _say_mail(words: Mapping[str, str], mail: re.Match[str]) -> str:
    return f"{_say_signs(words, mail[1])} {words['@']} {_say_host(words, mail[2])}"


def _say_url(words: Mapping[str, str], url: re.Match[str]) -> str:
    address: str = url["full"] or url["bare"]
    end = address[len(address.rstrip(_TRAILING)) :]
    address = address.rstrip(_TRAILING)
    place = re.split(r"[?#]", address, maxsplit=1)[0]
    host, slash, path = place.partition("/")
    host, colon, port = host.partition(":")
    path, query = path.strip("/"), unquote(address[len(place) :], errors="ignore")
    said = _say_host(words, host.rpartition("@")[2])
    if colon and port.isdigit():
        said += f" {words[':']} {' '.join(port)}"
    if slash and path and len(path) <= _MOST_PATH:
        said += f" {words['/']} {_say_signs(words, path)}"
    if len(query) > 1 and len(path) + len(query) <= _MOST_PATH:
        said += f" {_say_signs(words, query)}"
    return said + end


def _say_host(words: Mapping[str, str], host: str) -> str:
    *names, ending = host.split(".")
    spelled = len(ending) == 2 and ending.lower() not in _SAID_AS_WORDS
    parts = [*(_say_signs(words, name) for name in names), " ".join(ending.upper()) if spelled else ending]
    return f" {words['.']} ".join(parts)


def _say_signs(words: Mapping[str, str], text: str) -> str:
    parts: list[str] = re.findall(r"[^./_+%~?=&#-]+|[./_+%~?=&#-]", text)
    return " ".join(words.get(part, part) for part in parts)
