"""What DATEX II has no field for, said in sentences beside a price: written here, and recognised when read again."""

from __future__ import annotations

import re
from decimal import Decimal

from app.formats.datex2.periods import Texts
from app.model.canonical import number_text

LANGUAGE = "en"
CHARGING = "Counts while the vehicle charges."
IDLE = "Counts while the vehicle does not charge."
LESS_POWER = "Another price holds at less power."
RESERVATIONS = "Reservations have prices of their own."
_GRACE = re.compile(r"The first (\d+) minutes of this are free\.")


def grace(minutes: Decimal) -> str:
    return f"The first {number_text(minutes)} minutes of this are free."


def blocks(size: int, *, energy: bool) -> str:
    """`size` in Wh or seconds."""
    amount, unit = (Decimal(size) / 1000, "kWh") if energy else (Decimal(size) / 60, "min")
    return f"Billed in started blocks of {number_text(round(amount, 3))} {unit}."


def between(low: Decimal | None, high: Decimal | None, unit: str) -> str:
    """The exact bounds of a price; at least one is given."""
    edges = (("from", low), ("to", high))
    said = " ".join(f"{word} {number_text(edge)}" for word, edge in edges if edge is not None)
    return f"Exactly {said} {unit}."


def exact(value: Decimal, currency: str, per: str) -> str:
    return f"Exactly {number_text(round(value, 6))} {currency} {per}."


def is_said(sentence: str, texts: Texts) -> bool:
    return any(sentence in text for _, text in texts)


def grace_of(texts: Texts) -> Decimal | None:
    found = (_GRACE.search(text) for _, text in texts)
    return next((Decimal(match[1]) for match in found if match), None)


def others(text: str) -> str:
    """What is left of a text without the sentences that are recognised."""
    for sentence in (CHARGING, IDLE):
        text = text.replace(sentence, "")
    return " ".join(_GRACE.sub("", text).split())
