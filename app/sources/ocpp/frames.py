"""OCPP-J frames as text: what they are, and what of them may be written down. Pure.

`[2, id, action, payload]` is a call, `[3, id, payload]` its answer, `[4, id, code, description, details]` its refusal. OCPP 2.1
adds `[5, …]` (an answer was wrong) and `[6, id, action, payload]` (no answer wanted). Numbers that nobody knows are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from app.model.outside import decoded

LONGEST_ID = 36
NO_ID = "-1"
"""Answers what has no readable id (OCPP 2.0.1 part 4, 4.2.3)."""
_VERSIONS = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}


class Type(IntEnum):
    CALL = 2
    RESULT = 3
    ERROR = 4
    RESULT_ERROR = 5
    SEND = 6


@dataclass(frozen=True, slots=True)
class Frame:
    type: Type
    id: str
    action: str
    """Empty in answers."""
    payload: dict[str, Any]
    """Empty in refusals."""


@dataclass(frozen=True, slots=True)
class Malformed:
    what: str
    id: str = NO_ID
    asks: bool = True
    """An answer is due: it may have been a call."""


def version_of(subprotocol: str) -> str | None:
    """`1.6`, `2.0.1`, `2.1`; None for others."""
    return _VERSIONS.get(subprotocol)


def subprotocol_of(version: str) -> str:
    return f"ocpp{version}"


def read(text: str) -> Frame | Malformed | None:
    """None for a type that no version knows, which is to be ignored."""
    try:
        items = decoded(text)
    except ValueError:
        return Malformed("is no JSON")
    if not isinstance(items, list) or not items:
        return Malformed("is no list")
    number, *rest = items
    if not isinstance(number, int) or isinstance(number, bool):
        return Malformed("does not begin with the number of its type")
    if number not in list(Type):
        return None
    type_ = Type(number)
    asks = type_ in (Type.CALL,)
    id = rest[0] if rest else None
    if not (isinstance(id, str) and 0 < len(id) <= LONGEST_ID):
        return Malformed(f"has no message id of 1 to {LONGEST_ID} characters", asks=asks)
    if type_ in (Type.ERROR, Type.RESULT_ERROR):
        return Frame(type_, id, "", {})
    named = type_ in (Type.CALL, Type.SEND)
    action = rest[1] if named and len(rest) > 1 else ""
    payload = rest[2 if named else 1] if len(rest) > (2 if named else 1) else None
    if named and not (isinstance(action, str) and action.isalnum()):
        return Malformed("names no action", id, asks)
    if not isinstance(payload, dict):
        return Malformed("has no payload that is an object", id, asks)
    return Frame(type_, id, action, payload)


_STRING = r'"(?:[^"\\]|\\.)*(?:"|$)'
_PERSONAL = re.compile(
    r'("(?:idTag|parentIdTag|idToken|additionalIdToken|signedMeterData|emaid|contractCertificateHashData|iso15118Certificate|'
    r'certificate|exiRequest|exiResponse|data|imsi|password|url|remoteLocation|location)"\s*:\s*)' + _STRING,
    re.IGNORECASE,
)
_CARRIES_SECRETS = re.compile(r"AuthorizationKey|BasicAuthPassword|SignedData|password", re.IGNORECASE)
_VALUE = re.compile(
    r'("(?:value|attributeValue|actualValue)"\s*:\s*)(?!"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")' + _STRING, re.IGNORECASE
)


def masked(text: str) -> str:
    """The frame without what leads to a person or opens a door: tags and tokens, certificates, passwords, vendors' own data.

    Works on text, since what cannot be parsed is written down too.
    """
    text = _PERSONAL.sub(r'\1"***"', text)
    return _VALUE.sub(r'\1"***"', text) if _CARRIES_SECRETS.search(text) else text
