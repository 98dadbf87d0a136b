"""What the shape has no place for, gathered while a station is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.model.loss import Loss

Body = Mapping[str, Any]


@dataclass(slots=True)
class Said:
    losses: dict[Loss, None] = field(default_factory=dict)
    """In the order of saying, each once."""

    def lose(
        self, path: str, reason: str = "E-Control's public shape has no such field: left out", value: str = ""
    ) -> None:
        self.losses[Loss(path, reason, value)] = None

    def unsaid(self, body: Body, said: Collection[str], path: str = "") -> None:
        """Every field of `body` beside those that are `said`."""
        for name in body:
            if name not in said:
                self.lose(path + name)
