"""Ids of the tariffs that are read from energy rates.

Senders give one id to rates that differ: EnBW calls the rate of each of its points `adHoc`, GLS two rates of a point alike that
are paid in other ways. A rate keeps its id where that is clear in the document.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from hashlib import sha256

from app.formats.datex2.rates import EnergyRate

_LONGEST = 36
"""OCPI Tariff.id: CiString(36)."""
_DIGEST = 6


def distinct_ids(rates: Sequence[tuple[str, EnergyRate]]) -> list[str]:
    """A tariff id for each rate of a document, in the same order; each comes with the id of the point or station it stands at.

    Rates are the same where they say the same. An id that stands for several gets a suffix made of policy, currency and
    payment, and where they differ in their prices the id of the point: so a new price does not bring a new id.
    """
    kinds: dict[str, set[Hashable]] = {}
    contents: dict[tuple[str, Hashable], set[Hashable]] = {}
    for _, rate in rates:
        kinds.setdefault(rate.id, set()).add(_kind(rate))
        contents.setdefault((rate.id, _kind(rate)), set()).add(_content(rate))
    found: list[str] = []
    for owner, rate in rates:
        suffix = f"-{_digest(_kind(rate))}" if len(kinds[rate.id]) > 1 else ""
        if len(contents[rate.id, _kind(rate)]) > 1:
            suffix += f"-{owner}"
        found.append(suffixed(rate.id, suffix))
    return found


def suffixed(id: str, suffix: str) -> str:
    """Cut to 36 characters where longer, and told apart by what was cut."""
    whole = f"{id}{suffix}"
    if len(whole) <= _LONGEST:
        return whole
    return f"{whole[: _LONGEST - _DIGEST - 1]}-{_digest(whole)}"


def _kind(rate: EnergyRate) -> Hashable:
    """What a new price does not change."""
    return rate.policy, rate.currencies, rate.payment


def _content(rate: EnergyRate) -> Hashable:
    return replace(rate, last_updated=None)


def _digest(value: object) -> str:
    return sha256(str(value).encode()).hexdigest()[:_DIGEST]
