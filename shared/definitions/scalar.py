"""What an unquoted YAML word means: the core schema of YAML 1.2, and nothing more.

No timestamps, no yes and no, no sexagesimal numbers: those words are texts.
"""

import re

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEAN = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_GO_BOOLEAN = {
    word: value
    for words, value in (("y yes on", True), ("n no off", False))
    for lower in words.split()
    for word in (lower, lower.capitalize(), lower.upper())
}
_GO_OCTAL = re.compile(r"[-+]?0[0-7]+")
_GO_BINARY = re.compile(r"[-+]?0b[01]+")
_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_NUMBER = 400

Scalar = str | int | float | bool | None


def plain_scalar(text: str) -> Scalar:
    """Return the value of an unquoted word; raises ValueError for a number JSON cannot hold."""
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if text[0] not in "0123456789+-.":
        return text
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a number that a definition can hold")
    return _number(text)


def _number(text: str) -> Scalar:
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    if _FLOAT.fullmatch(text):
        return finite(text)
    return text


def plain_scalar_as_in_go(text: str) -> Scalar:
    """Return what the reference tool's reader, which follows YAML 1.1, takes a word for."""
    if text in _GO_BOOLEAN:
        return _GO_BOOLEAN[text]
    digits = text.replace("_", "")
    if _GO_OCTAL.fullmatch(digits):
        return int(digits, 8)
    if _GO_BINARY.fullmatch(digits):
        return int(digits, 2)
    if digits != text and _INTEGER.fullmatch(digits):
        return plain_scalar(digits)
    return plain_scalar(text)


def finite(text: str) -> float:
    """Return a decimal number; raises ValueError when it is too large for one."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is too large for a number")
    return value
