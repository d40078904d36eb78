"""«Is one of these», for any number of values: one parameter, one text of SQL.

A placeholder for each value would be a new statement to compile for each length, and SQLite takes 32,766 of them, PostgreSQL 65,535.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Numbers(FunctionElement[int]):
    name = "listed_numbers"
    inherit_cache = True


class _Texts(FunctionElement[str]):
    name = "listed_texts"
    inherit_cache = True


def among(column: Column[Any]) -> ColumnElement[bool]:
    """Return the condition that the column, of whole numbers or of text, holds one of the values of the parameter `listed`."""
    kind = _Texts if column.type.python_type is str else _Numbers
    return column.op("IN", is_comparison=True)(kind(bindparam("listed", type_=Text)))


def listed(values: Iterable[int] | Iterable[str]) -> str:
    """Return the values as the parameter `listed` wants them."""
    return json.dumps(list(values))


@compiles(_Numbers, "sqlite")
@compiles(_Texts, "sqlite")
def _lite(element: FunctionElement[Any], compiler: SQLCompiler, **words: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **words)}))"


@compiles(_Numbers, "postgresql")
def _numbers(element: _Numbers, compiler: SQLCompiler, **words: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return f"(SELECT value::bigint FROM json_array_elements_text(({compiler.process(element.clauses, **words)})::json))"


@compiles(_Texts, "postgresql")
def _texts(element: _Texts, compiler: SQLCompiler, **words: Any) -> str:  # pyright: ignore[reportUnusedFunction]
    return f"(SELECT value FROM json_array_elements_text(({compiler.process(element.clauses, **words)})::json))"
