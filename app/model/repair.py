"""What a defective value means where that is certain, and how its defect is put into words."""

from __future__ import annotations

import re
from typing import Any, Final

from pydantic_core import ErrorDetails

from app.model.faults import REPAIRED
from app.model.shape import Field

NO_REPAIR: Final = object()
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}(\.0+)?")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def repair(details: ErrorDetails, field: Field | None) -> Any:
    """The value meant, or NO_REPAIR. A type is repaired where the text of the value is unambiguous."""
    if REPAIRED in details.get("ctx", {}):
        return details["ctx"][REPAIRED]
    value = details["input"]
    match details["type"]:
        case "string_type" if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        case "int_type" | "int_from_float" if _WHOLE_NUMBER.fullmatch(str(value)):
            return int(float(value))
        case "bool_type":
            return _BOOLEANS.get(str(value).strip().lower(), NO_REPAIR)
        case "string_pattern_mismatch" if isinstance(value, str) and _CONTROL.search(value):
            return _CONTROL.sub(" ", value).strip()
        case "enum" if field and isinstance(value, str) and value.strip().upper() in field.values:
            return value.strip().upper()
        case "enum" if field and isinstance(value, str) and value.strip().lower() in field.values:
            return value.strip().lower()
        case "list_type" if isinstance(value, str | dict):
            return [value]
    return NO_REPAIR


_TYPES = {
    "string_type": "no text",
    "int_type": "no whole number",
    "int_from_float": "no whole number",
    "bool_type": "neither true nor false",
    "list_type": "no list",
    "model_type": "no object",
    "dict_type": "no object",
}


def describe(details: ErrorDetails, field: Field | None, name: str) -> tuple[str, str]:
    """What is wrong with the field that the source calls `name`, and what to do about it."""
    context = details.get("ctx", {})
    match details["type"]:
        case "missing":
            return f"required field {name} is missing", "Supply it at the source or in the overlay"
        case "string_too_long":
            return f"longer than {context['max_length']} characters", "Shorten it"
        case "string_too_short":
            return "empty text", "Leave the field out where there is nothing to say"
        case "too_short":
            least, actual = context["min_length"], context["actual_length"]
            return f"{actual} entries, at least {least} required", f"Send {field.rule if field else 'more'}"
        case "enum":
            listed = ", ".join(sorted(field.values)) if field else ""
            return "not a value of the enum", f"Use one of {listed}"
        case "string_pattern_mismatch" if _CONTROL.search(str(details["input"])):
            return "control characters in a text", "Send one line of printable text"
        case "broken" | "repairable":
            return str(context["what"]), f"Send {field.rule}" if field else ""
        case _:
            what = _TYPES.get(details["type"], details["msg"].removeprefix("Input ").lower())
            return what, f"Send {field.rule}" if field else ""
