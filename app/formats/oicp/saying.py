"""What a record cannot say, gathered while it is made, and texts cut to OICP's lengths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.formats.oicp.conversion import Record
from app.model.loss import Loss

NO_FIELD = "OICP has no such field: left out"
REQUIRED = "OICP requires it, and nobody says it: no record"
TEXT = 150
"""Characters of an InfoTextType."""


@dataclass(slots=True)
class Said:
    """Of one record, or one location."""

    losses: list[Loss] = field(default_factory=list)
    refusals: list[Loss] = field(default_factory=list)
    """Why there is no record."""

    def lose(self, path: str, reason: str = NO_FIELD, value: str = "") -> None:
        self.losses.append(Loss(path, reason, value))

    def refuse(self, path: str, reason: str = REQUIRED, value: str = "") -> None:
        self.refusals.append(Loss(path, reason, value))

    def unsaid(self, body: Mapping[str, Any], said: frozenset[str], path: str = "") -> None:
        """Every field of `body` beside those that are `said`."""
        for name in body:
            if name not in said:
                self.lose(path + name)

    def cut(self, text: str, longest: int, path: str) -> str:
        """In one line, without control characters."""
        line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        if len(line) > longest:
            self.lose(path, f"longer than {longest} characters: cut", text)
        return line[:longest].rstrip()

    def texts(self, found: Iterable[Mapping[str, str]], path: str) -> list[Record]:
        """OCPI DisplayTexts as InfoTextTypes."""
        return [{"lang": one["language"], "value": self.cut(one["text"], TEXT, path)} for one in found]
