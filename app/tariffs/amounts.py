"""Amounts of money in a text for drivers, where prices must not stand beside elements (OCPI Tariffs, 2.2.1 on)."""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = r"(?P<{}>\d+(?:[.,]\d+)?)"
_SIGN, _WORD = "[€$£¥]", r"(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|CAD|AUD|JPY|euros?|ct|cents?|pence)\b"
_DIGIT = re.compile(r"\d")
_AMOUNT = re.compile(
    rf"(?:{_SIGN}|\b{_WORD})\s*{_NUMBER.format('after')}|{_NUMBER.format('before')}\s*(?:{_SIGN}|{_WORD})",
    re.IGNORECASE,
)


def amounts_in(text: str) -> tuple[Decimal, ...]:
    """The numbers that stand beside a currency, as they are written: 25 of `25 ct`, 0.50 of `0,50 €`."""
    if not _DIGIT.search(text):
        return ()
    found = (match["after"] or match["before"] for match in _AMOUNT.finditer(text))
    return tuple(Decimal(number.replace(",", ".")) for number in found)
