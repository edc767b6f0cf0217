"""Characters written as escapes (%6B, &#107;, \\u006b, \\x6b, U+006B), read as characters."""

import html
import re
from typing import Final
from urllib.parse import unquote

_PERCENT: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?")
_CODE: Final = re.compile(
    r"(?:\\u\{|\\x\{|\\[uxU]|U\+|%u)(?:(?<=\\x)[0-9A-Fa-f]{2}|(?<=\\U)[0-9A-Fa-f]{8}"
    r"|(?<=\\u|U\+|%u)[0-9A-Fa-f]{4}|(?<=\{)[0-9A-Fa-f]{1,6}\})"
)
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def read(text: str) -> str:
    """The text with every escape as the character it stands for."""
    if "\\" in text or "+" in text or "%u" in text:
        text = _PAIR.sub(_joined, _CODE.sub(_character, text))
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)
    if "%" in text:
        text = _PERCENT.sub(lambda escape: unquote(escape.group(), errors="replace"), text)
    return text


def _character(escape: re.Match[str]) -> str:
    digits = re.sub(r"\A(?:\\u\{|\\x\{|\\[uxU]|U\+|%u)|\}\Z", "", escape.group())
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF else escape.group()


def _joined(pair: re.Match[str]) -> str:
    return pair.group().encode("utf-16", "surrogatepass").decode("utf-16")
