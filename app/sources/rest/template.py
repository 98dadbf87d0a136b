"""Fields of OCPI and where in a record they are: the description's `fields`, a tree that mirrors the OCPI object.

    name: label                                   a JMESPath
    currency: "'EUR'"                             a fixed text
    max_electric_power: {value: maxKw, times: 1000}    a number in another unit
    standard: {value: plug, table: {ccs2: IEC_62196_T2_COMBO}}    a word in other words
    coordinates: {latitude: lat, longitude: lng}  an object
    evses: {each: outlets, fields: {uid: id}}     a list: one object per item
    <<: "@"                                       everything of the record as it is, beside what is named

In `each` an expression speaks of the item; `_parent` is the record around it and, where `each` is an object and no list, `_key`
the item's name. Null and empty text are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, PlainValidator, TypeAdapter

from app.model.part import Part
from app.model.problem import Problem, Severity
from app.sources.ocpp_words import plain
from app.sources.rest.expression import Expression, ExpressionFailed, Query

PARENT, KEY, GROUP = "_parent", "_key", "_group"
ALL = "<<"
Scope: TypeAlias = Mapping[str, Any]


def _plain_keys(table: dict[str, str]) -> dict[str, str]:
    return {plain(word): meaning for word, meaning in table.items()}


class Value(Part):
    """One value, changed on the way. What is no number or in no table stays as it is, for the reader of OCPI to judge."""

    value: Expression
    table: Annotated[dict[str, str], AfterValidator(_plain_keys)] = {}
    """The backend's words (case, blanks, `-` and `_` do not matter) → those of OCPI."""
    times: Decimal | None = None
    """Factor, such as 1000 from kilowatts to watts."""
    over: Expression | None = None
    """Divisor, such as the minutes that a price per period is for."""
    clock: Literal["down", "up"] | None = None
    """A time of day with seconds to the minute: `up` for an end such as 19:59:59, which is 20:00."""

    def find(self, scope: Scope) -> Any:
        found = self.value.find(scope)
        if self.table and isinstance(found, str):
            found = self.table.get(plain(found), found)
        if self.times is not None or self.over is not None:
            found = _scaled(found, self.times, None if self.over is None else self.over.find(scope))
        return _to_the_minute(found, self.clock) if self.clock else found


class Each(Part):
    """One object per item of a list."""

    each: Expression
    fields: Fields


def _read_field(value: Any) -> Any:
    if isinstance(value, str):
        return TypeAdapter(Expression).validate_python(value)
    if isinstance(value, dict) and "value" in value:
        return Value.model_validate(value)
    if isinstance(value, dict) and "each" in value:
        return Each.model_validate(value)
    return TypeAdapter(Fields).validate_python(value)


Field: TypeAlias = Annotated[Any, PlainValidator(_read_field)]
"""A Query, a Value, an Each, or Fields."""
Fields: TypeAlias = dict[str, Field]
Each.model_rebuild()


@dataclass
class Filling:
    """Fills a template from a record; what fails is told and left out."""

    where: str
    problems: list[Problem] = field(default_factory=list)

    def object(self, fields: Fields, scope: Scope, path: str = "") -> dict[str, Any]:
        filled: dict[str, Any] = {}
        if ALL in fields:
            filled.update(without_context(self._found(fields[ALL], scope, path)))
        for name, spec in fields.items():
            if name == ALL:
                continue
            value = self._field(spec, scope, f"{path}.{name}" if path else name)
            filled.pop(name, None)
            if value not in (None, "", {}):
                filled[name] = value
        return filled

    def _field(self, spec: Any, scope: Scope, path: str) -> Any:
        if isinstance(spec, dict):
            return self.object(spec, scope, path)
        if isinstance(spec, Each):
            items = self._found(spec.each, scope, path)
            return [self.object(spec.fields, item, f"{path}[{n}]") for n, item in enumerate(scopes_in(items, scope))]
        return self._found(spec, scope, path)

    def _found(self, spec: Query | Value, scope: Scope, path: str) -> Any:
        try:
            return spec.find(scope)
        except ExpressionFailed as failed:
            remedy = "Look at the record in the backend, or change the expression"
            self.problems.append(
                Problem(f"{failed}: left out", Severity.PARTLY, path=path, where=self.where, remedy=remedy)
            )
            return None


def scopes_in(items: Any, parent: Scope | None = None) -> Iterator[Scope]:
    """What expressions see of each item: its members, the record around it and, in an object, its name there."""
    context: dict[str, Any] = {} if parent is None else {PARENT: parent}
    if isinstance(items, Mapping):
        pairs = ((key, item) for key, item in items.items() if key not in (PARENT, KEY, GROUP))
        yield from ({**_members(item), **context, KEY: key} for key, item in pairs)
    elif items is not None:
        yield from ({**_members(item), **context} for item in (items if isinstance(items, list) else [items]))


def _members(item: Any) -> Scope:
    """A bare value is found as `value`."""
    return item if isinstance(item, Mapping) else {"value": item}


def without_context(found: Any) -> dict[str, Any]:
    """The members as the backend sent them."""
    members = found if isinstance(found, Mapping) else {}
    return {name: item for name, item in members.items() if name not in (PARENT, KEY, GROUP) and item not in (None, "")}


def _scaled(found: Any, times: Decimal | None, over: Any) -> Any:
    try:
        number = Decimal(str(found)) * (times or 1)
        number = number if over is None else number / Decimal(str(over))
    except (InvalidOperation, ZeroDivisionError):
        return found
    if not number.is_finite():
        return found
    return int(number) if number == number.to_integral_value() else float(number)


def _to_the_minute(found: Any, direction: str) -> Any:
    parts = found.split(":") if isinstance(found, str) else []
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return found
    hour, minute, second = map(int, parts)
    minutes = hour * 60 + minute + (direction == "up" and second > 0)
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
