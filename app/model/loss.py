"""What a target format cannot say of a canonical object. Reported, never dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loss:
    path: str
    """JSON path without indexes, so that losses add up: `evses[].connectors[].capabilities`."""
    reason: str
    """What became of it: `2.2.1 has no such field: left out`."""
    value: str = ""
    """The value lost, where the loss is of one value and not of a field."""
