"""What the rules of a downgrade may read besides the object at hand, and where they report losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.formats.base import Context
from app.model.loss import Loss

_TEXT_LIMIT = 512
_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Scope:
    root: dict[str, Any]
    """The location or tariff as this step got it."""
    canonical: dict[str, Any]
    """The same as 2.3.0 says it."""
    context: Context
    losses: dict[Loss, None]
    """In order of appearance, each once."""

    def lose(self, loss: Loss) -> None:
        self.losses[loss] = None


def with_sentence(texts: list[dict[str, Any]], sentence: str) -> list[dict[str, Any]]:
    """The display texts with a sentence added to the English one; unchanged where it does not fit any more."""
    for index, text in enumerate(texts):
        if text["language"] == _LANGUAGE:
            longer = f"{text['text']} {sentence}"
            if len(longer) > _TEXT_LIMIT:
                return texts
            return [*texts[:index], {**text, "text": longer}, *texts[index + 1 :]]
    return [*texts, {"language": _LANGUAGE, "text": sentence}]
