"""Runs one statement for thousands of rows.

SQLAlchemy's own work on each row costs as much time as the database's, most of it for forming the
same few times again and again. Here the statement is compiled once, every value is converted once,
and the event loop has its turn between two portions.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ClauseElement
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

ROWS_AT_ONCE = 1_000

Row = TypeVar("Row")


async def execute_many(
    connection: AsyncConnection,
    statement: ClauseElement,
    rows: Iterable[Row],
    values: Callable[[Row], Mapping[str, Any]],
) -> None:
    """Run a statement for each row; `values` are all its parameters by name."""
    left = iter(rows)
    portion = [values(row) for row in islice(left, ROWS_AT_ONCE)]
    if not portion:
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(portion[0]))
    assert isinstance(compiled, SQLCompiler)
    columns = _columns(compiled)
    while portion:
        bound = [tuple([convert(row[name]) for name, convert in columns]) for row in portion]
        await connection.exec_driver_sql(str(compiled), bound)
        portion = [values(row) for row in islice(left, ROWS_AT_ONCE)]


def _columns(compiled: SQLCompiler) -> list[tuple[str, Callable[[Any], Any]]]:
    """Return the parameters by position, and what makes of a value what the driver takes."""
    converters = {
        name: bind.type.dialect_impl(compiled.dialect).bind_processor(compiled.dialect)
        for name, bind in compiled.binds.items()
    }
    names = compiled.positiontup or list(compiled.binds)
    return [(name, _remembering(converters[name])) for name in names]


def _remembering(converter: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    return _as_it_is if converter is None else cache(converter)


def _as_it_is(value: Any) -> Any:
    return value
