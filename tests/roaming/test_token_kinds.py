"""One kind of token in the words of OCPI, OCPP and OICP, and what makes two of them the same."""

from __future__ import annotations

import pytest

from app.model.enums import TokenType
from app.roaming.token_kinds import KINDS, name_of, provider_of, types_of

IDENTIFICATIONS = {
    *("RFIDMifareFamilyIdentification", "RFIDIdentification", "QRCodeIdentification"),
    *("PlugAndChargeIdentification", "RemoteIdentification"),
}
ID_TOKENS = {"Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress"}
"""OCPP 2.0.1, IdTokenEnumType, but for NoAuthorization, which is nobody's."""


@pytest.mark.parametrize(
    ("word", "types"),
    [
        ("rfid", [TokenType.RFID]),
        ("ISO15693", [TokenType.RFID]),
        ("RFIDMifareFamilyIdentification", [TokenType.RFID]),
        ("eMAID", [TokenType.EMAID, TokenType.OTHER]),
        ("PlugAndChargeIdentification", [TokenType.EMAID, TokenType.OTHER]),
        ("Central", [TokenType.APP_USER, TokenType.AD_HOC_USER]),
        ("qr", [TokenType.APP_USER, TokenType.AD_HOC_USER]),
        ("APP_USER", [TokenType.APP_USER]),
        ("MacAddress", [TokenType.OTHER]),
    ],
)
def test_a_word_of_any_of_the_three_names_ocpi_types(word: str, types: list[TokenType]) -> None:
    assert types_of(word) == tuple(types)


def test_each_value_of_each_has_its_row() -> None:
    assert {word for kind in KINDS for word in kind.ocpp} >= ID_TOKENS
    assert {word for kind in KINDS for word in kind.oicp} == IDENTIFICATIONS
    for type_ in TokenType:
        assert type_ in types_of(type_.value)


def test_what_needs_no_token_or_is_no_kind_is_refused() -> None:
    for word in ("NoAuthorization", "retina"):
        with pytest.raises(ValueError, match="no kind of token"):
            types_of(word)


def test_contract_ids_are_the_same_without_separators_and_check_digit() -> None:
    writings = ("NL-TNM-C12345678-X", "NL*TNM*C12345678", "nltnmc12345678x", "NLTNMC12345678")
    assert len({name_of("EMAID", uid) for uid in writings}) == 1
    assert name_of("EMAID", writings[0]) != name_of("EMAID", "NL-TNM-C12345679-X")
    assert {provider_of(uid) for uid in writings} == {"NL*TNM"}


def test_other_uids_are_the_same_but_for_their_case() -> None:
    assert name_of("RFID", "04aB") == name_of("RFID", "04Ab")
    assert name_of("RFID", "04-AB") != name_of("RFID", "04AB")
    assert name_of("RFID", "NLTNMC12345678X") != name_of("RFID", "NLTNMC12345678")
    assert name_of("RFID", "04AB") != name_of("OTHER", "04AB")
    assert provider_of("04AB") is None
