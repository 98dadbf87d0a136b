"""Basic types of OCPI 2.3.0 as annotations: `Annotated[str, Text(255)]`, and the base of every model class.

Every annotation has `rule`, the text of the rule as an error shows it. Where a value breaks a rule but its meaning is
certain (a time with an offset, coordinates as numbers), the error carries the repaired value: `faults.repairable`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from app.clock import from_millis, parse_time, to_millis
from app.model import codes
from app.model.faults import broken, repairable
from app.model.money import PRICE_DECIMALS

_OFFSET = re.compile(r"[+-][0-9]{2}:?[0-9]{2}$")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DEGREES = re.compile(r"-?[0-9]{1,3}\.[0-9]{5,7}")
_MICRO = Decimal("0.000001")
_LARGEST = 2**53 - 1
"""Largest integer that every reader of JSON takes exactly (RFC 8259, 6); also the bound of numbers."""
_OLDEST = 1900


class Model(BaseModel):
    """A class of the canonical model. Fields it does not know are kept apart, in `model_extra`."""

    model_config = ConfigDict(extra="allow", frozen=True)


@dataclass(frozen=True, slots=True)
class Extension:
    """Marks a field that is chargefeed's own: published in the 2.3.0 feed only. `meaning` goes to the public docs."""

    meaning: str


@dataclass(frozen=True, slots=True)
class Expected:
    """OCPI requires the field, but nothing is lost by reading an object without it: its absence is only noted."""


@dataclass(frozen=True, slots=True)
class Live:
    """A field that changes while the object stays the same: a source's records carry it apart from the object."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A field that means something else once a part of it is left out: it is taken whole or not at all."""


@dataclass(frozen=True, slots=True)
class Binding:
    """An optional field without which the object would mean something else: where it is wrong, so is the object."""


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What a value outside a closed enum is read as."""

    value: str


@dataclass(frozen=True, slots=True)
class Text:
    """string: case-sensitive printable UTF-8 without control characters (OCPI types, string)."""

    length: int
    pattern: str = r"^[^\x00-\x1f\x7f-\x9f]*$"
    shape: str = ""
    """What `pattern` asks for, in words; empty where it is the type's own."""

    @property
    def rule(self) -> str:
        return f"string({self.length}){f', {self.shape}' if self.shape else ''}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.str_schema(
            min_length=1, max_length=self.length, pattern=self.pattern, strip_whitespace=True, strict=True
        )


@dataclass(frozen=True, slots=True)
class Ci:
    """CiString: printable ASCII, compared without case (OCPI types, CiString). `length` None: no limit given."""

    length: int | None
    upper: bool = False

    @property
    def rule(self) -> str:
        return f"CiString({self.length})" if self.length else "CiString"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.str_schema(
            min_length=1,
            max_length=self.length,
            pattern=r"^[\x20-\x7e]*$",
            strip_whitespace=True,
            to_upper=self.upper,
            strict=True,
        )


@dataclass(frozen=True, slots=True)
class Open:
    """OpenEnum: one of the listed values where it fits, any other printable text by agreement (OCPI 2.3.0)."""

    values: type[StrEnum]

    @property
    def rule(self) -> str:
        return f"OpenEnum {self.values.__name__}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.str_schema(
            min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$", strip_whitespace=True, strict=True
        )


@dataclass(frozen=True, slots=True)
class Int:
    low: int = 0
    high: int | None = None

    @property
    def rule(self) -> str:
        return f"int, {self.low} to {self.high}" if self.high is not None else f"int, at least {self.low}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.int_schema(ge=self.low, le=_LARGEST if self.high is None else self.high, strict=True)


@dataclass(frozen=True, slots=True)
class Number:
    """number: a JSON number with at most four decimals (OCPI types, number), exact."""

    low: int | None = 0
    high: int | None = None

    @property
    def rule(self) -> str:
        bounds = [f"at least {self.low}"] if self.low is not None else []
        bounds += [f"at most {self.high}"] if self.high is not None else []
        return ", ".join(("number with at most 4 decimals", *bounds))

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        low, high = -_LARGEST if self.low is None else self.low, _LARGEST if self.high is None else self.high
        number = core_schema.decimal_schema(ge=Decimal(low), le=Decimal(high), allow_inf_nan=False)
        return core_schema.chain_schema([core_schema.no_info_plain_validator_function(_number), number])


