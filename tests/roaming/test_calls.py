"""Calls about drivers: where they go, and what of them stands in an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clock import ManualClock
from app.errors import DeliveryError, DestinationUnreachable
from app.registry.database import migrate, open_engine
from app.roaming.calls import Line
from app.roaming.key import open_key
from app.roaming.partners import Counterparty, Partners
from app.roaming.settings import PartnerSettings
from tests.emsp_server import Emsp


@pytest.fixture(scope="module")
def emsp() -> Iterator[Emsp]:
    with Emsp() as emsp:
        yield emsp


@pytest.fixture(scope="module")
def partners(tmp_path_factory: pytest.TempPathFactory) -> Partners:
    folder: Path = tmp_path_factory.mktemp("partners")
    engine = open_engine(f"sqlite:///{folder / 'feed.db'}")
    migrate(engine)
    return Partners(engine, open_key(folder / "partners.key"), ManualClock())


def line(partners: Partners, emsp: Emsp, version: str = "2.2.1", *, private: bool = True) -> tuple[Line, Counterparty]:
    found = Counterparty(version, emsp.versions_url, {"credentials": emsp.base}, emsp.token, "base64", ("NL*EMS",))
    partners.confirm("emsp", found, "what-it-shows-us")
    settings = PartnerSettings.model_validate({"name": "emsp", "allow_private": private, "timeout": 1})
    return Line(settings, partners, ManualClock()), found


@pytest.mark.parametrize("defect", ["500", "3000", "html", "endless", "elsewhere"])
def test_an_error_names_the_host_and_neither_path_nor_words(partners: Partners, emsp: Emsp, defect: str) -> None:
    emsp.misbehave(defect)
    own, found = line(partners, emsp)
    with pytest.raises(DeliveryError) as raised:
        own.call(found, "POST", f"{emsp.base}/tokens/CANARY/authorize?type=RFID", {})
    assert str(raised.value).startswith("partner emsp, POST 127.0.0.1: ")
    assert "CANARY" not in str(raised.value)
    assert "out of order" not in str(raised.value)
    emsp.misbehave()


def test_an_address_inside_our_network_is_not_called(partners: Partners, emsp: Emsp) -> None:
    own, found = line(partners, emsp, private=False)
    before = len(emsp.requests)
    for url in (f"{emsp.base}/results/1", f"https://127.0.0.1:{emsp.port}/results/1", "https://[::1]/", "file:///etc"):
        with pytest.raises(DestinationUnreachable):
            own.call(found, "POST", url, {})
    assert len(emsp.requests) == before


def test_who_is_blocked_unregistered_or_speaks_2_1_1_is_not_called(partners: Partners, emsp: Emsp) -> None:
    own, found = line(partners, emsp)
    assert own.counterparty() == found
    partners.block("emsp", blocked=True)
    assert own.counterparty() is None
    with pytest.raises(DeliveryError, match="not registered any more"):
        own.call(found, "POST", f"{emsp.base}/results/1", {})
    partners.block("emsp", blocked=False)
    partners.forget("emsp")
    assert own.counterparty() is None
    assert line(partners, emsp, "2.1.1")[0].counterparty() is None


def test_messages_are_addressed_and_have_ids_of_their_own(partners: Partners, emsp: Emsp) -> None:
    own, found = line(partners, emsp)
    for _ in range(2):
        own.call(found, "POST", f"{emsp.base}/results/1", {}, between=("DE*ABC", "NL*EMS"))
    first, second = (request.headers for request in emsp.requests[-2:])
    routed = {"OCPI-from-country-code": "DE", "OCPI-from-party-id": "ABC", "OCPI-to-country-code": "NL"}
    assert routed.items() <= first.items()
    assert first["X-Request-ID"] != second["X-Request-ID"]
