"""«Is one of these», for any number of values: one parameter, one text of SQL.

A placeholder for each value would be a new statement to compile for each length, and SQLite takes 32,766 of them, PostgreSQL 65,535.
"""

import json
from collections.abc import Iterable
from typing import Any, Self

from sqlalchemy import Boolean, Column, ColumnElement, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from hakari.core.errors import Malformed


class _Listed(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Self:  # noqa: ARG002 the signature is SQLAlchemy's
        # SQLAlchemy would append «= 1» for SQLite, and SQLite then reads a whole order instead of its index.
        return self


class _Number(_Listed):
    name = "among_numbers"
    inherit_cache = True


class _Words(_Listed):
    name = "among_words"
    inherit_cache = True


def among(column: Column[Any]) -> ColumnElement[bool]:
    """Return the condition that the column, of whole numbers or of text, holds one of the values of the parameter `listed`."""
    kind = _Words if column.type.python_type is str else _Number
    return kind(column, bindparam("listed", type_=Text))


def listed(values: Iterable[int] | Iterable[str]) -> str:
    """Return the values as the parameter `listed` wants them. Raises Malformed for NUL; the database does for lone surrogates."""
    text = json.dumps(list(values), ensure_ascii=False)
    if "\\u0000" in text:
        raise Malformed("text must be without NUL")
    return text


@compiles(_Number, "sqlite")
@compiles(_Words, "sqlite")
def _lite(element: FunctionElement[bool], compiler: SQLCompiler, **words: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    column, values = (compiler.process(each, **words) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"


# An array, not a join with the list: PostgreSQL guesses a hundred rows for the list and then reads the whole order.
@compiles(_Number, "postgresql")
def _numbers(element: _Number, compiler: SQLCompiler, **words: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    column, values = (compiler.process(each, **words) for each in element.clauses)
    return f"{column} = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text(({values})::json)))"


@compiles(_Words, "postgresql")
def _words(element: _Words, compiler: SQLCompiler, **words: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    column, values = (compiler.process(each, **words) for each in element.clauses)
    return f"{column} = ANY (ARRAY(SELECT value FROM json_array_elements_text(({values})::json)))"
