"""The text form of a predicate: what `parse_query` would read as the same."""

from shared.domain.predicate import (
    And,
    Atom,
    Compare,
    Constant,
    Has,
    In,
    IsNumber,
    Not,
    Or,
    Path,
    Predicate,
    TextTest,
    Truth,
    Value,
)

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def write_query(predicate: Predicate) -> str:
    """Return a query with this meaning; that a field is a number is said in words."""
    match predicate:
        case Constant(value):
            return "true" if value else "false"
        case Not(Has(path)):
            return f"{_field(path)} == null"
        case Not(part):
            return f"!{_one(part)}" if isinstance(part, Has | Truth | TextTest) else _negated(part)
        case And(parts):
            return " && ".join(_one(part) for part in parts)
        case Or(parts):
            return " || ".join(_one(part) for part in parts)
        case _:
            return _atom(predicate)


def _negated(part: Predicate) -> str:
    return f"!({write_query(part)})"


def _one(part: Predicate) -> str:
    """Return a part in parentheses where it is a condition of several."""
    return f"({write_query(part)})" if isinstance(part, And | Or) else write_query(part)


def _atom(atom: Atom) -> str:
    match atom:
        case Compare(path, op, value):
            return f"{_field(path)} {op} {_literal(value)}"
        case In(path, values):
            return f"{_field(path)} in [{', '.join(_literal(value) for value in values)}]"
        case Has(path):
            return f"has({_field(path)})"
        case IsNumber(path):
            return f"{_field(path)} is a number"
        case TextTest(path, op, text):
            return f"{_field(path)}.{op}({_literal(text)})"
        case Truth(path):
            return _field(path)


def _field(path: Path) -> str:
    return ".".join(path)


def _literal(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "'" + "".join(_ESCAPES.get(char, char) for char in value) + "'"
        case _:
            return repr(value)
