"""Markup, which nobody wants to hear: tags of HTML and SSML, entities, the signs of Markdown, a terminal's colours."""

import html
import re

_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)|\x1b[@-Z^_]?"
)
OPEN_ESCAPE = r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b\x9c]*\x1b?)?|\x9b[0-?]*[ -/]*|\x9d[^\x07\x1b\x9c]*\x1b?"
"""An escape sequence that is not complete yet, as a regular expression."""
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
"""With its semicolon: `&copy=2` is a part of an address."""
_CODE = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(?:!--.*?--|(?P<end>/?)(?P<name>[A-Za-z][\w:-]*)(?:\s[^<>]*|/)?|[!?/][^<>]*)>", re.DOTALL)
_BREAKS = frozenset("br p div li ul ol tr table h1 h2 h3 h4 h5 h6 hr section article header footer s".split())
"""Tags that part what stands before them from what comes after."""

_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]\[]*)\]\([^()\s]*(?:\s\"[^\"]*\")?\)")
_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+\u2022][ \t]+|(?:[-*_=][ \t]*){3,}$)", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3}|~~|`{1,2})(?=\S)(.+?)(?<=\S)\1(?![\w*])", re.DOTALL)
_TABLE = re.compile(r"[ \t]*\|[ \t|:-]*")


def strip_tags(text: str) -> tuple[str, bool]:
    """Text without its tags and with its entities read, and whether there were tags."""
    found = bool(_TAG.search(text))
    if found:
        text = _TAG.sub(_replace, _CODE.sub(" ", text))
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text), found


def strip_escapes(text: str) -> str:
    """Text without the escape sequences by which terminals show colours and titles."""
    return _ESCAPE.sub("", text)


def _replace(tag: re.Match[str]) -> str:
    return "\n" if (tag["name"] or "").lower() in _BREAKS else ""


def strip_markdown(text: str) -> str:
    """Text without the signs of Markdown; a link is its words."""
    text = _FENCE.sub("\n", text)
    text = _LINK.sub(r"\1", text)
    text = _LINE_START.sub("", text)
    text = _EMPHASIS.sub(r"\2", text)
    return _TABLE.sub(", ", text).strip(", \t") if "|" in text else text
