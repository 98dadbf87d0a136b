"""OCPP's words for the status of a connector, those of every version, and what each means in OCPI.

A plug in the socket is in use, whether energy flows or not; `Unavailable` is somebody's intention, no fault.
"""

from __future__ import annotations

import re

from app.model.enums import Status

_SEPARATORS = re.compile(r"[\s_-]+")
_PREFIX = re.compile(r"^ocpp\d*")
STATUSES = {
    "available": Status.AVAILABLE,
    "preparing": Status.CHARGING,
    "charging": Status.CHARGING,
    "suspendedev": Status.CHARGING,
    "suspendedevse": Status.CHARGING,
    "finishing": Status.CHARGING,
    "occupied": Status.CHARGING,
    "reserved": Status.RESERVED,
    "unavailable": Status.INOPERATIVE,
    "faulted": Status.OUTOFORDER,
}
"""OCPP 1.5 to 2.1, as `plain` writes them."""


def plain(word: str) -> str:
    """Without case, separators and prefixes such as `OCPP16_`."""
    text = _SEPARATORS.sub("", word).casefold()
    return _PREFIX.sub("", text) or text


def meaning(word: str) -> Status | None:
    """None for a word that no version has."""
    return STATUSES.get(plain(word))
