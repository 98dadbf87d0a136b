"""How the model says that a value breaks a rule: a reader can name the place, or repair the value and say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

REPAIRED = "repaired"
"""Key of the error's context under which a repaired value stands."""

Fault = tuple[tuple[str | int, ...], PydanticCustomError, Any]
"""Where below the object (field, index), what, and the value found there."""


def broken(what: str) -> PydanticCustomError:
    """The value breaks a rule; what it was meant to be is not certain."""
    return PydanticCustomError("broken", "{what}", {"what": what})


def repairable(what: str, repaired: Any) -> PydanticCustomError:
    """The value breaks a rule, but says without doubt the same as `repaired` (None: as nothing)."""
    return PydanticCustomError("repairable", "{what}", {"what": what, REPAIRED: repaired})


def raise_faults(faults: Sequence[Fault]) -> None:
    """From a validator of a whole object: errors that each stand at a place below it. Nothing where there are none."""
    if faults:
        raise ValidationError.from_exception_data(
            "object", [InitErrorDetails(type=error, loc=loc, input=value) for loc, error, value in faults]
        )


def repeated(items: Sequence[Any], field: str, id: str) -> list[Fault]:
    """A fault for each item of the list `field` whose `id`, compared without case, an earlier one has."""
    seen: set[str] = set()
    faults: list[Fault] = []
    for index, item in enumerate(items):
        value = getattr(item, id)
        if value.lower() in seen:
            faults.append(((field, index), broken(f"{id} {value} occurs twice in {field}"), value))
        seen.add(value.lower())
    return faults
