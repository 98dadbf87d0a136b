"""Identifiers of the field: objects, parties, EVSEs, operators.

Two ids are the same when they agree without separators and without case (ISO 15118, eMI3, IDACS). What a source wrote
is kept; formats ask for the form their target wants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.errors import ChargefeedError

_SEPARATORS = re.compile(r"[^0-9a-z]+")
_POINT = re.compile(r"([A-Z]{2})([*-]?)([A-Z0-9]{3})([*-]?)([ESP])([A-Z0-9*-]*)")
_DIN_POINT = re.compile(r"\+?([0-9]{1,3})\*([0-9]{3,6})\*([0-9][0-9*]*)")
_OPERATOR = re.compile(r"([A-Z]{2})[*-]?([A-Z0-9]{3})")
_DIN_OPERATOR = re.compile(r"\+?([0-9]{1,3})\*([0-9]{3,6})")
_LETTERS = {"E": "an EVSE", "S": "a station", "P": "a pool"}
_OUTLET = 30


class IdentifierError(ChargefeedError, ValueError):
    """A text is no identifier of the kind it should be."""


def object_key(country_code: str, party_id: str, id: str) -> str:
    """The key of a location or tariff everywhere inside: OCPI ids are compared without case (CiString)."""
    return f"{country_code}*{party_id}/{id}".lower()


def party(country_code: str, party_id: str) -> str:
    """`DE*ABC`, upper case."""
    return f"{country_code}*{party_id}".upper()


def compare_key(id: str) -> str:
    """What two writings of the same EVSE or operator id have in common: no separators, lower case."""
    return _SEPARATORS.sub("", id.lower())


@dataclass(frozen=True, slots=True)
class OperatorId:
    country: str
    """ISO 3166-1 alpha-2; a dialling code such as `+49` in the old DIN SPEC 91286 form."""
    operator: str
    din: bool = False

    @property
    def with_separators(self) -> str:
        return f"{self.country}*{self.operator}"

    @property
    def without_separators(self) -> str:
        return f"{self.country}{self.operator}"


@dataclass(frozen=True, slots=True)
class PointId:
    """Id of an EVSE (`E`), a station (`S`) or a pool (`P`)."""

    country: str
    operator: str
    letter: str
    """E, S or P; empty in the old DIN SPEC 91286 form, which is read and never asked for."""
    outlet: str
    """The operator's own part, with its inner `*`."""
    irregular: str = ""
    """How the writing strays from the standard, where it was read nevertheless."""

    @property
    def din(self) -> bool:
        return not self.letter

    @property
    def operator_id(self) -> OperatorId:
        return OperatorId(self.country, self.operator, self.din)

    @property
    def with_separators(self) -> str:
        return f"{self.country}*{self.operator}*{self.letter}{self.outlet}"

    @property
    def without_separators(self) -> str:
        return f"{self.country}{self.operator}{self.letter}{self.outlet.replace('*', '')}"


def parse_evse_id(text: str) -> PointId:
    """An EVSE id, with or without separators, in any case: `DE*ABC*E123`, `deabce123`, `+49*810*000*438`.

    `-` as a separator (OCPI 2.1.1 examples) and a separator after the `E` are read and marked `irregular`.
    Raises IdentifierError.
    """
    din = _DIN_POINT.fullmatch(text.strip())
    if din:
        return PointId(f"+{din[1]}", din[2], "", din[3].rstrip("*"))
    return parse_point_id(text, "E")


def parse_point_id(text: str, letter: str) -> PointId:
    """An id with the given type letter (E, S, P). Raises IdentifierError."""
    match = _POINT.fullmatch(text.strip().upper())
    kind = _LETTERS[letter]
    if not match or match[5] != letter:
        raise IdentifierError(
            f"{text!r} is no id of {kind}",
            remedy=f"Write country, operator and outlet: DE*ABC*{letter}123 or DEABC{letter}123",
        )
    outlet = match[6].replace("-", "*").rstrip("*")
    if not 1 <= len(outlet) <= _OUTLET:
        raise IdentifierError(
            f"{text!r}: the part after {letter} has {len(outlet)} characters, not 1 to {_OUTLET}",
            remedy="Use the id the registrar's rules give this point",
        )
    return PointId(match[1], match[3], letter, outlet, _irregular(text, outlet, letter))


def _irregular(text: str, outlet: str, letter: str) -> str:
    if "-" in text:
        return "- instead of * as separator"
    if outlet.startswith("*"):
        return f"a separator right after {letter}"
    return ""


def parse_operator_id(text: str) -> OperatorId:
    """An operator or provider id: `DE*ABC`, `deabc`, `DE-ABC`, `+49*810`. Raises IdentifierError."""
    cleaned = text.strip().upper()
    if din := _DIN_OPERATOR.fullmatch(cleaned):
        return OperatorId(f"+{din[1]}", din[2], din=True)
    if match := _OPERATOR.fullmatch(cleaned):
        return OperatorId(match[1], match[2])
    raise IdentifierError(
        f"{text!r} is no operator id", remedy="Write the country and three letters or digits: DE*ABC or DEABC"
    )
