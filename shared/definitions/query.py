"""Queries: the text form of a predicate, a subset of CEL.

`service == 'checkout' && (status < 500 || has(error.code))`. The syntax is `query_syntax`'s; the
meaning is in `shared.domain.evaluate`.
"""

import re2
from lark import Token, Tree

from shared.definitions.literal import BadLiteral, read_number, read_string
from shared.definitions.query_syntax import syntax_tree
from shared.domain.errors import QueryError
from shared.domain.predicate import (
    And,
    Compare,
    Constant,
    Has,
    In,
    Not,
    Op,
    Or,
    Path,
    Pattern,
    Predicate,
    TextOp,
    TextTest,
    Truth,
    Value,
)

MAX_DEPTH = 32  # parentheses and `!` inside each other

_FLIPPED = {Op.LT: Op.GT, Op.LE: Op.GE, Op.GT: Op.LT, Op.GE: Op.LE, Op.EQ: Op.EQ, Op.NE: Op.NE}
_LITERALS = frozenset({"string", "number", "true", "false", "null"})
_METHODS = tuple(op.value for op in TextOp)


def parse_query(text: str) -> Predicate:
    """Return what a query means, or raise QueryError pointing at what is wrong in it."""
    return _Reading(text).condition(syntax_tree(text), 0)


class _Reading:
    """Turns the syntax tree of one query into a predicate."""

    def __init__(self, text: str) -> None:
        self._text = text

    def condition(self, tree: Tree[Token], depth: int) -> Predicate:
        """Return a part that is true or false."""
        if depth > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels", tree)
        match tree.data:
            case "or_":
                return Or(self._conditions(tree, depth + 1))
            case "and_":
                return And(self._conditions(tree, depth + 1))
            case "negate":
                return Not(*self._conditions(tree, depth + 1))
            case _:
                return self._atom(tree)

    def _conditions(self, tree: Tree[Token], depth: int) -> tuple[Predicate, ...]:
        return tuple(self.condition(_tree(part), depth) for part in tree.children)

    def _atom(self, tree: Tree[Token]) -> Predicate:
        match tree.data:
            case "compare":
                return self._compare(tree)
            case "member":
                return self._member(tree)
            case "function":
                return self._function(tree)
            case "method":
                return self._method(tree)
            case "path":
                return Truth(_path(tree))
            case "true" | "false":
                return Constant(tree.data == "true")
        raise self._error("a constant alone is not a condition: compare a field with it", tree)

    def _compare(self, tree: Tree[Token]) -> Predicate:
        left, right = _tree(tree.children[0]), _tree(tree.children[2])
        op = Op(str(tree.children[1]))
        if left.data in _LITERALS and right.data == "path":
            left, op, right = right, _FLIPPED[op], left
        self._must_be_operands(left, right)
        path, value = _path(left), self._value(right)
        if value is None and op in (Op.EQ, Op.NE):
            return Has(path) if op is Op.NE else Not(Has(path))
        if op not in (Op.EQ, Op.NE) and (value is None or isinstance(value, bool)):
            raise self._error(f"`{op}` compares numbers or strings, not {right.data}", right)
        return Compare(path, op, value)

    def _must_be_operands(self, left: Tree[Token], right: Tree[Token]) -> None:
        for side in (left, right):
            if side.data == "negate":
                raise self._error("`!` binds tighter than a comparison: write `!(a == b)`", side)
            if side.data not in _LITERALS and side.data != "path":
                raise self._error("only a field can be compared, and only with a constant", side)
        if left.data == right.data == "path":
            raise self._error(
                "two fields cannot be compared with each other: events are counted by classes, "
                "which only comparisons with constants make; let the service that writes the "
                "event compare them and add the result as a field",
                right,
            )
        if left.data != "path":
            raise self._error("two constants are compared; a field is written without quotes", left)

    def _member(self, tree: Tree[Token]) -> Predicate:
        left, right = _tree(tree.children[0]), _tree(tree.children[1])
        if left.data != "path":
            raise self._error(
                "`in` wants a field on its left and a list of constants after it", left
            )
        return In(_path(left), tuple(self._value(_tree(item)) for item in right.children))

    def _function(self, tree: Tree[Token]) -> Predicate:
        name, argument = str(tree.children[0]), _tree(tree.children[1])
        if name != "has":
            raise self._error(f"there is no function `{name}`; there is only `has(field)`", tree)
        if argument.data != "path":
            raise self._error("`has` wants the name of a field", argument)
        return Has(_path(argument))

    def _method(self, tree: Tree[Token]) -> Predicate:
        field, name, *arguments = tree.children
        if name not in _METHODS:
            raise self._error(f"there is no method `{name}`; there are {', '.join(_METHODS)}", name)
        if not arguments or _tree(arguments[0]).data != "string":
            raise self._error(f"`{name}` wants one string", arguments[0] if arguments else name)
        argument = _tree(arguments[0])
        text, op = str(self._value(argument)), TextOp(str(name))
        pattern = self._compiled(text, argument) if op is TextOp.MATCHES else None
        return TextTest(_path(_tree(field)), op, text, pattern)

    def _compiled(self, text: str, tree: Tree[Token]) -> Pattern:
        options = re2.Options()
        options.log_errors = False
        try:
            pattern: Pattern = re2.compile(text, options)
        except re2.error as error:
            reason = error.args[0] if error.args else error
            reason = reason.decode() if isinstance(reason, bytes) else reason
            raise self._error(f"RE2 cannot read it: {reason}", tree) from error
        return pattern

    def _value(self, tree: Tree[Token]) -> Value:
        try:
            match tree.data:
                case "string":
                    return read_string(str(tree.children[0]))
                case "number":
                    return read_number(str(tree.children[0]))
        except BadLiteral as error:
            start: int = tree.meta.start_pos
            raise QueryError(str(error), self._text, start + error.at) from error
        return None if tree.data == "null" else tree.data == "true"

    def _error(self, message: str, at: Tree[Token] | Token) -> QueryError:
        position = at.start_pos if isinstance(at, Token) else at.meta.start_pos
        return QueryError(message, self._text, position or 0)


def _tree(part: Tree[Token] | Token) -> Tree[Token]:
    assert isinstance(part, Tree)
    return part


def _path(tree: Tree[Token]) -> Path:
    names: list[str] = []
    while len(tree.children) == 2:
        names.append(str(tree.children[1]))
        tree = _tree(tree.children[0])
    names.append(str(tree.children[0]))
    return tuple(reversed(names))
