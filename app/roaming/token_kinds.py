"""What a driver shows, in the words of OCPI (TokenType), OCPP (2.0.1 IdTokenEnumType, 2.1 its open list) and OICP 2.3
(Identification). 1.6 of OCPP has no words: an idTag is a card unless the backend knows better.

A token is looked for as each type of its row, in their order. OCPI 2.2.1 has no EMAID: contract ids of Plug & Charge are OTHER.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.model.enums import TokenType


@dataclass(frozen=True, slots=True)
class TokenKind:
    types: tuple[TokenType, ...]
    """OCPI."""
    ocpp: tuple[str, ...]
    oicp: tuple[str, ...]
    words: tuple[str, ...]
    """What backends say without a protocol."""


KINDS: tuple[TokenKind, ...] = (
    TokenKind(
        (TokenType.RFID,),
        ("ISO14443", "ISO15693"),
        ("RFIDMifareFamilyIdentification", "RFIDIdentification"),
        ("rfid", "idtag"),
    ),
    TokenKind((TokenType.EMAID, TokenType.OTHER), ("eMAID",), ("PlugAndChargeIdentification",), ("emaid",)),
    TokenKind(
        (TokenType.APP_USER, TokenType.AD_HOC_USER),
        ("Central",),
        ("RemoteIdentification", "QRCodeIdentification"),
        ("app", "remote", "qr"),
    ),
    TokenKind((TokenType.OTHER,), ("KeyCode", "MacAddress", "Local", "EVCCID", "VIN"), (), ("other",)),
)
_EMAID = re.compile(r"([A-Z]{2})[-*]?([A-Z0-9]{3})[-*]?([A-Z0-9])[-*]?([A-Z0-9]{8})[-*]?([A-Z0-9])?")
"""Country, provider, instance, check digit (ISO 15118-2, annex H): separators and the check digit may be left out."""


_BY_WORD: Mapping[str, tuple[TokenType, ...]] = {
    **{word.lower(): kind.types for kind in KINDS for word in (*kind.ocpp, *kind.oicp, *kind.words)},
    **{type_.value.lower(): (type_,) for type_ in (TokenType.APP_USER, TokenType.AD_HOC_USER)},
}


def types_of(word: str) -> tuple[TokenType, ...]:
    """OCPI types that a word of any of the three may mean. Raises ValueError for one that is none."""
    found = _BY_WORD.get(word.lower())
    if found is None:
        raise ValueError(f"{word[:40]!r} is no kind of token: write rfid, emaid, app, or a word of OCPI, OCPP or OICP")
    return found


def name_of(type_: str, uid: str) -> str:
    """What a token is stored and found by: uids are compared without case (CiString), contract ids also without separators and
    check digit."""
    match = _EMAID.fullmatch(uid.upper()) if type_ in (TokenType.EMAID, TokenType.OTHER) else None
    if match is not None:
        uid = "".join(match.groups()[:4] if type_ == TokenType.EMAID else map(str, match.groups("")))
    return f"token\n{type_}\n{uid}".lower()


def reference_name(reference: str) -> str:
    """The same of an authorisation's reference."""
    return f"reference\n{reference}".lower()


def provider_of(uid: str) -> str | None:
    """Whose contract it is, `NL*ABC`; None where it is no contract id."""
    match = _EMAID.fullmatch(uid.upper())
    return f"{match[1]}*{match[2]}" if match else None