def _number(value: Any) -> Decimal:
    if type(value) is int:
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise broken("a number was expected")
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise broken("a finite number was expected")
    if exponent < -PRICE_DECIMALS and (rounded := round(number, PRICE_DECIMALS)) != number:
        raise repairable("more than 4 decimals, read rounded", rounded)
    return number


@dataclass(frozen=True, slots=True)
class Instant:
    """DateTime: RFC 3339 in UTC, with or without `Z` (OCPI types, DateTime). Digits below the millisecond are cut."""

    rule = "DateTime, RFC 3339 in UTC"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_instant)


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return from_millis(to_millis(value))
    if not isinstance(value, str):
        raise broken("a time was expected, as 2026-01-31T12:00:00Z")
    try:
        moment = from_millis(parse_time(value.strip()))
    except (ValueError, OverflowError):
        raise broken("no RFC 3339 time such as 2026-01-31T12:00:00Z") from None
    if moment.year < _OLDEST:
        raise broken(f"a time before {_OLDEST}")
    if _OFFSET.search(value):
        raise repairable("a time with an offset, read in UTC", moment)
    return moment


@dataclass(frozen=True, slots=True)
class Degrees:
    """Latitude or longitude as text; kept with six decimals, the one number that every version's limits allow."""

    limit: int

    @property
    def rule(self) -> str:
        whole = len(str(self.limit))
        return rf"string({whole + 8}), -?[0-9]{{1,{whole}}}\.[0-9]{{5,7}}, at most {self.limit}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def _read(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            raise broken("degrees were expected, as 52.520008")
        try:
            degrees = Decimal(str(value).strip()).quantize(_MICRO, ROUND_HALF_EVEN)
        except ArithmeticError:
            raise broken("no decimal degrees such as 52.520008") from None
        if degrees.is_nan() or abs(degrees) > self.limit:
            raise broken(f"beyond {self.limit} degrees")
        text = f"{degrees.copy_abs() if degrees.is_zero() else degrees:f}"
        if not isinstance(value, str) or not _DEGREES.fullmatch(value):
            raise repairable("not written with 5 to 7 decimals as text", text)
        return text


@dataclass(frozen=True, slots=True)
class Code:
    """A text of a code list that is kept outside OCPI."""

    codes: codes.CodeList

    @property
    def rule(self) -> str:
        return self.codes.rule

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def _read(self, value: Any) -> str:
        if isinstance(value, str):
            if value in self.codes.values:
                return value
            if repaired := self.codes.repair(value):
                raise repairable(f"not written as {self.codes.rule} asks", repaired)
        raise broken(f"not in {self.codes.rule}")


@dataclass(frozen=True, slots=True)
class Flag:
    rule = "boolean"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.bool_schema(strict=True)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day as text, `YYYY-MM-DD`."""

    rule = "string(10), YYYY-MM-DD"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_day)


def _day(value: Any) -> str:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    raise broken("no calendar day such as 2026-01-31")


Bool = Annotated[bool, Flag()]
DateTime = Annotated[datetime, Instant()]
LocalDay = Annotated[str, Day()]
Url = Annotated[str, Text(255, r"^[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f-\x9f]+$", "an absolute URL")]
EMail = Annotated[str, Text(255, r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "an e-mail address")]
Country = Annotated[str, Code(codes.COUNTRIES_ALPHA3)]
CountryAlpha2 = Annotated[str, Code(codes.COUNTRIES_ALPHA2)]
Currency = Annotated[str, Code(codes.CURRENCIES)]
TimeZone = Annotated[str, Code(codes.TIME_ZONES)]
Language = Annotated[str, Text(2, "^[a-z]{2}$", "ISO 639-1")]
