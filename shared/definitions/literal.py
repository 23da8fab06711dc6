"""Constants inside queries: what a CEL string or number stands for."""

import math
import re

_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "`": "`",
    "?": "?",
}
_ESCAPE = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[xX]([0-9a-fA-F]{2})|([0-3][0-7]{2})|(.))", re.DOTALL
)


class BadLiteral(ValueError):
    """A constant cannot be read; `at` counts characters from its beginning."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def read_string(token: str) -> str:
    """Return the text that a quoted string stands for."""
    if token[0] in "rR":
        return token[2:-1]
    return _ESCAPE.sub(_unescape, token[:-1])[1:]


def _unescape(match: re.Match[str]) -> str:
    short, long, byte, octal, simple = match.groups()
    if simple is not None:
        if simple not in _SIMPLE:
            raise BadLiteral(
                f"unknown escape \\{simple}: write \\\\{simple} for a backslash, "
                "or r'...' around the whole string",
                match.start(),
            )
        return _SIMPLE[simple]
    code = int(octal, 8) if octal is not None else int(short or long or byte, 16)
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        raise BadLiteral(f"{match.group()} is not a character", match.start())
    return chr(code)


def read_number(token: str) -> int | float:
    """Return the number that a token stands for; it keeps being whole or not."""
    if "x" in token or "X" in token:
        return int(token, 16)
    if token.lstrip("-").isdigit():
        return int(token)
    number = float(token)
    if math.isinf(number):
        raise BadLiteral("the number is too large", 0)
    return number
