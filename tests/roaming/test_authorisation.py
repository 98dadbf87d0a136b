"""Who may charge, by each whitelist, whatever the partner answers or does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from app.clock import ManualClock, parse_time
from app.model.enums import TokenType
from app.registry.database import migrate, open_engine
from app.registry.private.store import PrivateStore
from app.registry.private.tokens import TokenStore
from app.roaming.authorisation import Asked, Authoriser, Decision
from app.roaming.calls import Line
from app.roaming.key import open_key
from app.roaming.partners import Counterparty, Partners
from app.roaming.settings import PartnerSettings
from app.roaming.token import replacing
from app.roaming.token_kinds import name_of
from tests.emsp_server import Emsp
from tests.roaming.relayed import said

UID = "04A2B3C4D5CANARY"
ASKED = Asked((TokenType.RFID,), UID, "L1", "E1")


@pytest.fixture(scope="module")
def emsp() -> Iterator[Emsp]:
    with Emsp() as emsp:
        yield emsp


@pytest.fixture(scope="module")
def partners(tmp_path_factory: pytest.TempPathFactory, emsp: Emsp) -> Partners:
    folder: Path = tmp_path_factory.mktemp("partners")
    engine = open_engine(f"sqlite:///{folder / 'feed.db'}")
    migrate(engine)
    partners = Partners(engine, open_key(folder / "partners.key"), ManualClock())
    endpoints = {"credentials": f"{emsp.base}/credentials", "tokens": f"{emsp.base}/tokens"}
    found = Counterparty("2.2.1", emsp.versions_url, endpoints, emsp.token, "base64", ("NL*EMS",))
    partners.confirm("emsp", found, "what-it-shows-us")
    return partners


@pytest.fixture
def tokens(tmp_path: Path) -> TokenStore:
    return TokenStore(PrivateStore.open(f"sqlite:///{tmp_path / 'private.db'}", [Fernet.generate_key().decode()]))


@pytest.fixture
def authoriser(partners: Partners, tokens: TokenStore, emsp: Emsp) -> Authoriser:
    emsp.tokens.clear()
    emsp.misbehave()
    settings = PartnerSettings.model_validate({"name": "emsp", "relay": True, "allow_private": True})
    return Authoriser(tokens, [Line(settings, partners, ManualClock(), 0.3)], ManualClock())


def decided(authoriser: Authoriser, tokens: TokenStore, **fields: Any) -> Decision:
    body = said("token", **fields)
    tokens.change("emsp", "NL*EMS", name_of("RFID", UID), 0, replacing(body, "NL*EMS", UID, "RFID"))
    return authoriser.authorise(ASKED)


@pytest.mark.parametrize(
    ("whitelist", "valid", "by_itself", "allowed", "silent"),
    [
        ("ALWAYS", True, "allowed", None, None),
        ("ALWAYS", False, "blocked", None, None),
        ("ALLOWED", True, "allowed", None, None),
        ("ALLOWED", False, None, "allowed", "blocked"),
        ("ALLOWED_OFFLINE", True, None, "allowed", "allowed"),
        ("ALLOWED_OFFLINE", False, None, "allowed", "blocked"),
        ("NEVER", True, None, "allowed", "not_allowed"),
        ("NEVER", False, None, "allowed", "not_allowed"),
    ],
)
def test_the_whitelist_says_who_decides(
    authoriser: Authoriser,
    tokens: TokenStore,
    emsp: Emsp,
    whitelist: str,
    valid: bool,
    by_itself: str | None,
    allowed: str | None,
    silent: str | None,
) -> None:
    """`by_itself`: without asking; `allowed`: where the partner allows it; `silent`: where it does not answer."""
    emsp.tokens[UID] = said("authorization")
    first = decided(authoriser, tokens, whitelist=whitelist, valid=valid)
    if by_itself is not None:
        assert (first.allowed.value.lower(), first.how.value) == (by_itself, "whitelist")
        return
    assert (first.allowed.value.lower(), first.how.value) == (allowed, "real_time")
    assert (first.reference, first.message) == ("REF-CANARY-1", "Welkom")
    emsp.misbehave("500")
    second = decided(authoriser, tokens, whitelist=whitelist, valid=valid)
    assert (second.allowed.value.lower(), second.how.value) == (silent, "offline")


@pytest.mark.parametrize("word", ["BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"])
def test_the_partners_answer_is_passed_on(authoriser: Authoriser, tokens: TokenStore, emsp: Emsp, word: str) -> None:
    emsp.tokens[UID] = said("authorization", allowed=word)
    found = decided(authoriser, tokens, whitelist="NEVER")
    assert (found.allowed.value, found.how.value, found.party) == (word, "real_time", "NL*EMS")


def test_a_token_that_its_partner_knows_no_more_is_not_allowed(authoriser: Authoriser, tokens: TokenStore) -> None:
    found = decided(authoriser, tokens, whitelist="ALLOWED_OFFLINE")
    assert (found.allowed.value, found.how.value, found.partner) == ("NOT_ALLOWED", "real_time", "emsp")


def test_at_an_evse_that_is_not_among_the_allowed_it_is_not(
    authoriser: Authoriser, tokens: TokenStore, emsp: Emsp
) -> None:
    emsp.tokens[UID] = said("authorization", location={"location_id": "L1", "evse_uids": ["E2"]})
    assert decided(authoriser, tokens, whitelist="NEVER").allowed.value == "NOT_ALLOWED"


@pytest.mark.parametrize("defect", ["html", "3000", "endless", "hang", "elsewhere"])
def test_what_is_no_answer_leaves_it_to_the_whitelist(
    authoriser: Authoriser, tokens: TokenStore, emsp: Emsp, defect: str
) -> None:
    emsp.misbehave(defect)
    assert decided(authoriser, tokens, whitelist="ALLOWED_OFFLINE").how.value == "offline"


def test_a_token_of_who_is_not_registered_counts_for_nothing(
    tokens: TokenStore, partners: Partners, authoriser: Authoriser
) -> None:
    token = said("token", party_id="XXX")
    tokens.change("emsp", "NL*XXX", name_of("RFID", UID), 0, lambda _: (token, parse_time(token["last_updated"])))
    assert authoriser.authorise(ASKED).how.value == "unknown"
