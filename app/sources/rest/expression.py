"""JMESPath as settings have it: compiled when they are read, so that a wrong one is an error there and not in the night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from jmespath.parser import ParsedResult
from jmespath.visitor import TreeInterpreter
from pydantic import PlainSerializer, PlainValidator


class ExpressionFailed(ValueError):
    """A record is not as the expression takes it to be."""


@dataclass(frozen=True, slots=True)
class Query:
    text: str

    def __str__(self) -> str:
        return self.text

    def find(self, scope: Any) -> Any:
        """None where there is no such thing. Raises ExpressionFailed, such as for `join` of what is no list."""
        try:
            return _INTERPRETER.visit(_compiled(self.text).parsed, scope)
        except (JMESPathError, ValueError) as error:
            raise ExpressionFailed(f"`{self.text}`: {_reason(error)}") from None


_INTERPRETER = TreeInterpreter()  # `search` would make one for each record, which takes longer than to use it


@cache
def _compiled(text: str) -> ParsedResult:
    return jmespath.compile(text)


def _read(value: Any) -> Query:
    if not isinstance(value, str):
        raise ValueError("must be JMESPath, such as `location.city`; a fixed text is written \"'text'\"")
    try:
        tree = _compiled(value).parsed
    except (JMESPathError, ValueError) as error:
        raise ValueError(f"no JMESPath ({_reason(error)})") from None
    for name in _functions(tree):
        if name not in Functions.FUNCTION_TABLE:
            known = ", ".join(sorted(Functions.FUNCTION_TABLE))
            raise ValueError(f"no function `{name}` in JMESPath; known: {known}")
    return Query(value)


def _functions(node: Any) -> Iterator[str]:
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node["children"]:
        yield from _functions(child)


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0].removesuffix(", for expression:")


Expression = Annotated[Query, PlainValidator(_read), PlainSerializer(str)]
"""A JMESPath (jmespath.org) of a record."""
