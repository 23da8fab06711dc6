"""Whether a predicate holds for one event. The naive meaning that counting must agree with."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from shared.domain.predicate import (
    And,
    Atom,
    Compare,
    Constant,
    Has,
    In,
    IsNumber,
    Not,
    Op,
    Or,
    Path,
    Predicate,
    TextOp,
    TextTest,
    Truth,
    Value,
)

_COMPARISON: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
}


def look_up(event: Mapping[str, object], path: Path) -> object:
    """Return the field that a path leads to; None when it is missing or null."""
    value: object = event
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def is_number(value: object) -> bool:
    """Whether a value is a JSON number; `true` is none."""
    return type(value) is int or type(value) is float


def holds(predicate: Predicate, event: Mapping[str, object]) -> bool:
    """Whether the event meets the predicate."""
    return holds_where(predicate, lambda path: look_up(event, path))


def holds_where(predicate: Predicate, value_of: Callable[[Path], object]) -> bool:
    """Whether an event meets the predicate, whose fields `value_of` gives."""
    match predicate:
        case Constant(value):
            return value
        case Not(part):
            return not holds_where(part, value_of)
        case And(parts):
            return all(holds_where(part, value_of) for part in parts)
        case Or(parts):
            return any(holds_where(part, value_of) for part in parts)
        case _:
            return meets(predicate, value_of(predicate.path))


def meets(atom: Atom, value: object) -> bool:
    """Whether the value of an atom's field meets it; a missing field has the value None."""
    match atom:
        case Compare(_, op, constant):
            return _compare(value, op, constant)
        case In(_, values):
            return any(_compare(value, Op.EQ, constant) for constant in values)
        case Has():
            return value is not None
        case IsNumber():
            return is_number(value)
        case Truth():
            return value is True
        case TextTest():
            return isinstance(value, str) and _finds(atom, value)


def _compare(value: object, op: Op, constant: Value) -> bool:
    if constant is None:
        return (op is Op.EQ and value is None) or (op is Op.NE and value is not None)
    if isinstance(constant, bool) or isinstance(value, bool):
        same_type = isinstance(constant, bool) and isinstance(value, bool)
    elif isinstance(constant, str):
        same_type = isinstance(value, str)
    else:
        same_type = is_number(value)
    return same_type and _COMPARISON[op](value, constant)


def _finds(test: TextTest, text: str) -> bool:
    match test.op:
        case TextOp.STARTS_WITH:
            return text.startswith(test.text)
        case TextOp.ENDS_WITH:
            return text.endswith(test.text)
        case TextOp.CONTAINS:
            return test.text in text
        case TextOp.MATCHES:
            return test.pattern is not None and test.pattern.search(text) is not None
