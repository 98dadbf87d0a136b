"""Connectors as backends keep them that write OCPI's words in a way of their own: `IEC62196T2COMBO`, `AC3Phase`, `Cable`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from app.model.enums import ConnectorFormat, ConnectorType, PowerType

_SEPARATORS = re.compile(r"[^A-Z0-9]")


def _folded(word: str) -> str:
    return _SEPARATORS.sub("", word.upper())


def _by_folded(values: Iterable[StrEnum]) -> dict[str, str]:
    return {_folded(value.value): value.value for value in values}


_STANDARDS = _by_folded(ConnectorType)
_FORMATS = _by_folded(ConnectorFormat)
_POWER_TYPES = _by_folded(PowerType)


def connector(id: Any, *facts: Any) -> dict[str, Any]:
    """An OCPI connector without what the backend does not know; a word that is none of OCPI's stays, so that it is named.

    `facts`: standard, format, power type, volts, amperes, watts.
    """
    standard, format, power_type, voltage, amperage, watts = facts
    said = {
        "standard": _said(standard, _STANDARDS),
        "format": _said(format, _FORMATS),
        "power_type": _said(power_type, _POWER_TYPES),
        "max_voltage": voltage,
        "max_amperage": amperage,
        "max_electric_power": watts,
    }
    return {"id": str(id), **{name: value for name, value in said.items() if value not in (None, "")}}


def _said(word: Any, known: dict[str, str]) -> Any:
    return known.get(_folded(word), word) if isinstance(word, str) else word
